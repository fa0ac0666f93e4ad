package org.blkdelta.vsphere;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// The digest of a certificate, by which it is known without an authority.
///
/// @param algorithm as Java calls it
/// @param digits hexadecimal, in lower case, without colons
record Thumbprint(String algorithm, String digits) {

  static final String SHA_256 = "SHA-256";

  /// What vSphere says of the hosts that it sends us to (`HttpNfcLeaseDeviceUrl.sslThumbprint`).
  static final String SHA_1 = "SHA-1";

  private static final Pattern HEX = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

  /// Reads one, with or without colons; the algorithm shows by its length.
  static Optional<Thumbprint> parse(String text) {
    var digits = text.strip().toLowerCase(Locale.ROOT).replace(":", "");
    return HEX.matcher(digits).matches()
        ? Optional.of(new Thumbprint(digits.length() == 40 ? SHA_1 : SHA_256, digits))
        : Optional.empty();
  }

  /// Returns whether nobody can make a certificate that has the same.
  boolean isStrong() {
    return algorithm.equals(SHA_256);
  }

  /// Returns that of a certificate.
  static Thumbprint of(X509Certificate certificate, String algorithm)
      throws GeneralSecurityException {
    var digest = MessageDigest.getInstance(algorithm).digest(certificate.getEncoded());
    return new Thumbprint(algorithm, HexFormat.of().formatHex(digest));
  }

  /// Returns it as openssl and vSphere show it, with colons.
  @Override
  public String toString() {
    return digits.toUpperCase(Locale.ROOT).replaceAll("(..)(?!$)", "$1:");
  }
}
