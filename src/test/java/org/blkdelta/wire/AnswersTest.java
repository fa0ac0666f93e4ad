package org.blkdelta.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.junit.jupiter.api.Test;

class AnswersTest {

  private static final Tally.Sum SUM = new Tally.Sum(1, 2, 3, 4, 5, -6);
  private static final List<Answer> ALL =
      List.of(
          new Answer.Hello(
              1L << 40, new Told(List.of("receive", "--", "/dev/a b"), Optional.of("b:8:0@boot"))),
          new Answer.Ready(),
          new Answer.Ready(65_536, Answer.Base.RIGHT),
          new Answer.Ready(0, Answer.Base.ANY),
          new Answer.Durable(67_108_864),
          new Answer.Saved("/srv/web.undo", 77),
          new Answer.Result(SUM),
          new Answer.Differs(8192, 4096),
          new Answer.Passed(67_108_864),
          new Answer.Compared(SUM, 1, 4096),
          new Answer.Failed(Answer.Kind.REFUSED, "/dev/vg0/web: is mounted at /srv/Größe"));

  @Test
  void what_is_sent_is_what_is_heard() throws IOException {
    assertEquals(ALL, heard(sent(ALL)));
    assertEquals(List.of(new Answer.Hello(-1)), heard(sent(List.of(new Answer.Hello(-1)))));
  }

  @Test
  void the_bytes_are_those_of_the_description() throws IOException {
    var result = ByteBuffer.allocate(48);
    for (long number : new long[] {1, 2, 3, 4, 5, -6}) {
      result.putLong(number);
    }
    var expected =
        RawStream.answers()
            .frame(
                'H',
                0,
                1L << 40,
                "destination=b:8:0@boot\ntold=receive -- /dev/a%20b\n".getBytes(UTF_8))
            .frame('G', 0, 0)
            .frame('G', 65_536, 1)
            .frame('G', 0, 2)
            .frame('p', 0, 67_108_864)
            .frame('U', 0, 77, "/srv/web.undo".getBytes(UTF_8))
            .frame('R', 0, 0, result.array())
            .frame('D', 8192, 4096)
            .frame('c', 67_108_864, 0)
            .frame('C', 1, 4096, result.array())
            .frame('F', 0, 5, "/dev/vg0/web: is mounted at /srv/Größe".getBytes(UTF_8))
            .toBytes();
    assertArrayEquals(expected, sent(ALL));
  }

