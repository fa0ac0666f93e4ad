package org.blkdelta.extent;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.blkdelta.failure.UsageException;

/// The URI of a source or destination, taken apart (RFC 3986).
///
/// @param text as the user wrote it
/// @param uri the same
/// @param forms what to write instead of one that is wrong
public record UriParts(String text, URI uri, String forms) {

  /// Takes a URI apart.
  ///
  /// @param forms what to write instead, if it is none
  public static UriParts of(String text, String forms) throws UsageException {
    try {
      return new UriParts(text, new URI(text), forms);
    } catch (URISyntaxException malformed) {
      throw wrong(text, "is not a URI (at character " + (malformed.getIndex() + 1) + "); " + forms);
    }
  }

  /// Returns the path without its first slash, decoded; empty if there is none.
  public String name() throws UsageException {
    var path = uri.getRawPath();
    return path.isEmpty() ? "" : decoded(path.substring(1));
  }

  /// Returns the parameters of the query, decoded.
  ///
  /// @param known their names
  /// @param refusal what is said of one that is something else, after its text
  public Map<String, String> parameters(Collection<String> known, String refusal)
      throws UsageException {
    var found = new HashMap<String, String>();
    var query = uri.getRawQuery();
    for (var parameter : query == null ? new String[0] : query.split("&", -1)) {
      var parts = parameter.split("=", 2);
      if (parts.length < 2 || !known.contains(parts[0]) || found.containsKey(parts[0])) {
        throw wrong("\"%s\" %s".formatted(parameter, refusal));
      }
      found.put(parts[0], decoded(parts[1]));
    }
    return found;
  }

  /// Undoes the percent-encoding of a part, which [URI] has checked.
  public String decoded(String raw) throws UsageException {
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
      throw wrong("has a zero byte (%00), which no name here can have; " + forms);
    }
    return name;
  }

  /// Returns the refusal of the URI.
  public UsageException wrong(String what) {
    return wrong(text, what);
  }

  private static UsageException wrong(String text, String what) {
    return new UsageException(text + ": " + what);
  }
}
