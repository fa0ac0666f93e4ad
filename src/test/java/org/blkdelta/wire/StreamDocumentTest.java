package org.blkdelta.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.junit.jupiter.api.Test;

/// The examples of docs/stream.md, section 7: they are what the program reads and writes.
class StreamDocumentTest {

  private static final Path DOCUMENT = Path.of("docs/stream.md");
  private static final Pattern LINE =
      Pattern.compile("([0-9a-f]{4})  ([0-9a-f]{2}(?: [0-9a-f]{2})*)  .*");

  private static final long VOLUME_SIZE = 65536;
  private static final Tally.Sum SUM =
      new Tally.Sum(3, 2, 16, 8176, 0x04dafa074d848edeL, 0x1e5c06b82f81a3a3L);
  private static final Answer REFUSAL =
      new Answer.Failed(
          Answer.Kind.REFUSED,
          "new.img: does not exist; make the volume first, or let --create make a file");

  @Test
  void the_example_of_a_stream_is_what_the_writer_writes() throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new FrameWriter(out);
    for (var frame : frames()) {
      writer.accept(frame);
    }
    assertArrayEquals(example("stream"), out.toByteArray());
  }

  @Test
  void the_example_of_a_stream_is_read_as_what_it_says() throws IOException {
    var source = FrameSource.open(new ByteArrayInputStream(example("stream")), "example");
    assertTrue(source.provesCompleteness());
    assertEquals(frames(), read(source));
  }

  @Test
  void the_examples_of_answers_are_what_a_receiver_writes() throws IOException {
    assertArrayEquals(example("answers"), written(answers()));
    assertArrayEquals(example("refusal"), written(List.of(new Answer.Hello(-1), REFUSAL)));
  }

  @Test
  void the_examples_of_answers_are_read_as_what_they_say() throws IOException {
    var answers = new AnswerReader(new ByteArrayInputStream(example("answers")), "example");
    assertEquals(answers(), List.of(answers.first(), answers.next(), answers.next()));
    var refusal = new AnswerReader(new ByteArrayInputStream(example("refusal")), "example");
    assertEquals(List.of(new Answer.Hello(-1), REFUSAL), List.of(refusal.first(), refusal.next()));
  }

  @Test
  void the_example_of_lvmsyncs_format_is_read_and_written() throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new LvmsyncWriter(out);
    for (var frame : List.of(frames().get(0), data(), frames().getLast())) {
      writer.accept(frame);
    }
    assertArrayEquals(example("lvmsync"), out.toByteArray());

    var source = FrameSource.open(new ByteArrayInputStream(example("lvmsync")), "example");
    assertEquals(data(), read(source).get(1));
  }

  @Test
  void the_example_of_a_compressed_stream_is_read_as_the_stream() throws IOException {
    Zstandard.load();
    try (var in = new PackedInput(new ByteArrayInputStream(example("packed")), "example")) {
      assertArrayEquals(example("stream"), in.readAllBytes());
    }
  }

  @Test
  void the_document_names_the_digests_that_come_about() throws IOException {
    var text = Files.readString(DOCUMENT);
    assertTrue(text.contains("`" + SUM.digest() + "`"));
    assertTrue(text.contains("`" + new Tally().sum().digest() + "`"));
  }

  private static List<Frame> frames() {
    var lineage = new Lineage(Optional.of(Generation.of("lvm:Q1@S1")), Optional.empty());
    return List.of(
        new Frame.Header(new StreamHeader(VOLUME_SIZE, lineage, Optional.empty())),
        data(),
        new Frame.Zero(12304, 4080),
        new Frame.Zero(61440, 4096),
        new Frame.End(SUM));
  }

  private static Frame data() {
    return new Frame.Data(
        12288, ByteBuffer.wrap("new bytes, as is".getBytes(StandardCharsets.US_ASCII)));
  }

  private static List<Answer> answers() {
    var told = new Told(List.of("receive", "--", "/dev/vg0/web"), Optional.of("b:253:4@6c0f9b9e"));
    return List.of(new Answer.Hello(VOLUME_SIZE, told), new Answer.Ready(), new Answer.Result(SUM));
  }

  private static byte[] written(List<Answer> answers) throws IOException {
    var out = new ByteArrayOutputStream();
    var writer = new AnswerWriter(out);
    for (var answer : answers) {
      writer.send(answer);
    }
    return out.toByteArray();
  }

  /// Reads a stream to its end. The bytes of a frame are the sink's until it returns only.
  private static List<Frame> read(FrameSource source) throws IOException {
    var found = new ArrayList<Frame>();
    source.frames(
        frame ->
            found.add(
                frame instanceof Frame.Data data
                    ? new Frame.Data(data.offset(), copy(data.bytes()))
                    : frame));
    return found;
  }

  private static ByteBuffer copy(ByteBuffer bytes) {
    return ByteBuffer.allocate(bytes.remaining()).put(bytes.duplicate()).flip();
  }

  /// Returns the bytes of the dump that begins with ` ```hex NAME`.
  private static byte[] example(String name) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var lines = Files.readAllLines(DOCUMENT);
    int first = lines.indexOf("```hex " + name) + 1;
    assertTrue(first > 0, DOCUMENT + " has no example " + name);
    for (var line : lines.subList(first, lines.size())) {
      if (line.equals("```")) {
        return bytes.toByteArray();
      }
      var parts = LINE.matcher(line);
      assertTrue(parts.matches(), line);
      assertEquals(bytes.size(), Integer.parseInt(parts.group(1), 16), line);
      bytes.writeBytes(HexFormat.ofDelimiter(" ").parseHex(parts.group(2).strip()));
    }
    throw new AssertionError(DOCUMENT + ": the example " + name + " does not end");
  }
}
