package org.blkdelta.compat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.ShellWords;

/// The command lines of a peer on another machine: what runs there, and what takes us there.
final class PeerCommand {

  /// A beginning that a shell replaces by a home folder, if neither it nor its slash is quoted.
  private static final Pattern HOME = Pattern.compile("~[A-Za-z0-9._-]*(/|$)");

  private static final Pattern ASSIGNMENT =
      Pattern.compile("[A-Za-z_][A-Za-z0-9_]*=.*", Pattern.DOTALL);

  private PeerCommand() {}

  /// Returns what the login shell there is given.
  ///
  /// @param options further options, as they are
  static String there(Optional<String> undo, List<String> options, String device) {
    var words = new ArrayList<>(List.of("lvmsync", "--apply", "-"));
    undo.ifPresent(file -> words.addAll(List.of("--snapback", path(file))));
    words.addAll(options);
    words.add(path(device));
    return String.join(" ", words);
  }

  /// Returns the words of a remote shell's command, with what a shell here would make of variables
  /// that are set before a program's name, and of `~/`; nothing else is expanded.
  ///
  /// @param home the user's folder here
  static String remoteShell(String command, String home) throws UsageException {
    var words = new ArrayList<>(ShellWords.split(command));
    if (words.isEmpty()) {
      throw new UsageException("lvmsync: --rsh is empty; name a program, such as ssh");
    }
    words.replaceAll(word -> inHome(word, home));
    if (ASSIGNMENT.matcher(words.getFirst()).matches()) {
      words.addFirst("env");
    }
    return ShellWords.join(words);
  }

  /// Returns a path of this machine, as a shell here would expand it.
  static String inHome(String path, String home) {
    return path.equals("~") || path.startsWith("~/") ? home + path.substring(1) : path;
  }

  /// Returns a path for a shell: what it makes of `~` is left to it, and nothing else.
  private static String path(String path) {
    var home = HOME.matcher(path);
    if (!home.lookingAt()) {
      return ShellWords.quote(path);
    }
    var rest = path.substring(home.end());
    return home.group() + (rest.isEmpty() ? "" : ShellWords.quote(rest));
  }
}
