package org.blkdelta.nbd;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.extent.UriParts;
import org.blkdelta.failure.UsageException;

/// Names an export and its server, as the NetworkBlockDevice project's doc/uri.md says:
/// `nbd://HOST[:PORT]/EXPORT` or `nbd+unix:///EXPORT?socket=PATH`; with TLS `nbds` for `nbd`, and
/// libnbd's parameters `tls-certificates=DIR` and, if that is not the host, `tls-hostname=NAME`.
///
/// @param text as the user wrote it; what messages call the export
/// @param socket the path of the server's socket; empty if it is reached by TCP
/// @param host the server, without brackets; empty with a socket
/// @param port the server's, 1 to 65535; meaningless with a socket
/// @param export the name; often empty
/// @param tls how the server is known, if it is to speak TLS
public record ExportUri(
    String text, Optional<String> socket, String host, int port, String export, Optional<Tls> tls) {

  private static final int USUAL_PORT = 10809;
  private static final int MAX_PORT = 65_535;

  /// The longest string that the protocol allows, in bytes of UTF-8.
  private static final int MAX_NAME = 4096;

  private static final String SOCKET = "socket";
  private static final String CERTIFICATES = "tls-certificates";
  private static final String HOSTNAME = "tls-hostname";
  private static final List<String> KNOWN = List.of(SOCKET, CERTIFICATES, HOSTNAME);

  private static final String FORMS =
      "write nbd://HOST[:PORT]/EXPORT or nbd+unix:///EXPORT?socket=PATH";

  private static final Pattern SCHEME = Pattern.compile("nbds?(\\+unix)?://.*", Pattern.DOTALL);

  /// Returns whether a text is meant to be one.
  public static boolean isOne(String text) {
    return SCHEME.matcher(text).matches();
  }

  /// Reads one.
  ///
  /// @throws UsageException if it is none that can be read here, with what to write instead
  public static ExportUri parse(String text) throws UsageException {
    var parts = UriParts.of(text, FORMS);
    var uri = parts.uri();
    if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
      throw parts.wrong("has a user name or a fragment; " + FORMS);
    }
    var export = parts.name();
    if (export.getBytes(StandardCharsets.UTF_8).length > MAX_NAME) {
      throw parts.wrong("the name of the export is longer than 4096 bytes; use another one");
    }
    var refusal = "is unknown or said twice; " + String.join(", ", KNOWN) + " are known";
    var said = parts.parameters(KNOWN, refusal);
    return uri.getScheme().endsWith("+unix")
        ? local(parts, said, export)
        : remote(parts, said, export);
  }

  /// Returns what the same export is called at another run. It says where it was served, and proves
  /// nothing of what is served there.
  public String identity() {
    var server =
        socket
            .map(path -> "unix:" + Path.of(path).toAbsolutePath().normalize())
            .orElseGet(() -> host.toLowerCase(Locale.ROOT) + ":" + port);
    return "nbd:%s/%s".formatted(server, export);
  }

  /// Returns where the server is.
  SocketAddress address() {
    return socket.isPresent()
        ? UnixDomainSocketAddress.of(socket.get())
        : new InetSocketAddress(host, port);
  }

  private static ExportUri local(UriParts parts, Map<String, String> said, String export)
      throws UsageException {
    var socket = Optional.ofNullable(said.get(SOCKET));
    if (parts.uri().getRawAuthority() != null) {
      throw parts.wrong(
          "a socket has no host; write three slashes: nbd+unix:///EXPORT?socket=PATH");
    }
    if (socket.isEmpty() || socket.get().isEmpty()) {
      throw parts.wrong("the socket is missing; write nbd+unix:///EXPORT?socket=PATH");
    }
    try {
      UnixDomainSocketAddress.of(socket.get());
    } catch (InvalidPathException abstractName) {
      throw parts.wrong("the socket has no path; give the server one in a folder");
    }
    return new ExportUri(
        parts.text(), socket, "", USUAL_PORT, export, tls(parts, said, "localhost"));
  }

  private static ExportUri remote(UriParts parts, Map<String, String> said, String export)
      throws UsageException {
    if (said.containsKey(SOCKET)) {
      throw parts.wrong("names a host and a socket; write nbd+unix:///EXPORT?socket=PATH");
    }
    var host = parts.uri().getHost();
    int port = parts.uri().getPort() < 0 ? USUAL_PORT : parts.uri().getPort();
    if (host == null || port == 0 || port > MAX_PORT) {
      throw parts.wrong("names no host and port; write nbd://HOST[:PORT]/EXPORT");
    }
    var server = host.replaceAll("[\\[\\]]", "");
    var tls = tls(parts, said, server);
    return new ExportUri(parts.text(), Optional.empty(), server, port, export, tls);
  }

  private static Optional<Tls> tls(UriParts parts, Map<String, String> said, String host)
      throws UsageException {
    if (!parts.uri().getScheme().startsWith("nbds")) {
      if (said.containsKey(CERTIFICATES) || said.containsKey(HOSTNAME)) {
        throw parts.wrong("has certificates, but is in the clear; write nbds: for TLS");
      }
      return Optional.empty();
    }
    var folder = said.getOrDefault(CERTIFICATES, "");
    if (folder.isEmpty()) {
      throw parts.wrong("TLS needs a folder with ca-cert.pem; write ?tls-certificates=DIR");
    }
    try {
      return Optional.of(new Tls(Path.of(folder), said.getOrDefault(HOSTNAME, host)));
    } catch (InvalidPathException malformed) {
      throw parts.wrong("the folder of the certificates has no path; give it one");
    }
  }
}
