package org.blkdelta.remote;

import java.util.BitSet;
import java.util.Locale;
import org.apache.sshd.client.config.hosts.KnownHostDigest;
import org.apache.sshd.client.config.hosts.KnownHostHashValue;
import org.apache.sshd.common.SshConstants;

/// The hosts field of `known_hosts`: patterns with commas between them, or one hashed name.
///
/// Hashed names are the library's, patterns are not. To its `HostPatternsHolder`, `*` means port 22
/// only, so `@revoked *` would not count for a host at another port; `![web]:2222`, `[*]:*` and
/// `web,,db`, which OpenSSH takes, are errors; and a pattern with 8 stars may take it 20 s.
final class HostPatterns {

  /// What `ssh` has, and wants.
  static final int SALT_LENGTH = 20;

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

  /// Returns the hashed form of a name, which has its port in it; so the library is told the usual
  /// one, which adds nothing.
  static String hash(String name, byte[] salt) {
    var sha1 = KnownHostDigest.SHA1;
    try {
      byte[] hash =
          KnownHostHashValue.calculateHashValue(name, SshConstants.DEFAULT_PORT, sha1, salt);
      return KnownHostHashValue.append(new StringBuilder(), sha1, salt, hash).toString();
    } catch (Exception e) {
      throw new AssertionError("every JDK has HMAC-SHA1", e);
    }
  }

  /// Matches `*` and `?`, in time that is the product of the lengths.
  private static boolean matchesPattern(String pattern, String name) {
    var matched = new BitSet(); // how much of the name may be what the pattern so far stands for
    matched.set(0);
    for (int p = 0; p < pattern.length() && !matched.isEmpty(); p++) {
      char c = pattern.charAt(p);
      if (c == '*') {
        matched.set(matched.nextSetBit(0), name.length() + 1);
      } else {
        for (int n = name.length(); n > 0; n--) {
          matched.set(n, matched.get(n - 1) && (c == '?' || c == name.charAt(n - 1)));
        }
        matched.clear(0);
      }
    }
    return matched.get(name.length());
  }

  /// Compares the whole field, as `ssh` does. The library itself would take spaces and control
  /// characters at its end, and a salt of another length, of which it cuts off what is too much.
  private static boolean matchesHash(String field, String name) {
    try {
      byte[] salt = KnownHostHashValue.parse(field).getSaltValue();
      return salt.length == SALT_LENGTH && field.equals(hash(name, salt));
    } catch (IllegalArgumentException malformed) {
      return false;
    }
  }
}
