package org.blkdelta.vsphere;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpRetryException;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLException;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.SyncException;
import org.jspecify.annotations.Nullable;

/// Requests to one host. No redirect is followed, no request is sent twice, and nothing waits
/// longer than [#SILENCE] for the next byte.
///
/// @param name what messages call the host
/// @param trust how it is known
/// @param cookie what it knows us by; nothing before we logged in
record Https(String name, Trust trust, Optional<String> cookie) {

  /// For a host that a thumbprint has decided about.
  private static final HostnameVerifier ANY_NAME = (host, session) -> true;

  /// So long a host may be silent.
  static final Duration SILENCE = Duration.ofSeconds(90);

  private static final Duration CONNECTING = Duration.ofSeconds(30);

  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int MAX_SHOWN = 120;

  private static final Pattern RANGE = Pattern.compile("bytes [0-9]+-[0-9]+/([0-9]{1,18})");

  /// An answer that has begun.
  ///
  /// @param status of HTTP
  /// @param total bytes of the whole; -1 if that is not told
  /// @param cookie what the host wants to know us by from now on
  /// @param body the rest, which the caller closes
  record Answer(int status, long total, Optional<String> cookie, InputStream body) {

    /// Returns whether it is a part of what was asked for.
    boolean isPart() {
      return status == PARTIAL;
    }
  }

  /// Returns the same for who has logged in.
  Https as(Optional<String> identity) {
    return new Https(name, trust, identity);
  }

  /// Sends a body, and waits for the answer. A fault of the service (500) is an answer too.
  ///
  /// @throws ConnectionException if there is no answer, or one that means nothing here
  Answer post(URI url, byte[] body, String action) throws IOException {
    return told(
        () -> {
          var connection = open(url);
          connection.setRequestMethod("POST");
          connection.setRequestProperty("Content-Type", "text/xml; charset=utf-8");
          connection.setRequestProperty("SOAPAction", action);
          connection.setDoOutput(true);
          connection.setFixedLengthStreamingMode(body.length); // or it would be sent again silently
          try (var out = connection.getOutputStream()) {
            out.write(body);
          }
          return answer(connection, true);
        });
  }

  /// Asks for something.
  ///
  /// @param range bytes `FROM-TO` of it, both included; nothing for all
  /// @throws ConnectionException if there is no answer, or one that means nothing here
  Answer get(URI url, Optional<String> range) throws IOException {
    return told(
        () -> {
          var connection = open(url);
          range.ifPresent(bytes -> connection.setRequestProperty("Range", "bytes=" + bytes));
          return answer(connection, false);
        });
  }

  private HttpsURLConnection open(URI url) throws IOException {
    var connection = (HttpsURLConnection) url.toURL().openConnection(Proxy.NO_PROXY);
    connection.setSSLSocketFactory(trust.sockets());
    if (trust.pinned().isPresent()) {
      connection.setHostnameVerifier(ANY_NAME);
    }
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setConnectTimeout((int) CONNECTING.toMillis());
    connection.setReadTimeout((int) SILENCE.toMillis());
    connection.setRequestProperty("User-Agent", "blkdelta");
    connection.setRequestProperty("Accept-Encoding", "identity");
    cookie.ifPresent(value -> connection.setRequestProperty("Cookie", value));
    return connection;
  }

  private Answer answer(HttpsURLConnection connection, boolean hasFaults) throws IOException {
    int status = connection.getResponseCode();
    if (status == OK || status == PARTIAL) {
      return answer(connection, status, connection.getInputStream());
    }
    var body = connection.getErrorStream();
    if (hasFaults && status == 500 && body != null) {
      return answer(connection, status, body);
    }
    throw refused(status, connection.getHeaderField("Location"));
  }

  private Answer answer(HttpsURLConnection connection, int status, InputStream body) {
    var cookies =
        connection.getHeaderFields().entrySet().stream()
            .filter(header -> "Set-Cookie".equalsIgnoreCase(header.getKey()))
            .flatMap(header -> header.getValue().stream())
            .map(each -> each.split(";", 2)[0].strip())
            .filter(each -> each.startsWith("vmware_soap_session="))
            .findFirst();
    return new Answer(status, total(connection), cookies, new Told(body));
  }

  /// Returns the size of what a part was asked of, else that of the body.
  private static long total(HttpsURLConnection connection) {
    var range = RANGE.matcher(String.valueOf(connection.getHeaderField("Content-Range")));
    return range.matches() ? Long.parseLong(range.group(1)) : connection.getContentLengthLong();
  }

  private ConnectionException refused(int status, @Nullable String location) {
    return new ConnectionException(
        name
            + ": "
            + switch (status) {
              case 301, 302, 303, 307, 308 ->
                  "sends us to %s, which is not followed; name that host"
                      .formatted(Printable.of(String.valueOf(location), MAX_SHOWN));
              case 401 -> "asks for another login (HTTP 401); check the user and the password";
              case 403 -> "refuses this account (HTTP 403); check its rights on the host";
              case 404 ->
                  "does not have what was asked for (HTTP 404); check the host, and that the file is there";
              case 503 -> "is not ready, or serves too many (HTTP 503); run the same command later";
              default ->
                  "answered with HTTP status %d; look into its log, and run the same command again"
                      .formatted(status);
            });
  }

  private interface Request {
    Answer send() throws IOException;
  }

  private Answer told(Request request) throws IOException {
    try {
      return request.send();
    } catch (IOException fault) {
      throw fault(fault);
    }
  }

  /// Says what went wrong with a connection, and what to do.
  IOException fault(IOException fault) {
    return switch (fault) {
      case SyncException told -> told;
      case HttpRetryException again -> refused(again.responseCode(), again.getLocation());
      case UnknownHostException unknown ->
          new ConnectionException(name + ": its host is unknown; check the name", fault);
      case SocketTimeoutException silent ->
          new ConnectionException(
              "%s: no answer within %d s; check that the host is up, and run the same command again"
                  .formatted(name, SILENCE.toSeconds()),
              fault);
      case SSLException untrusted -> untrusted(untrusted);
      default ->
          new ConnectionException(
              "%s: %s; run the same command again"
                  .formatted(name, Printable.of(SyncException.describe(fault), MAX_SHOWN)),
              fault);
    };
  }

  private ConnectionException untrusted(SSLException why) {
    var refused = trust.refused();
    if (refused.isEmpty()) {
      return new ConnectionException(
          "%s: TLS: %s; is this the port for HTTPS"
              .formatted(name, Printable.of(String.valueOf(why.getMessage()), MAX_SHOWN)),
          why);
    }
    var print = refused.get();
    var told =
        trust
            .pinned()
            .map(
                pin ->
                    "%s: its certificate is not the one of %s, but has another thumbprint: %s; this may be another host: find out why, and if it has a new certificate, change that"
                        .formatted(name, pin.place(), print))
            .orElseGet(
                () ->
                    "%s: no authority known here vouches for its certificate; if this is the host's own, add thumbprint=%s"
                        .formatted(name, print));
    return new ConnectionException(told, why);
  }

  /// A body whose faults are told.
  private final class Told extends FilterInputStream {

    Told(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      try {
        return in.read();
      } catch (IOException cut) {
        throw fault(cut);
      }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      try {
        return in.read(bytes, offset, length);
      } catch (IOException cut) {
        throw fault(cut);
      }
    }
  }
}
