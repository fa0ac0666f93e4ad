package org.blkdelta.remote;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// One line of a `known_hosts` file: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
///
/// The library's `KnownHostEntry` is not used: it drops a whole line, be it a revocation, because
/// of one pattern that it doesn't like, and takes a key of another type than the line says.
///
/// @param marker what the key is for
/// @param hosts the field that says which hosts it is about
/// @param key the key
/// @param file where the line is, for messages
/// @param number the line's number, from 1
record KnownHostsLine(Marker marker, String hosts, HostKey key, Path file, int number) {

  private static final Map<String, Marker> MARKERS =
      Map.of("@cert-authority", Marker.AUTHORITY, "@revoked", Marker.REVOKED);

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
    int first = fields[0].startsWith("@") ? 1 : 0;
    var marker = first == 0 ? Marker.HOST : MARKERS.get(fields[0]);
    if (marker == null || fields[0].startsWith("#") || fields.length < first + 3) {
      return Optional.empty();
    }
    return HostKey.parse(fields[first + 1], fields[first + 2])
        .map(key -> new KnownHostsLine(marker, fields[first], key, file, number));
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
