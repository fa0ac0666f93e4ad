package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.ChainFolder.refusal;
import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.blkdelta.vmdk.HostedBuilder.hosted;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.ChangeSourceContract;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The disk that a chain makes, read at any offset; and files that change meanwhile.
class GrainDiskTest implements ChangeSourceContract {

  private static final int SECTOR = 512;
  private static final int SECTORS = 1000;

  @TempDir Path temp;

  private final Random random = new Random(42);
  private final byte[] model = new byte[SECTORS * SECTOR];
  private Path top;
  private List<Path> whole;

  /// A base of compressed grains, a delta with few, and one with small ones in disorder.
  @BeforeEach
  void aChainWithContent() throws IOException {
    var folder = new ChainFolder(temp);
    var base = hosted(SECTORS).compressed(6).shortLastGrain().shuffled(1);
    var text = descriptor("streamOptimized").cid(1).extent(SECTORS, "SPARSE", "generated.vmdk");
    base.descriptor(text.text());
    for (long grain : new long[] {0, 1, 3, 4, 7}) {
      base.grain(grain, written(grain * 128, 128));
    }
    base.build().write(folder.link(1));
    var middle = hosted(SECTORS).grainSectors(16).shuffled(2);
    for (long grain : new long[] {3, 4, 20, 62}) {
      middle.grain(grain, written(grain * 16, 16));
    }
    Arrays.fill(model, 30 * 16 * SECTOR, 31 * 16 * SECTOR, (byte) 0);
    folder.hosted(2, SECTORS, middle.zero(30));
    var newest = cowd(SECTORS).shuffled(3);
    for (int i = 0; i < 100; i++) {
      long sector = random.nextInt(SECTORS);
      newest.grain(sector, written(sector, 1));
    }
    top = folder.cowd(3, SECTORS, newest);
    whole = List.of(folder.link(1), folder.link(2), folder.link(3));
  }

  @Override
  public ChangeSource changed() throws IOException {
    return open();
  }

  @Test
  void reads_may_begin_and_end_anywhere() throws IOException {
    try (var chain = open()) {
      for (int i = 0; i < 300; i++) {
        int offset = random.nextInt(model.length);
        int length = random.nextInt(Math.min(model.length - offset, 1 << random.nextInt(18)) + 1);
        var dst = ByteBuffer.allocate(length + 7).position(3).limit(3 + length);
        chain.disk().read(dst, offset);
        assertEquals(3 + length, dst.position());
        assertArrayEquals(
            Arrays.copyOfRange(model, offset, offset + length),
            Arrays.copyOfRange(dst.array(), 3, 3 + length),
            "%d bytes at %d".formatted(length, offset));
      }
    }
  }

  @Test
  void several_reads_at_once_give_what_each_gives() throws IOException {
    try (var chain = open()) {
      for (int i = 0; i < 50; i++) {
        var shared = new byte[64 << 10];
        var expected = new byte[shared.length];
        var reads = new ArrayList<Disk.Read>();
        for (int at = 0; at < shared.length; ) {
          int length = Math.min(shared.length - at, 1 + random.nextInt(5000));
          int offset = random.nextInt(model.length - length);
          reads.add(new Disk.Read(ByteBuffer.wrap(shared, at, length), offset));
          System.arraycopy(model, offset, expected, at, length);
          at += length;
        }
        chain.disk().readAll(reads);
        assertArrayEquals(expected, shared);
      }
    }
  }

  @Test
  void buffers_outside_the_heap_are_filled_too() throws IOException {
    try (var chain = open()) {
      var direct = ByteBuffer.allocateDirect(model.length);
      chain.disk().read(direct, 0);
      var bytes = new byte[model.length];
      direct.flip().get(bytes);
      assertArrayEquals(model, bytes);
    }
  }

  @Test
  void there_is_nothing_behind_the_end() throws IOException {
    try (var chain = open()) {
      assertEquals(model.length, chain.disk().size());
      var behind = ByteBuffer.allocate(2);
      assertThrows(EOFException.class, () -> chain.disk().read(behind, model.length - 1));
      var far = ByteBuffer.allocate(1);
      assertThrows(EOFException.class, () -> chain.disk().read(far, Long.MAX_VALUE));
    }
  }

  @Test
  void what_only_the_parent_has_cannot_be_read() throws IOException {
    try (var chain = Chains.open(top)) {
      var fault =
          assertThrows(
              IOException.class, () -> chain.disk().read(ByteBuffer.allocate(model.length), 0));
      assertTrue(
          String.valueOf(fault.getMessage()).contains("its parent is not open"),
          fault.getMessage());
    }
  }

  @Test
  void a_file_that_grew_while_it_was_read_is_refused() throws IOException {
    try (var chain = open()) {
      var file = whole.get(1).resolveSibling("vm-000002-delta.vmdk");
      chain.changes(extent -> Files.write(file, new byte[1], StandardOpenOption.APPEND));
      var message = refusal(chain::checkStillTrue);
      assertTrue(message.startsWith(file + ": was written to while it was read"), message);
    }
  }

  @Test
  void a_file_that_was_written_to_between_opening_and_reading_is_refused() throws IOException {
    try (var chain = open()) {
      chain.changes(extent -> {});
      var before = Files.getLastModifiedTime(top);
      Files.setLastModifiedTime(top, FileTime.fromMillis(before.toMillis() + 1000));
      chain.changes(extent -> {});
      var message = refusal(chain::checkStillTrue);
      assertTrue(message.startsWith(top + ": was written to while it was read"), message);
    }
  }

  @Test
  void a_file_that_was_written_to_while_its_tables_were_read_is_refused() throws IOException {
    var file = temp.resolve("vm-000003-delta.vmdk");
    FileAccess.Opener opener =
        path -> {
          var disk = FileDisk.forReading(path);
          var before = Files.getLastModifiedTime(file);
          Files.setLastModifiedTime(file, FileTime.fromMillis(before.toMillis() + 1000));
          return disk;
        };
    var changing = new FileAccess(opener, false, Set.of(), warning -> {});
    try (var chain = SnapshotChain.ofFiles(List.of(file), changing)) {
      chain.changes(extent -> {});
      var message = refusal(chain::checkStillTrue);
      assertTrue(message.startsWith(file + ": was written to while it was read"), message);
    }
  }

  private SnapshotChain open() throws IOException {
    return SnapshotChain.ofFiles(whole, Chains.access(new ArrayList<>()));
  }

  /// Fills sectors of the model with new content, and returns that.
  private byte[] written(long sector, int sectors) {
    var content = new byte[Math.min(sectors, SECTORS - (int) sector) * SECTOR];
    random.nextBytes(content);
    System.arraycopy(content, 0, model, (int) sector * SECTOR, content.length);
    return content;
  }
}
