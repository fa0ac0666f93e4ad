package org.blkdelta.remote;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The hosts field of `known_hosts`: patterns with commas between them, or one hashed name.
final class HostPatterns {

  private static final String HASHED = "|1|";
  private static final String HASH = "HmacSHA1";

  private HostPatterns() {}

  /// Tells whether the field is about the name. A negated pattern that matches rules it out.
  static boolean match(String field, String name) {
    if (field.startsWith("|")) {
      return matchesHash(field, name);
    }
    boolean found = false;
    for (var pattern : field.toLowerCase(Locale.ROOT).split(",", -1)) {
      boolean negated = pattern.startsWith("!");
      if (!pattern.isEmpty() && matchesPattern(negated ? pattern.substring(1) : pattern, name)) {
        if (negated) {
          return false;
        }
        found = true;
      }
    }
    return found;
  }

  /// Returns the hashed form of a name, with a salt of 20 bytes.
  static String hash(String name, byte[] salt) {
    var base64 = Base64.getEncoder();
    return HASHED + base64.encodeToString(salt) + "|" + base64.encodeToString(hmac(name, salt));
  }

  /// Matches `*` and `?`, in time that is the product of the lengths.
  static boolean matchesPattern(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int resume = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        resume = n;
      } else if (p < pattern.length()
          && (pattern.charAt(p) == '?' || pattern.charAt(p) == name.charAt(n))) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  private static boolean matchesHash(String field, String name) {
    var parts = field.split("\\|", -1);
    if (!field.startsWith(HASHED) || parts.length != 4) {
      return false;
    }
    try {
      byte[] salt = Base64.getDecoder().decode(parts[2]);
      byte[] expected = Base64.getDecoder().decode(parts[3]);
      return salt.length > 0 && MessageDigest.isEqual(hmac(name, salt), expected);
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }

  private static byte[] hmac(String name, byte[] salt) {
    try {
      var mac = Mac.getInstance(HASH);
      mac.init(new SecretKeySpec(salt, HASH));
      return mac.doFinal(name.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has " + HASH, e);
    }
  }
}
