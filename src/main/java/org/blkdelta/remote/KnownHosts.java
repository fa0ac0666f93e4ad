package org.blkdelta.remote;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.sshd.client.config.hosts.KnownHostHashValue;
import org.blkdelta.linux.SmallFile;
import org.blkdelta.remote.KnownHostsLine.Marker;

/// What the `known_hosts` files say. Malformed lines say nothing, as for `ssh`.
final class KnownHosts {

  /// Enough for the keys of 50,000 hosts.
  private static final int MAX_BYTES = 16 << 20;

  private final List<KnownHostsLine> lines;

  private KnownHosts(List<KnownHostsLine> lines) {
    this.lines = List.copyOf(lines);
  }

  /// What the files say about a key of a host.
  sealed interface Verdict {

    /// The key is the host's.
    record Known() implements Verdict {}

    /// Nothing is known about the host.
    record Unknown() implements Verdict {}

    /// The host has another key, which stands at `line`.
    record Changed(KnownHostsLine line) implements Verdict {}

    /// The key must not be accepted, says `line`.
    record Revoked(KnownHostsLine line) implements Verdict {}
  }

  /// Reads the files that exist. One that exists and cannot be read is an error: it may hold a
  /// revocation.
  static KnownHosts read(List<Path> files) throws IOException {
    var lines = new ArrayList<KnownHostsLine>();
    for (var file : files) {
      if (Files.exists(file)) {
        var text = text(file).lines().toList();
        for (int i = 0; i < text.size(); i++) {
          KnownHostsLine.parse(text.get(i), file, i + 1).ifPresent(lines::add);
        }
      }
    }
    return new KnownHosts(lines);
  }

  /// Returns the name that a host has in the files: in lower case, and `[host]:port` if the port
  /// is not 22.
  static String nameOf(String host, int port) {
    return KnownHostHashValue.createHostPattern(host.toLowerCase(Locale.ROOT), port);
  }

  /// Adds a host's key to a file, which is created where it does not exist; so is its directory.
  static void append(Path file, String name, HostKey key, boolean hashed) throws IOException {
    var directory = file.toAbsolutePath().getParent();
    if (directory != null && !Files.exists(directory)) {
      Files.createDirectory(directory, permissions("rwx------"));
    }
    if (!Files.exists(file)) {
      Files.createFile(file, permissions("rw-------"));
    }
    var salt = new byte[HostPatterns.SALT_LENGTH];
    new SecureRandom().nextBytes(salt);
    var hosts = hashed ? HostPatterns.hash(name, salt) : name;
    var line = hosts + " " + key.type() + " " + key.base64() + "\n";
    Files.writeString(file, startOfLine(file) + line, StandardOpenOption.APPEND);
  }

  /// Judges a host's key. The host is known to have another key even where that is of another type:
  /// known types are asked for first, so the server would have shown it.
  Verdict judge(String name, HostKey key) {
    var revoked = revocation(name, key);
    if (revoked.isPresent()) {
      return new Verdict.Revoked(revoked.get());
    }
    var known = about(name, Marker.HOST);
    if (known.stream().anyMatch(l -> l.key().equals(key))) {
      return new Verdict.Known();
    }
    return known.isEmpty() ? new Verdict.Unknown() : new Verdict.Changed(known.getFirst());
  }

  /// Returns the line that revokes a key, as a host's or as an authority's.
  Optional<KnownHostsLine> revocation(String name, HostKey key) {
    return about(name, Marker.REVOKED).stream().filter(l -> l.key().equals(key)).findFirst();
  }

  /// Tells whether an authority's certificates are believed for a host.
  boolean trusts(String name, HostKey authority) {
    return authorities(name).stream().anyMatch(l -> l.key().equals(authority));
  }

  /// Returns the authorities that are believed for a host.
  List<KnownHostsLine> authorities(String name) {
    return about(name, Marker.AUTHORITY);
  }

  /// Returns the types of the keys that a host is known to have, in the files' order.
  List<String> keyTypes(String name) {
    return about(name, Marker.HOST).stream().map(l -> l.key().type()).distinct().toList();
  }

  private List<KnownHostsLine> about(String name, Marker marker) {
    return lines.stream().filter(l -> l.marker() == marker && l.isAbout(name)).toList();
  }

  private static String startOfLine(Path file) throws IOException {
    var text = text(file);
    return text.isEmpty() || text.endsWith("\n") ? "" : "\n";
  }

  private static String text(Path file) throws IOException {
    return new String(SmallFile.read(file, MAX_BYTES), StandardCharsets.ISO_8859_1);
  }

  private static FileAttribute<?> permissions(String permissions) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
  }
}
