package org.blkdelta.nbd;

import java.io.IOException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import org.blkdelta.failure.SyncException;

/// Says why TLS did not begin.
final class TlsFault {

  private TlsFault() {}

  /// Returns what was found, and what to do.
  static String words(IOException fault, SSLEngine engine) {
    var server = engine.getPeerHost();
    if (has(fault, CertificateExpiredException.class)) {
      return "the server's certificate has expired; renew it";
    }
    if (has(fault, CertificateNotYetValidException.class)) {
      return "the server's certificate is not valid yet; see both machines' clocks";
    }
    if (has(fault, CertPathBuilderException.class)
        || has(fault, CertPathValidatorException.class)) {
      return "the server's certificate is not signed by an authority in ca-cert.pem; add that, or use another server";
    }
    if (has(fault, CertificateException.class)) {
      return "the server's certificate is not for %s; name the server as the certificate does: tls-hostname=NAME"
          .formatted(server);
    }
    return "TLS did not begin: %s; see the server's log".formatted(SyncException.describe(fault));
  }

  private static boolean has(Throwable fault, Class<? extends Exception> kind) {
    return Stream.iterate(Optional.of(fault), Optional::isPresent, TlsFault::cause)
        .anyMatch(each -> kind.isInstance(each.get()));
  }

  private static Optional<Throwable> cause(Optional<Throwable> fault) {
    return fault.map(Throwable::getCause);
  }
}
