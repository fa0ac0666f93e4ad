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
import org.jspecify.annotations.Nullable;

/// How a host is known: by an authority that signed its certificate for its name, or by the
/// certificate's own thumbprint. It remembers the certificate that was shown, for messages.
final class Trust extends X509ExtendedTrustManager {

  /// Where distributions keep the authorities that this machine trusts.
  private static final List<Path> AUTHORITIES =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
          Path.of("/etc/ssl/ca-bundle.pem"));

  private final Optional<Thumbprint> pinned;
  private final SSLSocketFactory sockets;
  private @Nullable X509ExtendedTrustManager authorities;
  private @Nullable X509Certificate shown;

  private Trust(Optional<Thumbprint> pinned) {
    this.pinned = pinned;
    this.sockets = sockets(this);
  }

  /// Returns trust by a thumbprint, or if there is none by the authorities of this machine.
  static Trust of(Optional<Thumbprint> pinned) {
    return new Trust(pinned);
  }

  /// Returns whether the thumbprint alone decides, and not the name in the certificate.
  boolean isPinned() {
    return pinned.isPresent();
  }

  /// Returns the thumbprint of the certificate that the host showed last.
  synchronized Optional<Thumbprint> shown() {
    try {
      return shown == null
          ? Optional.empty()
          : Optional.of(Thumbprint.of(shown, Thumbprint.SHA_256));
    } catch (GeneralSecurityException absent) {
      throw new IllegalStateException(absent);
    }
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

  private synchronized void remember(X509Certificate[] chain) {
    shown = chain[0];
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

  /// @return whether the thumbprint has decided
  private boolean isDecided(X509Certificate[] chain) throws CertificateException {
    remember(chain);
    if (pinned.isEmpty()) {
      return false;
    }
    try {
      if (!Thumbprint.of(chain[0], pinned.get().algorithm()).equals(pinned.get())) {
        throw new CertificateException("its thumbprint is another one");
      }
      return true;
    } catch (GeneralSecurityException absent) {
      throw new CertificateException(absent);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    if (!isDecided(chain)) {
      authorities().checkServerTrusted(chain, type, socket);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    if (!isDecided(chain)) {
      authorities().checkServerTrusted(chain, type, engine);
    }
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
