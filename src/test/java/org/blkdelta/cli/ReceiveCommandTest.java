package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerReader;
import org.blkdelta.wire.Told;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiveCommandTest {

  @TempDir Path folder;

  private Scratch web;
  private byte[] stream;

  @BeforeEach
  void aStreamOfAVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
    var words = Stream.concat(Stream.of("dump"), Arrays.stream(web.source()));
    stream = new Cli().with(words.toArray()).ok().bytes();
  }

  @Test
  void a_run_is_answered_step_by_step() throws IOException {
    var run = new Cli().reading(stream).with("receive", web.copy).ok();
    var answers = answers(run);
    var hello = assertInstanceOf(Answer.Hello.class, answers.get(0));
    assertEquals(65_536, hello.destinationSize());
    assertEquals(List.of("receive", "--", web.copy.toString()), hello.told().words());
    assertEquals(DestinationName.of(web.copy).place(), hello.told().destination());
    assertEquals(new Answer.Ready(), answers.get(1));
    var result = assertInstanceOf(Answer.Result.class, answers.get(2));
    assertEquals(12_288, result.sum().bytes());
    assertEquals(3, answers.size());
    assertEquals("", run.stderr());
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void a_refusal_is_answered_and_not_said_twice() throws IOException {
    var run = new Cli().reading(stream).with("receive", folder.resolve("absent"));
    assertEquals(5, run.status());
    assertEquals("", run.stderr());
    var answers = answers(run);
    var absent = List.of("receive", "--", folder.resolve("absent").toString());
    assertEquals(new Answer.Hello(-1, Told.of(absent)), answers.get(0));
    var failed = assertInstanceOf(Answer.Failed.class, answers.get(1));
    assertEquals(Answer.Kind.REFUSED, failed.kind());
    assertTrue(failed.message().contains("does not exist"), failed.message());
  }

  @Test
  void options_for_the_destination_are_taken() throws IOException {
    var made = folder.resolve("made");
    new Cli().reading(stream).with("receive", "--create", "--dry-run", "--", made).ok();
    assertTrue(Files.notExists(made));
    new Cli().reading(stream).with("receive", "--create", "--", made).ok();
    assertEquals(65_536, Files.size(made));
  }

  @Test
  void every_cut_is_answered_with_the_truth() throws IOException {
    for (int length = 0; length < stream.length; length += 1 + length % 211) {
      web.copyAnew();
      var cut = Arrays.copyOf(stream, length);
      var run = new Cli().reading(cut).with("receive", web.copy);
      var failed = assertInstanceOf(Answer.Failed.class, answers(run).getLast());
      assertEquals(run.status(), failed.kind().code());
      assertTrue(run.status() == 7 || (run.status() == 4 && web.copyIsUntouched()));
    }
  }

  private static List<Answer> answers(Cli.Run run) throws IOException {
    var reader = new AnswerReader(new ByteArrayInputStream(run.bytes()), "new");
    var answers = new ArrayList<>(List.of(reader.first()));
    try {
      while (true) {
        answers.add(reader.next());
      }
    } catch (EOFException end) {
      return answers;
    }
  }
}
