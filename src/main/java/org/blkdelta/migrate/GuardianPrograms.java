package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.guardian.Answer;
import org.blkdelta.guardian.Order;
import org.blkdelta.host.Detached;
import org.blkdelta.remote.FarCommand;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.ProgramImage;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.RemoteShell;
import org.blkdelta.remote.ShellWords;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.Json;

/// Guardians that are `blkdelta guardian` on the source's machine. A loop of the shell starts one
/// again that is killed.
///
/// @param job its name
/// @param source the machine; empty for this one
record GuardianPrograms(String job, Optional<Host> source, SshOptions ssh, Questions questions)
    implements Guardians {

  private static final String LOOP =
      FarCommands.SEARCHED
          + "trap '' HUP; while :; do \"$@\"; s=$?; case $s in 1|13?|14?) sleep 1;; *) exit $s;; esac;"
          + " done";

  private static final int MAX_ANSWER = 1 << 20;

  /// A program that is talked to.
  private record Talk(InputStream out, OutputStream in, Closeable end) {}

  @Override
  public Link begin(Order order) throws IOException {
    var words = new ArrayList<>(List.of("sh", "-c", LOOP, "sh", program(), "guardian"));
    words.addAll(List.of("--id", order.id(), job));
    var talk = start(words);
    try {
      return GuardianLink.open(talk.out(), talk.in(), talk.end(), order, where());
    } catch (IOException | RuntimeException fault) {
      talk.end().close();
      throw fault;
    }
  }

  @Override
  public Answer settle(String id) throws IOException {
    var once =
        List.of("sh", "-c", FarCommands.SEARCHED + "exec \"$@\"", "sh", program(), "guardian");
    var words = new ArrayList<>(once);
    words.addAll(List.of("--settle", "--id", id, job));
    var talk = start(words);
    var end = talk.end();
    try (end) {
      talk.in().close();
      var text = new String(talk.out().readNBytes(MAX_ANSWER), UTF_8).strip();
      return Json.parsed(text, Answer.class)
          .filter(answer -> answer.state() != null)
          .orElseThrow(() -> unsettled("no answer"));
    } catch (SyncException told) {
      throw told;
    } catch (IOException lost) {
      throw unsettled(SyncException.describe(lost));
    }
  }

  private ConnectionException unsettled(String why) {
    return new ConnectionException(
        "%s: what came of the cutover cannot be found out: %s; run again".formatted(where(), why));
  }

  private Talk start(List<String> words) throws IOException {
    if (source.isEmpty()) {
      var program = Detached.start(words);
      return new Talk(program.stdout(), program.stdin(), program);
    }
    var there = new ArrayList<>(List.of("setsid", "-w"));
    there.addAll(words);
    var process = RemoteShell.start(source.get(), ShellWords.join(there), ssh, questions);
    return new Talk(process.stdout(), process.stdin(), process);
  }

  private String program() {
    return source.isPresent()
        ? FarCommand.NAME
        : ProgramImage.launcher().map(Object::toString).orElse(FarCommand.NAME);
  }

  private String where() {
    return source.map(Object::toString).orElse("here");
  }
}
