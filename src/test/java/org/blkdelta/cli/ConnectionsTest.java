package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.blkdelta.linux.StateFolder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One run over several connections.
class ConnectionsTest {

  @TempDir Path folder;

  private Scratch web;

  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
  }

  @Test
  void several_connections_make_one_run() throws IOException {
    var run = sync("", "--connections=3");
    assertEquals(0, run.status(), run.stderr());
    assertTrue(web.copyIsCurrent());
    assertEquals(List.of("join", "join", "receive"), commands());
  }

  @Test
  void an_external_client_gets_one() throws IOException {
    assertEquals(0, sync("").status());
    assertEquals(List.of("receive"), commands());
  }

  @Test
  void a_connection_that_cannot_be_made_is_done_without() throws IOException {
    var run = sync("case $1 in *join) echo full >&2; exit 1;; esac", "--connections=2");
    assertEquals(0, run.status(), run.stderr());
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void a_connection_that_is_lost_is_a_connection_that_broke() throws IOException {
    // the first waits for the second, which passes the name and one byte of its blocks
    var shell =
        shell(
            """
            joined='%s'
            case $1 in
              *receive*) eval "{ dd bs=1 count=26 status=none; until [ -e '$joined' ]; do sleep 0.1; done; cat; } | $1"; exit;;
              *join) eval "dd bs=1 count=17 status=none | $1 | { dd bs=1 count=1 status=none; sleep 0.5; touch '$joined'; }"; exit;;
            esac
            """
                .formatted(folder.resolve("joined")));
    var large = folder.resolve("large");
    var bytes = new byte[8 << 20];
    new Random(1).nextBytes(bytes);
    Files.write(large, bytes);
    var there = "new:" + folder.resolve("there");
    var run = Cli.run("copy", "--create", "-e", "sh " + shell, "--connections=2", large, there);
    assertTrue(run.status() == 7 || run.status() == 8, run.stderr());
    assertTrue(run.stderr().contains("one of the connections was lost"), run.stderr());
    var again =
        Cli.run("copy", "--create", "-e", "sh " + shell(""), "--connections=2", large, there);
    assertEquals(0, again.status(), again.stderr());
    assertEquals(-1, Files.mismatch(large, folder.resolve("there")));
  }

  @Test
  void a_number_that_cannot_be_meant_is_refused() throws IOException {
    for (var number : List.of("0", "17", "-1", "many")) {
      assertEquals(2, sync("", "--connections=" + number).status());
    }
    var words = new ArrayList<Object>(List.of("sync", "--connections=2"));
    words.addAll(List.of(web.source(web.copy.toString())));
    assertEquals(2, Cli.run(words.toArray()).status());
  }

  private Cli.Run sync(String script, Object... options) throws IOException {
    var words = new ArrayList<Object>(List.of("sync", "-e", "sh " + shell(script)));
    words.addAll(List.of(options));
    words.addAll(List.of(web.source("new:" + web.copy)));
    return Cli.run(words.toArray());
  }

  /// Returns a client to this machine that notes what it starts, and first runs `script`.
  private Path shell(String script) throws IOException {
    var shell = folder.resolve("remote-shell");
    return Files.writeString(
        shell,
        """
        shift $(($# - 1))
        blkdelta() {
          %s=%s %s "$@"
        }
        echo "$1" >>'%s'
        %s
        eval "$1"
        """
            .formatted(
                StateFolder.VARIABLE,
                folder.resolve("state"),
                Compiled.command(),
                folder.resolve("commands"),
                script));
  }

  /// Returns the names of the commands that ran at the far end.
  private List<String> commands() throws IOException {
    return Files.readAllLines(folder.resolve("commands")).stream()
        .map(line -> line.split(" ")[1])
        .sorted()
        .toList();
  }
}
