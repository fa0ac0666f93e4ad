package org.blkdelta.remote;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.login.FailedLoginException;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.util.buffer.BufferException;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.blkdelta.linux.SmallFile;
import org.jspecify.annotations.Nullable;

/// The files of one identity: the private key, and the public key and the certificate beside it.
/// Any of them may be missing. The private key is decoded only when it is needed.
final class KeyFile {

  private static final int MAX_BYTES = 1024 * 1024;
  private static final String BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----";
  private static final String END = "-----END OPENSSH PRIVATE KEY-----";
  private static final String MAGIC = "openssh-key-v1\0";

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rwx------");

  static {
    Ed25519.register();
  }

  private final Path file;
  private @Nullable KeyPair decoded;

  KeyFile(Path file) {
    this.file = file;
  }

  /// A private key that others can read.
  static final class TooOpen extends FailedLoginException {

    private static final long serialVersionUID = 1;

    TooOpen(String message) {
      super(message);
    }
  }

  /// Tells whether there is a private key, or a public key that an agent may have the private one
  /// of.
  boolean exists() {
    return Files.exists(file) || Files.exists(beside(".pub"));
  }

  /// Returns the public key without asking for a passphrase; empty where only the encrypted part
  /// has it.
  Optional<PublicKey> publicKey() throws IOException, GeneralSecurityException {
    if (!Files.exists(file)) {
      return publicKey(beside(".pub"));
    }
    var text = text(file);
    if (!text.contains("-----BEGIN")) {
      return publicKey(file);
    }
    var inside = publicKeyInside(text);
    return inside.isPresent() || !Files.exists(beside(".pub")) ? inside : publicKey(beside(".pub"));
  }

  /// Returns the certificate of the key, if there is one beside it.
  Optional<PublicKey> certificate() throws IOException, GeneralSecurityException {
    var certificate = beside("-cert.pub");
    return Files.exists(certificate) ? publicKey(certificate) : Optional.empty();
  }

  /// Returns both halves; empty if the file has no key that the library can read. A passphrase
  /// is asked for at most once.
  Optional<KeyPair> keyPair(FilePasswordProvider passphrases)
      throws IOException, GeneralSecurityException {
    if (decoded == null) {
      decoded = decode(passphrases);
    }
    return Optional.ofNullable(decoded);
  }

  /// Returns the file's name, for messages.
  @Override
  public String toString() {
    return file.toString();
  }

  private Path beside(String suffix) {
    return Path.of(file + suffix);
  }

  private @Nullable KeyPair decode(FilePasswordProvider passphrases)
      throws IOException, GeneralSecurityException {
    checkPrivate();
    try {
      var pairs =
          SecurityUtils.loadKeyPairIdentities(
              null,
              NamedResource.ofName(file.toString()),
              new ByteArrayInputStream(text(file).getBytes(StandardCharsets.ISO_8859_1)),
              passphrases);
      return pairs == null || !pairs.iterator().hasNext() ? null : pairs.iterator().next();
    } catch (FailedLoginException unanswered) {
      throw new FailedLoginException("encrypted, and its passphrase was not given");
    }
  }

  /// Refuses a private key that others can read, as OpenSSH does: one that is the user's own, see
  /// sshkey_perm_ok in its authfile.c.
  private void checkPrivate() throws IOException, FailedLoginException {
    if (Files.notExists(file)) {
      throw new FailedLoginException(
          "there is only its public half, and no agent has the private one");
    }
    var is = Files.readAttributes(file, PosixFileAttributes.class);
    var open = is.permissions();
    boolean isOwn = is.owner().equals(Files.getOwner(Path.of("/proc/self")));
    if (isOwn && !PRIVATE.containsAll(open)) {
      throw new TooOpen(
          "its permissions %s are too open: a private key that others can read is not used; chmod"
                  .formatted(PosixFilePermissions.toString(open))
              + " 600 it");
    }
  }

  private static Optional<PublicKey> publicKey(Path file)
      throws IOException, GeneralSecurityException {
    var entry = PublicKeyEntry.parsePublicKeyEntry(text(file).strip());
    return entry == null
        ? Optional.empty()
        : Optional.ofNullable(entry.resolvePublicKey(null, null, PublicKeyEntryResolver.IGNORING));
  }

  /// Reads the public half that OpenSSH's format has outside of its encrypted part: PROTOCOL.key,
  /// section 1.
  private static Optional<PublicKey> publicKeyInside(String text)
      throws IOException, GeneralSecurityException {
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      return Optional.empty();
    }
    try {
      var buffer =
          new ByteArrayBuffer(
              Base64.getMimeDecoder().decode(text.substring(begin + BEGIN.length(), end)));
      byte[] magic = new byte[MAGIC.length()];
      buffer.getRawBytes(magic);
      buffer.getString(); // the cipher
      buffer.getString(); // the key derivation
      buffer.getBytes(); // its options
      return MAGIC.equals(new String(magic, StandardCharsets.US_ASCII)) && buffer.getInt() == 1
          ? Optional.of(buffer.getPublicKey())
          : Optional.empty();
    } catch (BufferException | IllegalArgumentException malformed) {
      throw new IOException("malformed", malformed);
    }
  }

  private static String text(Path file) throws IOException {
    return new String(SmallFile.read(file, MAX_BYTES), StandardCharsets.ISO_8859_1);
  }
}
