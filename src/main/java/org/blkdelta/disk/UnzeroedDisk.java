package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A thin device whose pool does not zero the blocks that it gives out (skip_block_zeroing).
///
/// What is not mapped reads as zeros until something is written to a part of its block: then the
/// rest of it reads as what another volume left there. So zeros are always written, never left to
/// the pool; and a block that is written to in part is written whole with zeros before, unless it
/// holds something. See the kernel's Documentation/admin-guide/device-mapper/thin-provisioning.rst.
public final class UnzeroedDisk extends ForwardingWritableDisk {

  private static final int PIECE = 1 << 20;
  private static final int ALIGNMENT = 4096;

  private final WritableDisk disk;
  private final long blockSize;
  private final ZeroWriter zeros;
  private long mapped = -1;

  /// Writes zeros to the medium: in one request, so that a block is never mapped in part.
  interface ZeroWriter {
    void write(long offset, long length) throws IOException;

    void close() throws IOException;
  }

  private record DirectZeros(FileChannel channel) implements ZeroWriter {

    @Override
    public void write(long offset, long length) throws IOException {
      int piece = (int) Math.min(PIECE, length);
      var zeros = ByteBuffer.allocateDirect(piece + ALIGNMENT).alignedSlice(ALIGNMENT);
      for (long at = 0; at < length; ) {
        zeros.clear().limit((int) Math.min(piece, length - at));
        at += channel.write(zeros, offset + at);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private UnzeroedDisk(WritableDisk disk, long blockSize, ZeroWriter zeros) {
    super(disk);
    this.disk = disk;
    this.blockSize = blockSize;
    this.zeros = zeros;
  }

  /// Puts this in front of a thin device.
  ///
  /// @param disk the device, closed with this
  /// @param path the same
  /// @param blockSize of its pool, in bytes; the first block begins where the device does
  public static UnzeroedDisk of(WritableDisk disk, Path path, long blockSize) throws IOException {
    var channel = FileChannel.open(path, StandardOpenOption.WRITE, DirectDisk.DIRECT);
    return of(disk, blockSize, new DirectZeros(channel));
  }

  static UnzeroedDisk of(WritableDisk disk, long blockSize, ZeroWriter zeros) {
    return new UnzeroedDisk(disk, blockSize, zeros);
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    checkInside(offset, src.remaining());
    mapEdges(offset, offset + src.remaining());
    disk.write(src, offset);
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    checkInside(offset, length);
    mapEdges(offset, offset + length);
    Zeros.write(disk, offset, length);
  }

  @Override
  public void close() throws IOException {
    try {
      zeros.close();
    } finally {
      super.close();
    }
  }

  private void mapEdges(long start, long end) throws IOException {
    if (start == end) {
      return;
    }
    if (start % blockSize != 0) {
      map(start / blockSize);
    }
    if (end % blockSize != 0 && end != size()) {
      map(end / blockSize);
    }
  }

  /// Has a block mapped that may not be, with zeros all over. Read is what waits to be written,
  /// too.
  private void map(long block) throws IOException {
    long offset = block * blockSize;
    long length = Math.min(blockSize, size() - offset);
    if (block != mapped && Zeros.fill(disk, offset, length)) {
      zeros.write(offset, length);
    }
    mapped = block;
  }
}
