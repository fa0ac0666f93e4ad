package org.blkdelta.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.disk.Zeros;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ExtentSink;

/// An export that is written. Writes are under way while others are begun, so a failure may come
/// with a later one; [#sync] waits for all of them, has the server flush, and only then returns. A
/// range that is to be zeroed is left alone where the server says that it reads as zeros, or where
/// it does; elsewhere the server zeroes it, by a hole if it likes, or zeros are written. What is no
/// whole block is read before, and written whole.
public final class WritableExport implements WritableDisk {

  /// Bytes of a request that has them.
  private static final int REQUEST = 1 << 20;

  /// Bytes that are looked at before they are zeroed, and zeroed at once.
  private static final int SPAN = 16 << 20;

  private final ExportDisk disk;
  private final Export export;
  private final Closeable after;

  private WritableExport(ExportDisk disk, Closeable after) {
    this.disk = disk;
    this.export = disk.export();
    this.after = after;
  }

  /// Connects and opens one; the caller closes it. Nothing is written by that.
  ///
  /// @throws org.blkdelta.failure.ConnectionException if nothing answers
  /// @throws IOException if what answers has no such export
  public static WritableExport connect(ExportUri uri) throws IOException {
    return connect(uri, () -> {});
  }

  /// Returns one of an export that is open, and closed with it.
  static WritableExport of(ExportDisk disk) {
    return new WritableExport(disk, () -> {});
  }

  /// @param after closed after it
  static WritableExport connect(ExportUri uri, Closeable after) throws IOException {
    var disk = ExportDisk.connect(uri, Side.DESTINATION, List.of(Export.ALLOCATION));
    return new WritableExport(disk, after);
  }

  /// Returns whether the server says that all of it reads as zeros.
  public boolean isBlank() throws IOException {
    var found = new ArrayList<Extent>();
    if (export.saysZeros()) {
      disk.finish(); // the answer may overtake a write
      ExtentSink first =
          extent -> {
            if (found.isEmpty() && extent.kind() == Extent.Kind.DATA) {
              found.add(extent);
            }
          };
      new StatusWalk(disk, Selection.WHOLE, first).walk(0, disk.size());
    }
    return export.saysZeros() && found.isEmpty();
  }

  /// Returns whether the server lets nobody write.
  public boolean isReadOnly() {
    return export.isReadOnly();
  }

  /// Returns whether the server can make durable what is written.
  public boolean canFlush() {
    return export.canFlush();
  }

  @Override
  public String name() {
    return disk.name();
  }

  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    readAll(List.of(new Read(dst, offset)));
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    disk.finish(); // a read may overtake a write
    disk.readAll(reads);
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    checkInside(offset, src.remaining());
    int block = export.block();
    int most = Math.max(block, Math.min(REQUEST, export.maxPayload()) / block * block);
    for (long at = offset; src.hasRemaining(); ) {
      int start = (int) (at % block);
      boolean isWhole = start == 0 && src.remaining() >= block;
      int length =
          isWhole
              ? Math.min(most, src.remaining() / block * block)
              : Math.min(block - start, src.remaining());
      var part = src.slice(src.position(), length);
      disk.begin(WriteRequest.of(at - start, isWhole ? part : merged(at - start, start, part)));
      src.position(src.position() + length);
      at += length;
    }
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    checkInside(offset, length);
    int block = export.block();
    long start = Math.ceilDiv(offset, (long) block) * block;
    long end = (offset + length) / block * block;
    if (start >= end) {
      write(ByteBuffer.allocate((int) length), offset); // less than two blocks
      return;
    }
    write(ByteBuffer.allocate((int) (start - offset)), offset);
    if (export.saysZeros()) {
      disk.finish(); // the answer may overtake a write
      new StatusWalk(disk, Selection.WHOLE, this::erase).walk(start, end);
    } else {
      erase(new Extent(start, end - start, Extent.Kind.DATA));
    }
    write(ByteBuffer.allocate((int) (offset + length - end)), end);
  }

  @Override
  public void sync() throws IOException {
    disk.flush();
  }

  @Override
  public void close() throws IOException {
    try (after) {
      disk.close();
    }
  }

  /// Returns a block with a part of it replaced.
  private ByteBuffer merged(long offset, int start, ByteBuffer part) throws IOException {
    var whole = ByteBuffer.allocate(export.block());
    read(whole, offset);
    whole.clear().position(start).put(part);
    return whole.clear();
  }

  /// Makes whole blocks read as zeros, as far as they do not do so: in spans, which are left alone
  /// or zeroed as a whole. Some servers write what they are to zero, and make an image grow.
  private void erase(Extent extent) throws IOException {
    int span = SPAN / export.block() * export.block();
    for (long at = extent.offset(); at < extent.end() && extent.kind() == Extent.Kind.DATA; ) {
      int length = (int) Math.min(span, extent.end() - at);
      if (!Zeros.fill(this, at, length)) {
        overwrite(at, length);
      }
      at += length;
    }
  }

  private void overwrite(long offset, int length) throws IOException {
    if (export.canZero()) {
      disk.begin(WriteRequest.zeros(offset, length));
      return;
    }
    var zeros = ByteBuffer.allocate(Math.min(REQUEST, length));
    for (int at = 0; at < length; at += REQUEST) {
      write(zeros.clear().limit(Math.min(REQUEST, length - at)), offset + at);
    }
  }
}
