package org.blkdelta.guardian;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How a hook is run: with a time limit, nothing to read, and its output in a file meanwhile (or
/// nowhere, if no file can be made). What it starts and leaves behind, such as a virtual machine,
/// then keeps nobody waiting.
public final class HookWords {

  /// A program of any shell, which runs the words after it, and prints 64 KiB of their output.
  private static final List<String> SHELL =
      List.of(
          "sh",
          "-c",
          "f=$(mktemp) || f=/dev/null; \"$@\" </dev/null >\"$f\" 2>&1; s=$?;"
              + " [ \"$f\" = /dev/null ] || { head -c 65536 \"$f\" >&2; rm -f \"$f\"; }; exit $s",
          "sh");

  private static final String KILL_SECONDS = "10";

  /// What `timeout` exits with if the limit was reached; see timeout(1).
  private static final int TIMED_OUT = 124;

  private HookWords() {}

  /// Returns the words that run it.
  ///
  /// @param environment variables that it finds
  /// @param limitSeconds after which it gets SIGTERM, and then SIGKILL
  public static List<String> of(
      List<String> hook, Map<String, String> environment, long limitSeconds) {
    var words = new ArrayList<>(SHELL);
    words.addAll(List.of("timeout", "-k", KILL_SECONDS, Long.toString(limitSeconds), "env"));
    environment.forEach((name, value) -> words.add(name + "=" + value));
    words.addAll(hook);
    return words;
  }

  /// Returns in words why a hook failed.
  ///
  /// @param status not 0
  public static String failure(int status, String complaint) {
    var said = complaint.isEmpty() ? "" : ": " + complaint;
    return (status == TIMED_OUT ? "took too long" : "exited with " + status) + said;
  }
}
