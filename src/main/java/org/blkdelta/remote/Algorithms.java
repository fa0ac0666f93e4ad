package org.blkdelta.remote;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.common.BaseBuilder;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.OptionalFeature;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.cipher.Cipher;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.mac.Mac;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.signature.Signature;

/// The algorithms that the built-in client offers: what the configuration chose, in its order, or
/// else ours. SHA-1 signatures, DSA and CBC are only offered where they were chosen.
final class Algorithms {

  /// AES-GCM first: it is what the JDK has machine code for. The library's own order begins with
  /// ciphers that cost six times as much.
  private static final List<BuiltinCiphers> CIPHERS =
      List.of(
          BuiltinCiphers.aes128gcm,
          BuiltinCiphers.aes256gcm,
          BuiltinCiphers.cc20p1305_openssh,
          BuiltinCiphers.aes128ctr,
          BuiltinCiphers.aes192ctr,
          BuiltinCiphers.aes256ctr);

  private static final List<BuiltinSignatures> SIGNATURES =
      List.of(
          BuiltinSignatures.ed25519,
          BuiltinSignatures.nistp256,
          BuiltinSignatures.nistp384,
          BuiltinSignatures.nistp521,
          BuiltinSignatures.rsaSHA512,
          BuiltinSignatures.rsaSHA256);

  private static final List<BuiltinSignatures> CERTIFICATES =
      List.of(
          BuiltinSignatures.ed25519_cert,
          BuiltinSignatures.nistp256_cert,
          BuiltinSignatures.nistp384_cert,
          BuiltinSignatures.nistp521_cert,
          BuiltinSignatures.rsaSHA512_cert,
          BuiltinSignatures.rsaSHA256_cert);

  private static final List<BuiltinSignatures> SECURITY_KEYS =
      List.of(BuiltinSignatures.sk_ssh_ed25519, BuiltinSignatures.sk_ecdsa_sha2_nistp256);

  private static final String CERTIFICATE = "-cert-v01@openssh.com";

  private final SshConfig config;

  Algorithms(SshConfig config) {
    this.config = config;
  }

  /// Returns the setting of which no algorithm is available, if there is one.
  Optional<String> unavailable() {
    return Stream.of(
            chosen("ciphers", BuiltinCiphers.VALUES),
            chosen("macs", BuiltinMacs.VALUES),
            chosen("kexalgorithms", BuiltinDHFactories.VALUES),
            chosen("hostkeyalgorithms", BuiltinSignatures.VALUES))
        .flatMap(Optional::stream)
        .filter(c -> c.available().isEmpty())
        .map(Choice::key)
        .findFirst();
  }

  /// Returns the ciphers, the preferred one first.
  List<NamedFactory<Cipher>> ciphers() {
    return List.copyOf(select("ciphers", BuiltinCiphers.VALUES, CIPHERS));
  }

  /// Returns the message authentication codes; AES-GCM needs none.
  List<NamedFactory<Mac>> macs() {
    return List.copyOf(select("macs", BuiltinMacs.VALUES, BaseBuilder.DEFAULT_MAC_PREFERENCE));
  }

  /// Returns the key exchanges, the preferred one first.
  List<KeyExchangeFactory> keyExchanges() {
    return NamedFactory.setUpTransformedFactories(
        true,
        select("kexalgorithms", BuiltinDHFactories.VALUES, BaseBuilder.DEFAULT_KEX_PREFERENCE),
        ClientBuilder.DH2KEX);
  }

  /// Returns the algorithms for the host's key. Those of the types that the host is known by come
  /// first, or else a host that is known would look unknown. Certificates are asked for only where
  /// some authority is believed.
  List<NamedFactory<Signature>> hostKeys(KnownHosts knownHosts) {
    var types = new ArrayList<>(knownHosts.keyTypes(config.knownAs()));
    if (types.isEmpty()) {
      config.alsoKnownAs().ifPresent(name -> types.addAll(knownHosts.keyTypes(name)));
    }
    boolean certified = !knownHosts.authorities(config.knownAs()).isEmpty();
    var ours = new ArrayList<>(certified ? CERTIFICATES : List.of());
    ours.addAll(SIGNATURES);
    var offered = select("hostkeyalgorithms", BuiltinSignatures.VALUES, ours);
    return Stream.of(true, false)
        .flatMap(first -> offered.stream().filter(s -> first == isPreferred(s, types, certified)))
        .<NamedFactory<Signature>>map(s -> s)
        .toList();
  }

  /// Returns the algorithms for the user's keys.
  List<NamedFactory<Signature>> userKeys() {
    var all = new ArrayList<>(CERTIFICATES);
    all.addAll(SIGNATURES);
    all.addAll(SECURITY_KEYS);
    return List.copyOf(select("pubkeyacceptedalgorithms", BuiltinSignatures.VALUES, all));
  }

  private static boolean isPreferred(
      BuiltinSignatures signature, List<String> types, boolean certified) {
    var name = signature.getName();
    return name.endsWith(CERTIFICATE)
        ? certified
        : types.contains(name.startsWith("rsa-sha2-") ? "ssh-rsa" : name);
  }

  private <E extends NamedResource & OptionalFeature> List<E> select(
      String key, Collection<E> all, List<E> ours) {
    return chosen(key, all)
        .map(Choice::available)
        .orElseGet(() -> ours.stream().filter(OptionalFeature::isSupported).toList());
  }

  private <E extends NamedResource & OptionalFeature> Optional<Choice<E>> chosen(
      String key, Collection<E> all) {
    return config
        .chosen(key)
        .map(names -> names.stream().flatMap(name -> find(name, all)).toList())
        .map(available -> new Choice<>(key, available));
  }

  private static <E extends NamedResource & OptionalFeature> Stream<E> find(
      String name, Collection<E> all) {
    return all.stream().filter(e -> e.getName().equals(name) && e.isSupported());
  }

  private record Choice<E>(String key, List<E> available) {}
}
