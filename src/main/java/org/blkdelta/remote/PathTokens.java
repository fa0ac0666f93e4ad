package org.blkdelta.remote;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Expands `~`, `%` tokens and `${VARIABLES}` in a path of the configuration: ssh_config(5),
/// "TOKENS".
final class PathTokens {

  private static final Pattern TOKEN = Pattern.compile("%(.)|\\$\\{([^}]*)\\}");

  private PathTokens() {}

  /// Returns the path. A token that is not known stays as it is, and so names no file.
  static String expand(String text, SshConfig config) {
    var home = System.getProperty("user.home");
    var path = text.equals("~") || text.startsWith("~/") ? home + text.substring(1) : text;
    return TOKEN.matcher(path).replaceAll(m -> Matcher.quoteReplacement(value(m.group(), config)));
  }

  private static String value(String token, SshConfig config) {
    return switch (token) {
      case "%%" -> "%";
      case "%d" -> System.getProperty("user.home");
      case "%h" -> config.hostName();
      case "%k" -> config.keyName();
      case "%n" -> config.host().name();
      case "%p" -> String.valueOf(config.port());
      case "%r" -> config.user();
      case "%u" -> System.getProperty("user.name");
      default -> token.startsWith("${") ? variable(token) : token;
    };
  }

  private static String variable(String token) {
    var value = System.getenv(token.substring(2, token.length() - 1));
    return value == null ? token : value;
  }
}
