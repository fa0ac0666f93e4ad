package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A destination file that somebody takes away while it is written, and one that a run makes.
class MovedDestinationTest {

  private static final int SIZE = 4 << 20;
  private static final int PIECE = 64 << 10;

  /// Something that happens in the middle of a run.
  @FunctionalInterface
  private interface Event {
    void happen() throws IOException;
  }

  @TempDir Path folder;

  private Path copy;
  private Path state;

  @BeforeEach
  void aDestination() throws IOException {
    copy = Files.write(folder.resolve("copy.img"), new byte[SIZE]);
    state = folder.resolve("state");
  }

  @Test
  void a_run_that_nothing_disturbs_succeeds() throws IOException {
    run(() -> {}).ok();
    assertTrue(remembered().contains("holds thin:p/2@2"), remembered());
  }

  @Test
  void a_file_that_is_cut_is_incomplete_although_later_writes_make_it_as_large_again()
      throws IOException {
    incomplete(() -> resize(SIZE / 8), "has 524288 bytes now, not the 4194304 that it had");
  }

  @Test
  void a_file_that_grows_is_incomplete() throws IOException {
    incomplete(() -> resize(2 * SIZE), "has 8388608 bytes now, not the 4194304 that it had");
  }

  @Test
  void a_file_that_is_removed_is_incomplete() throws IOException {
    incomplete(() -> Files.delete(copy), "was removed or replaced during the run");
  }

  @Test
  void a_file_that_is_replaced_is_incomplete() throws IOException {
    var other = Files.write(folder.resolve("other"), new byte[SIZE]);
    incomplete(
        () -> Files.move(other, copy, StandardCopyOption.REPLACE_EXISTING),
        "was removed or replaced during the run");
  }

  @Test
  void a_file_that_is_moved_away_is_incomplete_there() throws IOException {
    var moved = folder.resolve("moved.img");
    incomplete(() -> Files.move(copy, moved), "was removed or replaced during the run");
    copy = moved;
    assertTrue(remembered().contains("is incomplete"), remembered());
  }

  @Test
  void a_file_that_a_run_makes_is_private() throws IOException {
    var made = folder.resolve("made.img");
    apply(new ByteArrayInputStream(stream()), made, "--create").ok();
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
  }

  @Test
  void a_file_that_a_run_makes_is_removed_if_the_run_is_refused() throws IOException {
    var made = folder.resolve("made.img");
    var taken = Files.writeString(folder.resolve("undo"), "an earlier one");
    var run = apply(new ByteArrayInputStream(stream()), made, "--create", "--undo=" + taken);
    assertEquals(5, run.status(), run.stderr());
    assertFalse(Files.exists(made));
    var cut = Arrays.copyOf(stream(), 150);
    run = apply(new ByteArrayInputStream(cut), made, "--create");
    assertEquals(4, run.status(), run.stderr());
    assertFalse(Files.exists(made));
  }

  @Test
  void a_file_that_is_made_and_written_to_stays() throws IOException {
    var made = folder.resolve("made.img");
    var whole = stream();
    var cut = Arrays.copyOf(whole, whole.length - 10);
    assertEquals(7, apply(new ByteArrayInputStream(cut), made, "--create").status());
    assertTrue(Files.exists(made));
  }

  private void incomplete(Event event, String words) throws IOException {
    var run = run(event);
    assertEquals(7, run.status(), run.stderr());
    assertTrue(run.stderr().contains(words), run.stderr());
    assertFalse(remembered().contains("holds"), remembered());
  }

  private String remembered() {
    return new Cli().remembering(state).with("state", "--all").ok().stdout();
  }

  /// Applies a stream; in its middle something happens.
  private Cli.Run run(Event event) throws IOException {
    var bytes = stream();
    var in =
        new ByteArrayInputStream(bytes) {
          private boolean happened;

          @Override
          public synchronized int read(byte[] into, int offset, int length) {
            if (pos > bytes.length / 2 && !happened) {
              happened = true;
              try {
                event.happen();
              } catch (IOException fault) {
                throw new AssertionError(fault);
              }
            }
            return super.read(into, offset, Math.min(length, PIECE));
          }
        };
    return apply(in, copy);
  }

  private Cli.Run apply(ByteArrayInputStream in, Path to, Object... options) {
    var words = new Object[3 + options.length];
    words[0] = "apply";
    System.arraycopy(options, 0, words, 1, options.length);
    words[words.length - 2] = "-";
    words[words.length - 1] = to;
    return new Cli().remembering(state).reading(in).with(words);
  }

  private void resize(long size) throws IOException {
    try (var file = new RandomAccessFile(copy.toFile(), "rw")) {
      file.setLength(size);
    }
  }

  /// Returns a stream of every byte of a volume.
  private static byte[] stream() throws IOException {
    var content = new byte[SIZE];
    new Random(5).nextBytes(content);
    var lineage =
        new Lineage(
            Optional.of(Generation.of("thin:p/1@1")), Optional.of(Generation.of("thin:p/2@2")));
    var out = new ByteArrayOutputStream();
    var writer = new FrameWriter(out);
    var tally = new Tally();
    writer.accept(new Frame.Header(new StreamHeader(SIZE, lineage, Optional.empty())));
    for (int at = 0; at < SIZE; at += PIECE) {
      var piece = ByteBuffer.wrap(content, at, PIECE).slice();
      tally.data(at, piece.duplicate());
      writer.accept(new Frame.Data(at, piece));
    }
    writer.accept(new Frame.End(tally.sum()));
    return out.toByteArray();
  }
}
