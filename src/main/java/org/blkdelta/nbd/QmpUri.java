package org.blkdelta.nbd;

import java.net.UnixDomainSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.extent.UriParts;
import org.blkdelta.failure.UsageException;

/// Names a node of a running QEMU by the QEMU's monitor: `qmp+unix:///NODE?socket=PATH`.
///
/// @param text as the user wrote it; what messages call the disk
/// @param node its node name
/// @param socket of the monitor (QMP)
/// @param scratch the folder for what the guest overwrites meanwhile
/// @param server the socket of the NBD server that QEMU has already; empty if it has none
record QmpUri(String text, String node, Path socket, Path scratch, Optional<Path> server) {

  private static final String FORM = "write qmp+unix:///NODE?socket=PATH";
  private static final Pattern SCHEME = Pattern.compile("qmp(\\+unix)?://.*", Pattern.DOTALL);
  private static final Path USUAL_SCRATCH = Path.of("/var/tmp");

  /// QEMU's own limit.
  private static final int MAX_NODE = 31;

  private static final String SOCKET = "socket";
  private static final String SCRATCH = "scratch";
  private static final String SERVER = "server";
  private static final String REFUSAL =
      "is unknown, empty or said twice; known are socket=PATH, scratch=FOLDER, server=PATH";

  /// Returns whether a text is meant to be one.
  static boolean isOne(String text) {
    return SCHEME.matcher(text).matches();
  }

  /// Reads one.
  ///
  /// @throws UsageException if it is none that can be read here, with what to write instead
  static QmpUri parse(String text) throws UsageException {
    var parts = UriParts.of(text, FORM);
    var uri = parts.uri();
    if (!text.startsWith("qmp+unix:")) {
      throw parts.wrong("a monitor is reached by a Unix socket only; " + FORM);
    }
    if (uri.getRawAuthority() != null || uri.getRawFragment() != null) {
      throw parts.wrong("a socket has no host; write three slashes: " + FORM);
    }
    var node = parts.name();
    if (node.isEmpty() || node.length() > MAX_NODE) {
      throw parts.wrong("names no node of QEMU (1 to 31 characters); " + FORM);
    }
    var given = parts.parameters(List.of(SOCKET, SCRATCH, SERVER), REFUSAL);
    for (var each : given.entrySet()) {
      if (each.getValue().isEmpty()) {
        throw parts.wrong("\"%s=\" %s".formatted(each.getKey(), REFUSAL));
      }
    }
    if (!given.containsKey(SOCKET)) {
      throw parts.wrong("the socket of QEMU's monitor is missing; " + FORM);
    }
    return new QmpUri(
        text,
        node,
        path(given.get(SOCKET), parts),
        given.containsKey(SCRATCH) ? path(given.get(SCRATCH), parts) : USUAL_SCRATCH,
        given.containsKey(SERVER) ? Optional.of(path(given.get(SERVER), parts)) : Optional.empty());
  }

  private static Path path(String name, UriParts parts) throws UsageException {
    try {
      var path = UnixDomainSocketAddress.of(name).getPath();
      return path.toAbsolutePath().normalize();
    } catch (InvalidPathException nameless) {
      throw parts.wrong("\"" + name + "\" is not a path; " + FORM);
    }
  }
}
