package org.blkdelta.remote;

import org.blkdelta.failure.Printable;
import org.blkdelta.failure.UsageException;

/// Checks of names that come from the command line and end up in the command line of another
/// program or in a message. They refuse what `ssh` itself refuses.
final class Names {

  private static final String UNSAFE_IN_HOST = "'`\"$\\;&<>|(){},/[]@";
  private static final String UNSAFE_IN_USER = "'`\";&<>|(){}";

  private Names() {}

  /// Returns the host name, or refuses it.
  static String host(String name, String text) throws UsageException {
    check(name, "host name", UNSAFE_IN_HOST, text);
    return name;
  }

  /// Returns the user name, or refuses it.
  static String user(String name, String text) throws UsageException {
    check(name, "user name", UNSAFE_IN_USER, text);
    if (name.endsWith("\\")) {
      throw new UsageException(printable(text) + ": the user name ends with a backslash");
    }
    return name;
  }

  /// Returns the path, or refuses it.
  static String path(String path, String text) throws UsageException {
    if (path.isEmpty()) {
      throw new UsageException(printable(text) + ": the path is empty; write host:/path/of/device");
    }
    if (path.chars().anyMatch(Character::isISOControl)) {
      throw new UsageException(printable(text) + ": the path has a control character");
    }
    return path;
  }

  /// Returns the port, 1 to 65535, or refuses it.
  static int port(String digits, String text) throws UsageException {
    if (!digits.matches("[0-9]{1,5}")
        || Integer.parseInt(digits) < 1
        || Integer.parseInt(digits) > 65535) {
      throw new UsageException(
          printable(text) + ": \"" + printable(digits) + "\" is not a port; it is 1 to 65535");
    }
    return Integer.parseInt(digits);
  }

  /// Returns text of unknown origin so that it cannot steer a terminal.
  static String printable(String text) {
    return Printable.of(text);
  }

  private static void check(String name, String kind, String unsafe, String text)
      throws UsageException {
    if (name.isEmpty()) {
      throw new UsageException(printable(text) + ": the " + kind + " is empty");
    }
    if (name.startsWith("-")) {
      throw new UsageException(printable(text) + ": the " + kind + " begins with a hyphen");
    }
    if (name.codePoints()
        .anyMatch(
            c ->
                Character.isISOControl(c) || Character.isWhitespace(c) || unsafe.indexOf(c) >= 0)) {
      throw new UsageException(
          printable(text) + ": the " + kind + " has a character that is not allowed there");
    }
  }
}
