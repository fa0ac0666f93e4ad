package org.blkdelta.guardian;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// How a hook is run: with a time limit, nothing to read, and the first 64 KiB of its output kept
/// (nothing, if no file can be made). What it starts and leaves behind, such as a virtual machine,
/// then keeps nobody waiting, and fills no disk however much it prints.
public final class HookWords {

  /// A program of any shell, which runs the words after it, and prints 64 KiB of their output. What
  /// takes the output goes on as long as anybody may write to it: nobody gets SIGPIPE. The shells'
  /// unit of `ulimit -f` is 512 bytes (POSIX).
  private static final List<String> SHELL =
      List.of(
          "sh",
          "-c",
          String.join(
              " ",
              "d=$(mktemp -d) && mkfifo \"$d/pipe\" && : >\"$d/out\" ||",
              "{ rm -rf \"$d\"; exec \"$@\" </dev/null >/dev/null 2>&1; };",
              "(exec <\"$d/pipe\" >\"$d/out\" 2>/dev/null; trap '' HUP;",
              "(ulimit -c 0; ulimit -f 128; cat); exec cat >/dev/null) & r=$!;",
              "\"$@\" </dev/null >\"$d/pipe\" 2>&1; s=$?; n=0;",
              "while kill -0 $r 2>/dev/null && [ $n -lt 3 ]; do sleep 0.1; n=$((n+1)); done;",
              "head -c 65536 \"$d/out\" >&2; rm -rf \"$d\"; exit $s"),
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
