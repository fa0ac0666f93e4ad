package org.blkdelta.disk;

import static org.blkdelta.disk.DiskContract.bytes;
import static org.blkdelta.disk.DiskContract.read;
import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.host.HostCommands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FileDiskTest implements WritableDiskContract {

  private static final int MEBIBYTE = 1 << 20;

  @TempDir Path folder;

  @Override
  public WritableDisk holding(byte[] content) throws IOException {
    var file = Files.write(folder.resolve("disk"), content);
    return FileDisk.forWriting(file, () -> {}, file.toString());
  }

  @Test
  void opening_changes_neither_content_nor_size() throws IOException {
    var content = bytes(5000);
    var file = Files.write(folder.resolve("file"), content);
    FileDisk.forWriting(file, () -> {}, file.toString()).close();
    FileDisk.forReading(file).close();
    assertArrayEquals(content, Files.readAllBytes(file));
  }

  @Test
  void a_file_that_does_not_exist_is_not_made() {
    var file = folder.resolve("absent");
    assertThrows(
        NoSuchFileException.class, () -> FileDisk.forWriting(file, () -> {}, file.toString()));
    assertThrows(NoSuchFileException.class, () -> FileDisk.forReading(file));
    assertTrue(Files.notExists(file));
  }

  @Test
  @Timeout(60)
  void what_is_no_file_and_no_block_device_is_refused_at_once() throws IOException {
    Programs.require("mkfifo");
    var pipe = folder.resolve("pipe");
    Programs.run("mkfifo", pipe.toString());
    for (var other : List.of(pipe, folder, Path.of("/dev/zero"))) {
      var refused = assertThrows(IOException.class, () -> FileDisk.forReading(other));
      assertEquals(other + ": is neither a block device nor a file", refused.getMessage());
    }
  }

  @Test
  void what_is_longer_than_one_system_call_takes_is_read_and_written_whole() throws IOException {
    var content = bytes(2 * MEBIBYTE + 5);
    try (var disk = holding(new byte[content.length + 7])) {
      var from = ByteBuffer.wrap(content);
      disk.write(from, 3);
      assertEquals(0, from.remaining());
      var back = ByteBuffer.allocate(content.length);
      disk.read(back, 3);
      assertArrayEquals(content, back.array());
      assertEquals(0, back.remaining());
    }
  }

  @Test
  void zeroing_a_file_gives_its_blocks_back() throws IOException {
    var content = bytes(4 * MEBIBYTE);
    var file = Files.write(folder.resolve("file"), content);
    try (var disk = FileDisk.forWriting(file, () -> {}, file.toString())) {
      disk.sync();
      long before = blocks(file);
      disk.zero(MEBIBYTE, 2 * MEBIBYTE);
      disk.sync();
      assertEquals(before / 2, blocks(file));
    }
    Arrays.fill(content, MEBIBYTE, 3 * MEBIBYTE, (byte) 0);
    assertArrayEquals(content, Files.readAllBytes(file));
  }

  @Test
  void zeroing_a_hole_allocates_nothing() throws IOException {
    var file = sparse(64L * MEBIBYTE);
    try (var disk = FileDisk.forWriting(file, () -> {}, file.toString())) {
      disk.zero(0, 64L * MEBIBYTE);
      disk.sync();
    }
    assertEquals(0, blocks(file));
    assertEquals(64L * MEBIBYTE, Files.size(file));
  }

  @Test
  void a_disk_for_reading_is_not_written() throws IOException {
    var file = Files.write(folder.resolve("file"), bytes(5000));
    try (var disk = FileDisk.forReading(file)) {
      assertThrows(NonWritableChannelException.class, () -> disk.write(ByteBuffer.allocate(1), 0));
    }
    assertArrayEquals(bytes(5000), Files.readAllBytes(file));
  }

  @Test
  void a_fault_says_which_disk_and_where() throws IOException {
    var memory = Path.of("/proc/self/mem"); // nothing is mapped at its first page
    try (var disk = FileDisk.forReading(memory)) {
      var fault = assertThrows(IOException.class, () -> read(disk, 512, 1));
      assertSays(fault, memory + ": at byte 512: ");
    }
  }

  @Test
  void the_hold_ends_when_the_disk_is_closed() throws IOException {
    var events = new ArrayList<String>();
    var file = Files.write(folder.resolve("file"), bytes(1));
    try (var disk = FileDisk.forWriting(file, () -> events.add("released"), file.toString())) {
      disk.sync();
      assertEquals(List.of(), events);
    }
    assertEquals(List.of("released"), events);
  }

  private Path sparse(long size) throws IOException {
    var file = folder.resolve("sparse");
    try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(size);
    }
    return file;
  }

  /// Returns how many blocks of 512 bytes a file takes on its medium, as stat(1) counts them.
  private static long blocks(Path file) throws IOException {
    var outcome = new HostCommands().run(List.of("stat", "--format=%b", file.toString()));
    return Long.parseLong(outcome.out().strip());
  }
}
