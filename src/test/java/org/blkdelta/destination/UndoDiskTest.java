package org.blkdelta.destination;

import static org.blkdelta.sync.Frames.data;
import static org.blkdelta.sync.Frames.end;
import static org.blkdelta.sync.Frames.header;
import static org.blkdelta.sync.Frames.headerFrame;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.blkdelta.disk.FailingDisk;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.disk.RecordingDisk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.disk.WritableDiskContract;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.sync.PlainDestination;
import org.blkdelta.sync.Receiver;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.LvmsyncWriter;
import org.blkdelta.wire.Tally;
import org.junit.jupiter.api.Test;

class UndoDiskTest implements WritableDiskContract {

  private static final int MEBIBYTE = 1 << 20;

  private final List<String> events = new ArrayList<>();
  private Optional<Tally.Sum> ended = Optional.empty();
  private final ByteArrayOutputStream saved = new ByteArrayOutputStream();

  @Override
  public WritableDisk holding(byte[] content) throws IOException {
    return undo(new MemoryDisk("web", content));
  }

  @Test
  void old_bytes_are_durable_before_new_ones_are_written() throws IOException {
    try (var disk = undo(new MemoryDisk("web", random(1, 65_536)))) {
      disk.write(ByteBuffer.allocate(512), 4096);
      disk.zero(8192, 100);
      disk.sync();
    }
    assertEquals(
        List.of(
            "read 4096+512",
            "save 4096+512",
            "read 8192+100",
            "save 8192+100",
            "barrier",
            "write 4096+512",
            "zero 8192+100",
            "sync",
            "close undo",
            "close"),
        events);
  }

  @Test
  void changes_wait_for_a_batch_of_8_mebibytes() throws IOException {
    try (var disk = undo(new MemoryDisk("web", new byte[32 * MEBIBYTE]))) {
      for (int at = 0; at < 7; at++) {
        disk.write(ByteBuffer.allocate(MEBIBYTE), (long) at * MEBIBYTE);
      }
      assertEquals(List.of(), events);
      disk.zero(7 * MEBIBYTE, MEBIBYTE);
      assertEquals(8 + 8 + 1 + 8, events.size());
    }
  }

  @Test
  void large_zeros_are_saved_in_pieces() throws IOException {
    try (var disk = undo(new MemoryDisk("web", new byte[12 * MEBIBYTE]))) {
      disk.zero(MEBIBYTE, 10 * MEBIBYTE + 5);
    }
    assertEquals(11, events.stream().filter(event -> event.startsWith("save ")).count());
    assertEquals("save zeros 11534336+5", events.get(events.size() - 5));
    assertEquals("zero 1048576+10485765", events.get(events.size() - 3));
  }

  @Test
  void reading_sees_what_was_written() throws IOException {
    try (var disk = undo(new MemoryDisk("web", new byte[8192]))) {
      disk.write(ByteBuffer.wrap(new byte[] {1, 2}), 100);
      var bytes = ByteBuffer.allocate(3);
      disk.read(bytes, 100);
      assertArrayEquals(new byte[] {1, 2, 0}, bytes.array());
    }
  }

  @Test
  void the_bytes_of_a_write_may_change_when_it_has_returned() throws IOException {
    var memory = new MemoryDisk("web", new byte[8192]);
    try (var disk = undo(memory)) {
      var bytes = ByteBuffer.wrap(new byte[] {1, 2});
      disk.write(bytes, 0);
      bytes.put(0, (byte) 9);
      disk.sync();
    }
    assertEquals(1, memory.bytes()[0]);
  }

  @Test
  void nothing_is_overwritten_that_could_not_be_saved() throws IOException {
    var memory = new MemoryDisk("web", random(2, 8192));
    var before = memory.bytes();
    var unreadable = undo(new FailingDisk(memory, 5000));
    unreadable.write(ByteBuffer.allocate(100), 0);
    unreadable.write(ByteBuffer.allocate(100), 4950);
    assertThrows(IOException.class, unreadable::sync);

    var full =
        new UndoDisk(
            memory,
            frame -> {
              if (frame instanceof Frame.Data) {
                throw new IOException("No space left on device");
              }
            },
            () -> {},
            () -> {});
    full.write(ByteBuffer.allocate(100), 0);
    assertThrows(IOException.class, full::sync);

    var unforced =
        new UndoDisk(
            memory,
            frame -> {},
            () -> {
              throw new IOException("Input/output error");
            },
            () -> {});
    unforced.write(ByteBuffer.allocate(100), 0);
    assertThrows(IOException.class, unforced::sync);
    assertArrayEquals(before, memory.bytes());
  }

  @Test
  void what_waits_when_it_is_closed_was_never_written() throws IOException {
    var memory = new MemoryDisk("web", random(3, 8192));
    var before = memory.bytes();
    var disk = undo(memory);
    disk.write(ByteBuffer.allocate(100), 0);
    disk.close();
    assertArrayEquals(before, memory.bytes());
  }

