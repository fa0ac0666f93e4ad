package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Lineage;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Other machines that send something else than they were asked for.
class HostileSenderTest {

  private static final int SIZE = 40_000;

  @TempDir Path folder;

  private final byte[] content = new byte[SIZE];
  private final byte[] before = new byte[SIZE];
  private Path copy;
  private List<Object> options;

  @BeforeEach
  void aDestination() throws IOException {
    Arrays.fill(content, (byte) 1);
    Arrays.fill(before, (byte) 2);
    copy = Files.write(folder.resolve("copy.img"), before);
    options = new VolumeImages(folder, 1).thisMachine();
  }

  @Test
  void a_whole_stream_is_a_copy() throws IOException {
    sent("copy", 0, data(0, SIZE));
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  @Test
  void a_cut_is_never_a_success() throws IOException {
    var whole = stream("copy", data(0, SIZE));
    for (int length = 0; length < whole.length; length += 1 + length / 3) {
      var run = sent("copy", Arrays.copyOf(whole, length), "");
      assertTrue(List.of(4, 6, 7).contains(run.status()), length + ": " + run.stderr());
    }
    var cut = sent("copy", Arrays.copyOf(whole, whole.length - 1), "");
    assertEquals(7, cut.status(), cut.stderr());
    var digests = stream("verify", Digests.old().expect(0, ByteBuffer.wrap(before)));
    for (int length = 0; length < digests.length; length += 5) {
      var run = sent("verify", Arrays.copyOf(digests, length), "");
      assertTrue(List.of(4, 6).contains(run.status()), length + ": " + run.stderr());
    }
    assertEquals(
        0,
        sent("verify", stream("verify", Digests.old().expect(0, ByteBuffer.wrap(content))), "")
            .status());
  }

  @Test
  void a_whole_volume_is_every_byte_of_it() throws IOException {
    var most = sent("copy", 7, data(0, 4096), data(8192, SIZE - 8192));
    assertTrue(most.stderr().contains("has 35904 bytes of the 40000"), most.stderr());
    Files.write(copy, before);
    var none = sent("copy", 4);
    assertTrue(none.stderr().contains("has 0 bytes of the 40000"), none.stderr());
    var digests = sent("verify", 4, Digests.old().expect(0, ByteBuffer.wrap(before, 0, 8192)));
    assertTrue(digests.stderr().contains("has 8192 bytes of the 40000"), digests.stderr());
    sent("verify", 4, data(0, SIZE));
    assertArrayEquals(before, Files.readAllBytes(copy));
  }

  @Test
  void what_is_no_stream_or_cannot_prove_its_end_is_refused() throws IOException {
    for (var noise : List.of("Welcome\n", "lvmsync PROTO[3]\n", "")) {
      var run = sent("copy", noise.getBytes(US_ASCII), "");
      assertEquals(6, run.status(), noise + run.stderr());
    }
    var endless = run(options, "copy", "--remote-command", "yes #", "old:/dev/x", copy);
    assertEquals(6, endless.status(), endless.stderr());
    assertTrue(endless.stderr().contains("make shell start-up files silent"), endless.stderr());
    assertArrayEquals(before, Files.readAllBytes(copy));
  }

  @Test
  void a_sender_that_fails_at_last_is_no_success() throws IOException {
    var run = sent("copy", stream("copy", data(0, SIZE)), "; exit 4");
    assertEquals(8, run.status(), run.stderr());
    assertNotEquals(
        0, sent("verify", stream("verify", Frame.Expect.zeros(0, SIZE)), "; exit 4").status());
  }

  private Cli.Run sent(String command, int status, Frame... frames) throws IOException {
    var run = sent(command, stream(command, frames), "");
    assertEquals(status, run.status(), run.stderr());
    return run;
  }

  private Cli.Run sent(String command, byte[] bytes, String then) throws IOException {
    var file = Files.write(folder.resolve("stream"), bytes);
    var remote = "cat " + file + then + " #";
    return run(options, command, "--remote-command", remote, "old:/dev/x", copy);
  }

  private static Cli.Run run(List<Object> options, Object... words) {
    return VolumeImages.run(options.subList(0, 2), words); // the shell, and not its program
  }

  private Frame data(int offset, int length) {
    return new Frame.Data(offset, ByteBuffer.wrap(content, offset, length).slice());
  }

  /// Returns a stream of a sender that was told what the command asks for.
  private static byte[] stream(String command, Frame... frames) throws IOException {
    var told =
        command.equals("verify")
            ? List.of("send", "--whole", "--digests", "--", "/dev/x")
            : List.of("send", "--whole", "--", "/dev/x");
    var bytes = new ByteArrayOutputStream();
    var writer = new FrameWriter(bytes);
    var tally = new Tally();
    var header = new StreamHeader(SIZE, Lineage.UNKNOWN, Optional.empty()).told(told);
    writer.accept(new Frame.Header(header));
    for (var frame : frames) {
      if (frame instanceof Frame.Data data) {
        tally.data(data.offset(), data.bytes());
      } else if (frame instanceof Frame.Expect expect) {
        tally.expect(expect);
      }
      writer.accept(frame);
    }
    writer.accept(new Frame.End(tally.sum()));
    return bytes.toByteArray();
  }
}