  @Test
  void each_answer_goes_out_at_once() throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new AnswerWriter(out);
    for (var answer : ALL) {
      int before = out.size();
      writer.send(answer);
      assertEquals(true, out.size() > before, answer::toString);
    }
  }

  @Test
  void every_kind_of_failure_arrives_as_itself() throws IOException {
    for (var kind : Answer.Kind.values()) {
      var failure = kind.failure("why");
      var failed = new Answer.Failed(Answer.Kind.of(failure), "why");
      var heard = heard(sent(List.of(new Answer.Hello(0), failed))).get(1);
      var again = assertInstanceOf(Answer.Failed.class, heard).kind().failure("why");
      assertEquals(failure.getClass(), again.getClass());
    }
  }

  @Test
  void a_failure_of_an_unknown_kind_is_refused() {
    var answers = RawStream.answers().frame('H', 0, 0).frame('F', 0, 9, "x".getBytes(UTF_8));
    assertThrows(SourceException.class, () -> heard(answers.toBytes()));
  }

  @Test
  void a_message_of_any_length_arrives_in_part() throws IOException {
    var failed = new Answer.Failed(Answer.Kind.SOURCE, "\u20ac".repeat(1 << 20));
    var heard = heard(sent(List.of(new Answer.Hello(0), failed))).get(1);
    assertEquals(new Answer.Failed(Answer.Kind.SOURCE, "\u20ac".repeat(4 << 10) + " […]"), heard);
  }

  @Test
  void answers_that_may_be_skipped_are_and_others_are_refused() throws IOException {
    var optional = RawStream.answers().frame('q', 1, 2).frame('H', 0, 7).toBytes();
    assertEquals(List.of(new Answer.Hello(7)), heard(optional));
    var mandatory = RawStream.answers().frame('Q', 1, 2).frame('H', 0, 7).toBytes();
    assertThrows(SourceException.class, () -> heard(mandatory));
    var badResult = RawStream.answers().frame('R', 0, 0, new byte[47]).toBytes();
    assertThrows(SourceException.class, () -> heard(badResult));
    var badGreeting = RawStream.answers().frame('H', 0, 0, "told\n".getBytes(UTF_8)).toBytes();
    assertThrows(SourceException.class, () -> heard(badGreeting));
    var badComparison = RawStream.answers().frame('C', 0, 0, new byte[49]).toBytes();
    assertThrows(SourceException.class, () -> heard(badComparison));
  }

  @Test
  void a_difference_has_a_place() {
    long[][] places = {{-1, 1}, {0, 0}, {0, -1}, {Long.MAX_VALUE, 1}, {1, Long.MAX_VALUE}};
    for (var place : places) {
      var answers = RawStream.answers().frame('D', place[0], place[1]).toBytes();
      assertThrows(SourceException.class, () -> heard(answers), Arrays.toString(place));
    }
  }

  @Test
  void an_end_before_the_first_answer_is_told_apart_from_a_lost_connection() {
    var nothing = assertThrows(EOFException.class, () -> reader(new byte[0]).first());
    assertEquals("new: the remote side ended before it answered", nothing.getMessage());
    var cut = assertThrows(EOFException.class, () -> reader(RawStream.answers().toBytes()).first());
    assertEquals("new: the connection was lost", cut.getMessage());
  }

  @Test
  void another_version_is_named() {
    var newer = RawStream.answers().frame('H', 0, 0).toBytes();
    newer[5] = '1';
    var refused = assertThrows(ConnectionException.class, () -> reader(newer).first());
    assertEquals(
        "new: the remote blkdelta speaks version 1, this one 2; install the same on both",
        refused.getMessage());
  }

  @Test
  void noise_before_the_answers_is_shown_to_the_user() {
    var noise = "Welcome to \u001b[1mnew\u001b[0m!\nLast login: today\n".getBytes(UTF_8);
    var refused = assertThrows(ConnectionException.class, () -> reader(noise).first());
    assertSays(
        refused,
        "new: the remote side printed \"Welcome to ?[1mnew?[0m!\" before any answer",
        "make them silent for non-interactive shells");
  }

  @Test
  void short_noise_is_shown_too() {
    var refused =
        assertThrows(ConnectionException.class, () -> reader("no\n".getBytes(UTF_8)).first());
    assertSays(refused, "printed \"no\" before any answer");
  }

  @Test
  void noise_is_told_at_once_although_the_remote_side_goes_on_waiting() throws IOException {
    var remote = new PipedOutputStream();
    try (var in = new PipedInputStream(remote, 1 << 16);
        remote) {
      remote.write("Welcome!\n".getBytes(UTF_8));
      new AnswerWriter(remote).send(new Answer.Hello(4096)); // and now it waits for the header
      var refused =
          assertTimeoutPreemptively(
              Duration.ofSeconds(20),
              () -> assertThrows(ConnectionException.class, () -> reader(in).first()));
      assertSays(refused, "printed \"Welcome!\" before any answer");
    }
  }

  @Test
  void every_cut_is_noticed() throws IOException {
    var whole = sent(ALL);
    for (int length = 0; length < whole.length; length++) {
      var cut = Arrays.copyOf(whole, length);
      assertThrows(IOException.class, () -> hear(reader(cut), ALL.size()), "cut to " + length);
    }
  }

  @Test
  void every_flipped_bit_is_noticed() throws IOException {
    var answers = sent(ALL);
    for (int bit = 0; bit < 8 * answers.length; bit++) {
      answers[bit / 8] ^= (byte) (1 << bit % 8);
      var what = "bit %d of byte %d".formatted(bit % 8, bit / 8);
      assertThrows(IOException.class, () -> hear(reader(answers), ALL.size()), what);
      answers[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void every_failure_has_its_exit_code() {
    assertEquals(
        List.of(2, 4, 5, 6, 7, 8),
        Arrays.stream(Answer.Kind.values()).map(Answer.Kind::code).toList());
    for (var kind : Answer.Kind.values()) {
      SyncException failure = kind.failure("x");
      assertEquals(kind, Answer.Kind.of(failure));
      assertEquals("x", failure.getMessage());
    }
  }

  private static byte[] sent(List<Answer> answers) throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new AnswerWriter(out);
    for (var answer : answers) {
      writer.send(answer);
    }
    return out.toByteArray();
  }

  /// Returns everything up to the end.
  private static List<Answer> heard(byte[] answers) throws IOException {
    var reader = reader(answers);
    var heard = new ArrayList<>(List.of(reader.first()));
    try {
      while (true) {
        heard.add(reader.next());
      }
    } catch (EOFException end) {
      return heard;
    }
  }

  private static void hear(AnswerReader reader, int count) throws IOException {
    reader.first();
    for (int heard = 1; heard < count; heard++) {
      reader.next();
    }
  }

  private static AnswerReader reader(byte[] answers) {
    return reader(new ByteArrayInputStream(answers));
  }

  private static AnswerReader reader(InputStream answers) {
    return new AnswerReader(answers, "new");
  }
}
