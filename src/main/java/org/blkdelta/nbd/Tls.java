package org.blkdelta.nbd;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;

/// How a server is known by its certificate, and we to it. The files are those of QEMU and libnbd:
/// `ca-cert.pem` has the authorities that sign servers' certificates; with `client-cert.pem` and
/// `client-key.pem` we say who we are, if both are there.
///
/// @param folder where these files are
/// @param server the name or address that the server's certificate must be for
record Tls(Path folder, String server) {

  private static final String AUTHORITIES = "ca-cert.pem";
  private static final String CERTIFICATE = "client-cert.pem";
  private static final String KEY = "client-key.pem";

  /// What these files have is far less.
  private static final long MAX_BYTES = 1 << 20;

  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  /// Returns what does our side of a connection, not begun yet.
  ///
  /// @param name what messages call the export
  /// @throws ConnectionException if a file cannot be read, or is none of these
  SSLEngine engine(String name) throws ConnectionException {
    try {
      var trusted = TrustManagerFactory.getInstance("PKIX");
      trusted.init(authorities());
      var own = KeyManagerFactory.getInstance("PKIX");
      own.init(identity(), new char[0]);
      var context = SSLContext.getInstance("TLS");
      context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
      var engine = context.createSSLEngine(server, -1);
      engine.setUseClientMode(true);
      var parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      engine.setSSLParameters(parameters);
      return engine;
    } catch (IOException fault) {
      throw new ConnectionException(name + ": " + SyncException.describe(fault), fault);
    } catch (GeneralSecurityException fault) {
      throw new ConnectionException(
          "%s: %s: %s".formatted(name, folder, fault.getMessage()), fault);
    }
  }

  private KeyStore authorities() throws IOException, GeneralSecurityException {
    var store = empty();
    int count = 0;
    for (var certificate : certificates(AUTHORITIES)) {
      store.setCertificateEntry("authority " + count++, certificate);
    }
    return store;
  }

  private KeyStore identity() throws IOException, GeneralSecurityException {
    var store = empty();
    if (Files.exists(folder.resolve(CERTIFICATE)) || Files.exists(folder.resolve(KEY))) {
      var chain = certificates(CERTIFICATE);
      var key = key(chain.getFirst().getPublicKey().getAlgorithm());
      store.setKeyEntry("client", key, new char[0], chain.toArray(Certificate[]::new));
    }
    return store;
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private List<Certificate> certificates(String file) throws IOException, GeneralSecurityException {
    List<Certificate> found;
    try (var in = new ByteArrayInputStream(bytes(file))) {
      found = List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
    } catch (CertificateException malformed) {
      throw wrong(file, "is not a list of certificates in PEM; put one there");
    }
    if (found.isEmpty()) {
      throw wrong(file, "has no certificate; put one there");
    }
    return found;
  }

  private PrivateKey key(String algorithm) throws IOException, GeneralSecurityException {
    var text = new String(bytes(KEY), StandardCharsets.US_ASCII);
    var found = PKCS8.matcher(text);
    if (!found.find()) {
      throw wrong(
          KEY, "is not a PKCS#8 key without a password; convert it: openssl pkcs8 -topk8 -nocrypt");
    }
    try {
      var bytes = Base64.getMimeDecoder().decode(found.group(1));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
    } catch (IllegalArgumentException | InvalidKeySpecException malformed) {
      throw wrong(KEY, "is not the key of " + CERTIFICATE + " (" + algorithm + "); put that there");
    }
  }

  private byte[] bytes(String file) throws IOException {
    var path = folder.resolve(file);
    if (!Files.exists(path)) {
      throw wrong(file, "does not exist; put it there, or name the right folder");
    }
    if (Files.size(path) > MAX_BYTES) {
      throw wrong(file, "has more than 1 MiB; keep only the certificates that are needed");
    }
    return Files.readAllBytes(path);
  }

  private IOException wrong(String file, String what) {
    return new IOException(folder.resolve(file) + ": " + what);
  }
}
