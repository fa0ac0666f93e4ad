package org.blkdelta.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.blkdelta.host.HostCommands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PipeInputTest {

  private static final int MORE_THAN_A_PIPE_HAS = 512 << 10;

  @TempDir Path folder;

  @Test
  void a_pipe_that_was_read_has_room_for_more() throws Exception {
    var fifo = folder.resolve("fifo");
    assertEquals(0, new HostCommands().run(List.of("mkfifo", fifo.toString())).status());
    var content = new byte[MORE_THAN_A_PIPE_HAS];
    new Random(3).nextBytes(content);
    try (var both = new RandomAccessFile(fifo.toFile(), "rw");
        var pipe = new PipeInput(both.getFD(), number(fifo))) {
      both.write(1);
      assertEquals(1, pipe.read(new byte[1], 0, 1));
      var writer = Thread.ofPlatform().daemon().start(() -> write(both, content));
      writer.join(20_000);
      assertFalse(writer.isAlive(), "the pipe is full");
      assertArrayEquals(content, pipe.readNBytes(content.length));
    }
  }

  @Test
  void what_is_no_pipe_is_read_as_it_is() throws IOException {
    var content = new byte[MORE_THAN_A_PIPE_HAS];
    new Random(4).nextBytes(content);
    var file = Files.write(folder.resolve("file"), content);
    try (var opened = new FileInputStream(file.toFile());
        var pipe = new PipeInput(opened.getFD(), number(file))) {
      assertArrayEquals(content, pipe.readAllBytes());
    }
  }

  private static void write(RandomAccessFile to, byte[] content) {
    try {
      to.write(content);
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  /// Returns the number of the descriptor that has a file open.
  private static int number(Path file) throws IOException {
    try (var open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (var descriptor : open) {
        if (Files.exists(descriptor) && Files.isSameFile(descriptor, file)) {
          return Integer.parseInt(descriptor.getFileName().toString());
        }
      }
    }
    throw new AssertionError(file + " is not open");
  }
}
