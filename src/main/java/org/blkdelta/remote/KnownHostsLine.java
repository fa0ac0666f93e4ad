package org.blkdelta.remote;

import java.nio.file.Path;
import java.util.Optional;

/// One line of a `known_hosts` file: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
///
/// @param marker what the key is for
/// @param hosts the field that says which hosts it is about
/// @param key the key
/// @param file where the line is, for messages
/// @param number the line's number, from 1
record KnownHostsLine(Marker marker, String hosts, HostKey key, Path file, int number) {

  /// What a line's key is for.
  enum Marker {
    /// It is the host's key.
    HOST,
    /// It signs the host's certificates (`@cert-authority`).
    AUTHORITY,
    /// It must not be accepted, neither as a host's nor as an authority's (`@revoked`).
    REVOKED
  }

  /// Reads a line; empty for a comment, a blank line and a malformed one.
  static Optional<KnownHostsLine> parse(String line, Path file, int number) {
    var fields = line.strip().split("[ \t]+", 5);
    var marker = Marker.HOST;
    int first = 0;
    if (fields[0].startsWith("@")) {
      switch (fields[0]) {
        case "@cert-authority" -> marker = Marker.AUTHORITY;
        case "@revoked" -> marker = Marker.REVOKED;
        default -> {
          return Optional.empty();
        }
      }
      first = 1;
    }
    if (fields[0].startsWith("#") || fields.length < first + 3) {
      return Optional.empty();
    }
    var kind = marker;
    var hosts = fields[first];
    return HostKey.parse(fields[first + 1], fields[first + 2])
        .map(key -> new KnownHostsLine(kind, hosts, key, file, number));
  }

  /// Tells whether the line is about a host, named `host` or `[host]:port` in lower case.
  boolean isAbout(String name) {
    return HostPatterns.match(hosts, name);
  }

  /// Returns `file:number`.
  String place() {
    return file + ":" + number;
  }
}
