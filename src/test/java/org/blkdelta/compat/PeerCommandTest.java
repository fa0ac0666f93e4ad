package org.blkdelta.compat;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.Programs;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.ShellWords;
import org.junit.jupiter.api.Test;

/// What a shell makes of the command lines is asked from a shell.
class PeerCommandTest {

  private static final String HOME = "/home/of/mine";

  @Test
  void the_peer_is_given_lvmsyncs_words() {
    assertEquals(
        "lvmsync --apply - --snapback /var/undo -q /dev/vg0/web",
        PeerCommand.there(Optional.of("/var/undo"), List.of("-q"), "/dev/vg0/web"));
    assertEquals(
        "lvmsync --apply - /dev/vg0/web",
        PeerCommand.there(Optional.empty(), List.of(), "/dev/vg0/web"));
  }

  @Test
  void a_shell_there_expands_the_home_folder_and_nothing_else() throws IOException {
    assertEquals("/home/of/mine/a b", asRead("~/a b"));
    assertEquals(HOME, asRead("~"));
    assertEquals(
        "/root/f",
        asRead("~root/f").replace(Programs.run("sh", "-c", "echo ~root").strip(), "/root"));
    for (var name :
        List.of(
            "a~/b", "$(id)", "`id`", "*", "~/$HOME", "~;id", "~$(id)/x", "'~'/x", "~/'\\", "")) {
      var kept = name.startsWith("~/") ? HOME + name.substring(1) : name;
      assertEquals(kept, asRead(name), name);
    }
  }

  private static String asRead(String path) throws IOException {
    var line = PeerCommand.there(Optional.of(path), List.of(), "/dev/x");
    var shell = new ProcessBuilder("sh", "-c", "lvmsync() { printf %s \"$4\"; }; " + line);
    shell.environment().put("HOME", HOME);
    return Programs.run(shell);
  }

  @Test
  void a_remote_shell_may_have_variables_before_it() throws UsageException {
    assertEquals(
        List.of("env", "LC_ALL=C", "A=b c", "ssh", "-C"), words("LC_ALL=C A='b c' ssh -C"));
    assertEquals(List.of("ssh", "A=b"), words("ssh A=b"));
    assertEquals(List.of(HOME + "/bin/ssh", "-i", HOME + "/key"), words("~/bin/ssh -i ~/key"));
    assertEquals(List.of("$(id)", "*", "it's"), words("'$(id)' * it\\'s"));
  }

  private static List<String> words(String command) throws UsageException {
    return ShellWords.split(PeerCommand.remoteShell(command, HOME));
  }

  @Test
  void a_remote_shell_has_a_name() {
    for (var nothing : List.of("", " ")) {
      var refused =
          assertThrows(UsageException.class, () -> PeerCommand.remoteShell(nothing, HOME));
      assertSays(refused, "lvmsync: --rsh is empty; name a program, such as ssh");
    }
  }
}
