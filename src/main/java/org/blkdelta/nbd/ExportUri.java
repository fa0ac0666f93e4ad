package org.blkdelta.nbd;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
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
    var uri = uri(text, FORMS);
    if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
      throw wrong(text, "has a user name or a fragment; " + FORMS);
    }
    var path = uri.getRawPath();
    var export = path.isEmpty() ? "" : decoded(path.substring(1), text, FORMS);
    if (export.getBytes(StandardCharsets.UTF_8).length > MAX_NAME) {
      throw wrong(text, "the name of the export is longer than 4096 bytes; use another one");
    }
    var refusal = "is unknown or said twice; " + String.join(", ", KNOWN) + " are known";
    var said = parameters(uri, text, KNOWN, refusal, FORMS);
    return uri.getScheme().endsWith("+unix")
        ? local(text, uri, said, export)
        : remote(text, uri, said, export);
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

  private static ExportUri local(String text, URI uri, Map<String, String> said, String export)
      throws UsageException {
    var socket = Optional.ofNullable(said.get(SOCKET));
    if (uri.getRawAuthority() != null) {
      throw wrong(
          text, "a socket has no host; write three slashes: nbd+unix:///EXPORT?socket=PATH");
    }
    if (socket.isEmpty() || socket.get().isEmpty()) {
      throw wrong(text, "the socket is missing; write nbd+unix:///EXPORT?socket=PATH");
    }
    try {
      UnixDomainSocketAddress.of(socket.get());
    } catch (InvalidPathException abstractName) {
      throw wrong(text, "the socket has no path; give the server one in a folder");
    }
    return new ExportUri(text, socket, "", USUAL_PORT, export, tls(text, uri, said, "localhost"));
  }

  private static ExportUri remote(String text, URI uri, Map<String, String> said, String export)
      throws UsageException {
    if (said.containsKey(SOCKET)) {
      throw wrong(text, "names a host and a socket; write nbd+unix:///EXPORT?socket=PATH");
    }
    var host = uri.getHost();
    int port = uri.getPort() < 0 ? USUAL_PORT : uri.getPort();
    if (host == null || port == 0 || port > MAX_PORT) {
      throw wrong(text, "names no host and port; write nbd://HOST[:PORT]/EXPORT");
    }
    var server = host.replaceAll("[\\[\\]]", "");
    var tls = tls(text, uri, said, server);
    return new ExportUri(text, Optional.empty(), server, port, export, tls);
  }

  private static Optional<Tls> tls(String text, URI uri, Map<String, String> said, String host)
      throws UsageException {
    if (!uri.getScheme().startsWith("nbds")) {
      if (said.containsKey(CERTIFICATES) || said.containsKey(HOSTNAME)) {
        throw wrong(text, "has certificates, but is in the clear; write nbds: for TLS");
      }
      return Optional.empty();
    }
    var folder = said.getOrDefault(CERTIFICATES, "");
    if (folder.isEmpty()) {
      throw wrong(text, "TLS needs a folder with ca-cert.pem; write ?tls-certificates=DIR");
    }
    try {
      return Optional.of(new Tls(Path.of(folder), said.getOrDefault(HOSTNAME, host)));
    } catch (InvalidPathException malformed) {
      throw wrong(text, "the folder of the certificates has no path; give it one");
    }
  }

  /// Returns a text as a URI.
  ///
  /// @param forms what to write instead, if it is none
  static URI uri(String text, String forms) throws UsageException {
    try {
      return new URI(text);
    } catch (URISyntaxException malformed) {
      throw wrong(text, "is not a URI (at character " + (malformed.getIndex() + 1) + "); " + forms);
    }
  }

  /// Returns the parameters of a query, decoded.
  ///
  /// @param known their names
  /// @param refusal what is said of one that is something else, after its text
  /// @param forms what to write instead, if a value is not a name
  static Map<String, String> parameters(
      URI uri, String text, Collection<String> known, String refusal, String forms)
      throws UsageException {
    var found = new HashMap<String, String>();
    var query = uri.getRawQuery();
    for (var parameter : query == null ? new String[0] : query.split("&", -1)) {
      var parts = parameter.split("=", 2);
      if (parts.length < 2 || !known.contains(parts[0]) || found.containsKey(parts[0])) {
        throw wrong(text, "\"%s\" %s".formatted(parameter, refusal));
      }
      found.put(parts[0], decoded(parts[1], text, forms));
    }
    return found;
  }

  /// Undoes the percent-encoding, which [URI] has checked.
  static String decoded(String raw, String text, String forms) throws UsageException {
    var bytes = new ByteArrayOutputStream();
    for (int at = 0; at < raw.length(); at++) {
      if (raw.charAt(at) == '%') {
        bytes.write(HexFormat.fromHexDigits(raw, at + 1, at + 3));
        at += 2;
      } else {
        bytes.writeBytes(raw.substring(at, at + 1).getBytes(StandardCharsets.UTF_8));
      }
    }
    var name = bytes.toString(StandardCharsets.UTF_8);
    if (name.indexOf('\0') >= 0) {
      throw wrong(text, "has a zero byte (%00), which no name here can have; " + forms);
    }
    return name;
  }

  static UsageException wrong(String text, String what) {
    return new UsageException(text + ": " + what);
  }
}
