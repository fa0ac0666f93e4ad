package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What bash, on a terminal of its own, makes of a line in which the tab key (here `^`) is pressed.
/// In place of blkdelta a function prints its arguments.
class BashCompletionTest {

  @TempDir private Path temp;

  @BeforeEach
  void lay_out() throws IOException {
    Programs.require("bash", "script", "awk", "timeout");
    Files.createDirectories(temp.resolve("disks"));
    Files.createFile(temp.resolve("disks/web 1.img"));
    Files.createFile(temp.resolve("disks/undo"));
    Files.createDirectories(temp.resolve(".ssh"));
    Files.writeString(temp.resolve(".ssh/config"), "Host newbox old-*\nHost web2\n");
    Files.writeString(
        temp.resolve(".ssh/known_hosts"), "|1|x= ssh-rsa A\ndb9,10.9.8.7 ssh-rsa A\n");
    Files.writeString(
        temp.resolve("rc"),
        """
        source "$COMPLETION"
        blkdelta() { printf 'got'; printf ' <%s>' "$@"; echo; }
        lvs() { echo '  vg0 web'; echo '  vg0 root'; }
        timeout() { shift 3; "$@"; }
        """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sy^                             | <sync>",
        "help ver^                       | <help> <verify>",
        "copy --dry^                     | <copy> <--dry-run>",
        "sync --wait-closed --js^        | <sync> <--wait-closed> <--json>",
        "copy disks/we^ newb^/dev/x      | <copy> <disks/web 1.img> <newbox:/dev/x>",
        "copy di^we^ db^                 | <copy> <disks/web 1.img> <db9:>",
        "copy a root@newb^               | <copy> <a> <root@newbox:>",
        "copy a newbox:di^               | <copy> <a> <newbox:di>",
        "sync --base=sam^                | <sync> <--base=sample>",
        "sync --base as^                 | <sync> <--base> <assume>",
        "copy --force mou^               | <copy> <--force> <mounted>",
        "sync --undo disks/un^           | <sync> <--undo> <disks/undo>",
        "copy --bwlimit di^              | <copy> <--bwlimit> <di>",
        "demo di^                        | <demo> <di>",
        "apply disks/un^                 | <apply> <disks/undo>",
      })
  void bash_completes(String typed, String arguments) throws IOException {
    assertEquals(arguments, complete(typed));
  }

  @Test
  void root_is_offered_volumes() throws IOException {
    boolean root = Programs.run("id", "-u").strip().equals("0");
    assertEquals(root ? "<copy> <vg0/web>" : "<copy> <vg0/w>", complete("copy vg0/w^"));
    assertEquals(
        root ? "<sync> <--since> <vg0/root>" : "<sync> <--since> <vg0/r>",
        complete("sync --since vg0/r^"));
  }

  @Test
  void where_lvm_does_not_answer_files_are_still_offered() throws IOException {
    var rc = temp.resolve("rc");
    Files.writeString(rc, Files.readString(rc) + "lvs() { return 5; }\n");
    assertEquals("<copy> <disks/undo>", complete("copy disks/u^"));
  }

  private String complete(String typed) throws IOException {
    var keys = "blkdelta " + typed.replace('^', '\t') + "\nexit\n";
    Files.writeString(temp.resolve("keys"), keys);
    var script = "script -qec 'bash --noprofile --rcfile rc -i' /dev/null <keys";
    var builder = new ProcessBuilder("sh", "-c", script).directory(temp.toFile());
    builder.environment().put("HOME", temp.toString());
    builder.environment().put("TERM", "dumb");
    builder
        .environment()
        .put("COMPLETION", Path.of("completions/blkdelta").toAbsolutePath().toString());
    return Programs.run(builder)
        .lines()
        .filter(line -> line.startsWith("got "))
        .map(line -> line.substring("got ".length()).strip())
        .findFirst()
        .orElse("nothing");
  }
}
