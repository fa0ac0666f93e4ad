package org.blkdelta.vsphere;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.blkdelta.failure.Printable;
import org.jspecify.annotations.Nullable;

/// How a host is known: by an authority that signed its certificate for its name, or by the
/// certificate's own thumbprint. It remembers a certificate that it refused.
final class Trust extends X509ExtendedTrustManager {

  /// Where distributions keep the authorities that this machine trusts.
  private static final List<Path> AUTHORITIES =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
          Path.of("/etc/ssl/ca-bundle.pem"));

  private static final int MAX_SHOWN = 200;

  private final Optional<Pin> pinned;
  private final SSLSocketFactory sockets;
  private @Nullable X509ExtendedTrustManager authorities;
  private @Nullable X509Certificate refused;
  private String why = "";

  private Trust(Optional<Pin> pinned) {
    this.pinned = pinned;
    this.sockets = sockets(this);
  }

  /// Returns trust by a thumbprint, or if there is none by the authorities of this machine.
  static Trust of(Optional<Pin> pinned) {
    return new Trust(pinned);
  }

  /// Returns what decides alone, whatever name is in the certificate.
  Optional<Pin> pinned() {
    return pinned;
  }

  /// Returns the thumbprint of the certificate that was refused last.
  synchronized Optional<Thumbprint> refused() {
    return Optional.ofNullable(refused).map(certificate -> print(certificate, Thumbprint.SHA_256));
  }

  /// Returns why it was refused.
  synchronized String why() {
    return Printable.of(why, MAX_SHOWN);
  }

  /// Returns what makes connections that this decides about; always the same, so that they are
  /// used again.
  SSLSocketFactory sockets() {
    return sockets;
  }

  private static SSLSocketFactory sockets(TrustManager deciding) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {deciding}, null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException absent) {
      throw new IllegalStateException(absent);
    }
  }

  /// What decides where no thumbprint is given; read when it is needed first.
  private synchronized X509ExtendedTrustManager authorities() throws CertificateException {
    if (authorities == null) {
      try {
        var factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(ofThisMachine());
        authorities =
            Arrays.stream(factory.getTrustManagers())
                .filter(X509ExtendedTrustManager.class::isInstance)
                .map(X509ExtendedTrustManager.class::cast)
                .findFirst()
                .orElseThrow();
      } catch (GeneralSecurityException | IOException unreadable) {
        throw new CertificateException(unreadable.getMessage(), unreadable);
      }
    }
    return authorities;
  }

  /// Returns the authorities of this machine; those of Java where there are none.
  private static @Nullable KeyStore ofThisMachine() throws GeneralSecurityException, IOException {
    for (var file : AUTHORITIES) {
      if (Files.isReadable(file)) {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int count = 0;
        try (var in = Files.newInputStream(file)) {
          for (Certificate each :
              CertificateFactory.getInstance("X.509").generateCertificates(in)) {
            store.setCertificateEntry("authority " + count++, each);
          }
        }
        return store;
      }
    }
    return null;
  }

  /// Checks a chain by the authorities.
  private interface Check {
    void by(X509ExtendedTrustManager authorities) throws CertificateException;
  }

  private void check(X509Certificate[] chain, Check check) throws CertificateException {
    try {
      if (pinned.isPresent()) {
        checkPin(chain[0], pinned.get().print());
      } else {
        check.by(authorities());
      }
    } catch (CertificateException doubt) {
      refuse(chain[0], String.valueOf(doubt.getMessage()));
      throw doubt;
    }
  }

  private static void checkPin(X509Certificate certificate, Thumbprint print)
      throws CertificateException {
    if (!print(certificate, print.algorithm()).equals(print)) {
      throw new CertificateException("its thumbprint is another one");
    }
  }

  private static Thumbprint print(X509Certificate certificate, String algorithm) {
    try {
      return Thumbprint.of(certificate, algorithm);
    } catch (GeneralSecurityException absent) {
      throw new IllegalStateException(absent);
    }
  }

  private synchronized void refuse(X509Certificate certificate, String reason) {
    refused = certificate;
    why = reason;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    check(chain, authorities -> authorities.checkServerTrusted(chain, type, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    check(chain, authorities -> authorities.checkServerTrusted(chain, type, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("a connection without a name");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    throw new CertificateException("we are no server");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    throw new CertificateException("we are no server");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("we are no server");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
