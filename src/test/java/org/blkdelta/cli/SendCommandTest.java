package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.extent.Extent;
import org.blkdelta.run.ListedExtents;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerWriter;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SendCommandTest {

  private static final int SIZE = 20_000;
  private static final byte[] MAGIC = {
    (byte) 0x89, 'B', 'L', 'K', 'D', '1', '\r', '\n', 0x1a, '\n'
  };

  @TempDir Path folder;

  private Path volume;

  @BeforeEach
  void aVolume() throws IOException {
    var bytes = new byte[SIZE];
    Arrays.fill(bytes, (byte) 7);
    volume = Files.write(folder.resolve("web.img"), bytes);
  }

  @Test
  void what_is_listed_is_sent_and_nothing_else() throws IOException {
    var asked =
        List.of(new Extent(100, 50, Extent.Kind.DATA), new Extent(19_000, 1000, Extent.Kind.DATA));
    var list = new ByteArrayOutputStream();
    ListedExtents.write(asked, list);
    var stream = send(list.toByteArray()).ok().bytes();
    var copy = Files.write(folder.resolve("copy.img"), new byte[SIZE]);
    new Cli().reading(stream).with("apply", "-", copy).ok();
    var expected = new byte[SIZE];
    Arrays.fill(expected, 100, 150, (byte) 7);
    Arrays.fill(expected, 19_000, 20_000, (byte) 7);
    assertArrayEquals(expected, Files.readAllBytes(copy));
  }

  @Test
  void a_list_that_is_none_is_refused() {
    for (var list :
        List.of(
            "short".getBytes(US_ASCII),
            numbers(0, 0),
            numbers(-1, 5),
            numbers(5, Long.MAX_VALUE),
            numbers(100, 10, 109, 10))) {
      var run = send(list);
      assertEquals(2, run.status(), run.stderr());
      assertTrue(run.stderr().contains("not an ascending list of extents"), run.stderr());
      assertArrayEquals(MAGIC, run.bytes());
    }
  }

  @Test
  void a_receiver_that_knows_something_gets_digests_up_to_there() throws IOException {
    var answers = new ByteArrayOutputStream();
    var receiver = new AnswerWriter(answers);
    receiver.send(new Answer.Hello(SIZE));
    receiver.send(new Answer.Ready(8192, Answer.Base.RIGHT));
    var stream =
        new Cli().reading(answers.toByteArray()).with("send", "--whole", volume).ok().bytes();
    var frames = new ArrayList<String>();
    FrameSource.open(new ByteArrayInputStream(stream), "stream")
        .frames(
            frame -> {
              if (frame instanceof Frame.Expect expect) {
                frames.add("expect %d+%d".formatted(expect.offset(), expect.length()));
              } else if (frame instanceof Frame.Data data) {
                frames.add("data %d+%d".formatted(data.offset(), data.bytes().remaining()));
              }
            });
    assertEquals(List.of("expect 0+8192", "data 8192+11808"), frames);
  }

  @Test
  void who_hears_nothing_sends_no_change() {
    var run = new Cli().with("send", "--whole", volume);
    assertEquals(6, run.status(), run.stderr());
    assertTrue(run.bytes().length < SIZE);
  }

  @Test
  void a_source_on_a_third_machine_is_refused() {
    assertEquals(2, Cli.run("send", "third:/dev/vg0/web").status());
  }

  private Cli.Run send(byte[] list) {
    return new Cli().reading(list).with("send", "--whole", "--listed", volume);
  }

  private static byte[] numbers(long... numbers) {
    var bytes = ByteBuffer.allocate(numbers.length * Long.BYTES);
    bytes.asLongBuffer().put(numbers);
    return bytes.array();
  }
}