  @Test
  void an_undo_that_is_applied_restores_the_disk() throws IOException {
    for (int seed = 0; seed < 30; seed++) {
      var random = new Random(seed);
      var memory = new MemoryDisk("web", random(seed, 12 * MEBIBYTE));
      var before = memory.bytes();
      saved.reset();
      try (var disk = undo(memory)) {
        change(disk, random, 12 * MEBIBYTE);
        disk.sync();
      }
      applyUndo(memory);
      assertArrayEquals(before, memory.bytes(), "seed " + seed);
    }
  }

  @Test
  void changes_of_one_batch_may_overlap() throws IOException {
    var memory = new MemoryDisk("web", random(4, 65_536));
    var before = memory.bytes();
    try (var disk = undo(memory)) {
      disk.write(ByteBuffer.wrap(random(5, 8192)), 0);
      disk.write(ByteBuffer.wrap(random(6, 8192)), 4096);
      disk.zero(2000, 3000);
      disk.write(ByteBuffer.wrap(random(7, 8192)), 0);
      disk.sync();
    }
    applyUndo(memory);
    assertArrayEquals(before, memory.bytes());
  }

  @Test
  void an_undo_of_nothing_is_a_stream_too() throws IOException {
    var memory = new MemoryDisk("web", random(8, 8192));
    var before = memory.bytes();
    try (var disk = undo(memory)) {
      disk.sync();
    }
    applyUndo(memory);
    assertArrayEquals(before, memory.bytes());
  }

  @Test
  void a_run_with_an_undo_is_durable_when_it_ends() throws IOException {
    var memory = new MemoryDisk("web", random(9, 8192));
    var change = data(100, 50, 3);
    try (var receiver = new Receiver(new PlainDestination(header -> undo(memory)), answer -> {})) {
      receiver.accept(headerFrame(8192));
      receiver.accept(change);
      receiver.accept(end(change));
    }
    assertEquals(3, memory.bytes()[149]);
  }

  @Test
  void it_ends_with_counts_and_digest_of_what_was_saved() throws IOException {
    var memory = new MemoryDisk("web", random(10, 65_536));
    memory.zero(8192, 4096);
    try (var disk = undo(memory)) {
      disk.write(ByteBuffer.allocate(512), 4096);
      disk.write(ByteBuffer.wrap(random(11, 4096)), 8192);
      disk.sync();
      disk.complete();
    }
    var size = events.size();
    assertEquals(List.of("save end", "barrier"), events.subList(size - 4, size - 2));
    assertEquals(2, ended.orElseThrow().frames());
    assertEquals(512, ended.orElseThrow().dataBytes());
    assertEquals(4096, ended.orElseThrow().zeroBytes());
  }

  @Test
  void an_undo_that_fails_ends_the_run() throws IOException {
    var change = data(5000, 50, 3);
    var memory = new FailingDisk(new MemoryDisk("web", new byte[8192]), 5010);
    try (var receiver = new Receiver(new PlainDestination(header -> undo(memory)), answer -> {})) {
      receiver.accept(headerFrame(8192));
      receiver.accept(change);
      assertThrows(IncompleteException.class, () -> receiver.accept(end(change)));
    }
  }

  /// Changes a disk here and there, never the same place twice, in no order.
  private static void change(WritableDisk disk, Random random, int size) throws IOException {
    var places = new ArrayList<Integer>();
    for (int at = 0; at + 300_000 < size; at += 300_000) {
      places.add(at);
    }
    Collections.shuffle(places, random);
    for (int at : places) {
      int length = 1 + random.nextInt(300_000);
      if (random.nextBoolean()) {
        disk.zero(at, length);
      } else {
        disk.write(ByteBuffer.wrap(random(random.nextInt(), length)), at);
      }
    }
  }

  private void applyUndo(WritableDisk disk) throws IOException {
    try (var receiver = new Receiver(new PlainDestination(header -> disk), answer -> {})) {
      var stream = FrameSource.open(new ByteArrayInputStream(saved.toByteArray()), "undo");
      receiver.receive(stream, UnaryOperator.identity());
    }
  }

  /// Returns an undo that writes lvmsync's format to `saved`, as `--snapback` does.
  private UndoDisk undo(WritableDisk disk) throws IOException {
    var writer = new LvmsyncWriter(saved);
    FrameSink undo =
        frame -> {
          events.add(words(frame));
          if (frame instanceof Frame.End end) {
            ended = Optional.of(end.sum());
          }
          writer.accept(frame);
        };
    writer.accept(new Frame.Header(header(disk.size()))); // before there is an UndoDisk
    writer.flush();
    return new UndoDisk(
        new RecordingDisk(disk, "", events),
        undo,
        () -> {
          events.add("barrier");
          writer.flush();
        },
        () -> events.add("close undo"));
  }

  private static String words(Frame frame) {
    return switch (frame) {
      case Frame.Header header -> "save header " + header.stream().volumeSize();
      case Frame.Data data -> "save %d+%d".formatted(data.offset(), data.bytes().remaining());
      case Frame.Expect expect -> throw new AssertionError(expect);
      case Frame.Zero zero -> "save zeros %d+%d".formatted(zero.offset(), zero.length());
      case Frame.End end -> "save end";
    };
  }

  private static byte[] random(int seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
