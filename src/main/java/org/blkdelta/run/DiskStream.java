package org.blkdelta.run;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.disk.SourceInput;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.source.Format;
import org.blkdelta.vmdk.CompressedStream;
import org.blkdelta.vmdk.FileAccess;
import org.blkdelta.vmdk.Ova;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// A disk that was exported from VMware, as a stream of frames: `apply` takes both.
public final class DiskStream implements FrameSource {

  private static final int HEAD = 512;

  private final CompressedStream disk;
  private final Optional<Generation> result;
  private final Completion completion;

  /// Whoever gives the stream, told when all of it was read and is whole.
  @FunctionalInterface
  interface Completion {

    /// Says it.
    ///
    /// @throws IOException if what was given is not to be relied on
    void complete() throws IOException;
  }

  private DiskStream(CompressedStream disk, Optional<Generation> result, Completion completion) {
    this.disk = disk;
    this.result = result;
    this.completion = completion;
  }

  private DiskStream(CompressedStream disk) {
    this(disk, Optional.empty(), () -> {});
  }

  /// Reads a disk that a host exports.
  ///
  /// @param in the export, which the caller closes
  /// @param name what messages call it
  /// @param size of the disk in bytes
  /// @param result the state that is exported
  /// @param completion told before the end is handed on
  static FrameSource exported(
      InputStream in,
      String name,
      long size,
      Generation result,
      Completion completion,
      Consumer<String> warnings)
      throws IOException {
    var disk =
        CompressedStream.open(
            new SourceInput(in, name, "run the same command again"),
            name,
            FileAccess.ofHost(warnings));
    if (disk.size() != size) {
      throw new SourceException(
          "%s: the export is of %d bytes, and the disk has %d; run the same command again"
              .formatted(name, disk.size(), size));
    }
    return new DiskStream(disk, Optional.of(result), completion);
  }

  /// Tells by its first bytes what a stream is.
  ///
  /// @param in the stream, which the caller closes
  /// @param file what it is read from
  /// @param member which disk of an archive
  public static FrameSource open(
      InputStream in, StreamFile file, Optional<String> member, Consumer<String> warnings)
      throws IOException {
    var name = file.name();
    var stream = new BufferedInputStream(in);
    // a change stream may come slowly: wait for no more of it than tells what it is
    if (FrameSource.isOne(head(stream, FrameSource.HEAD, name))) {
      checkNoMember(member, name);
      return FrameSource.open(stream, name);
    }
    var head = head(stream, HEAD, name);
    var access = FileAccess.ofHost(warnings);
    if (Ova.isOne(head)) {
      return new DiskStream(
          CompressedStream.open(Ova.disk(stream, name, member, again(file)), name, access));
    }
    checkNoMember(member, name);
    if (CompressedStream.isOne(head)) {
      checkNotPiece(name);
      return new DiskStream(CompressedStream.open(stream, name, access));
    }
    var format = Format.of(head);
    if (format.isPresent()) {
      var advice = format.get().asStream(file.isStandardInput() ? "FILE" : name);
      throw new SourceException(
          "%s: is %s, not a change stream; %s".formatted(name, format.get().words(), advice));
    }
    return FrameSource.open(stream, name);
  }

  /// A file can be looked at twice.
  private static Optional<Ova.Opening> again(StreamFile file) {
    return file.isRereadable() ? Optional.of(file::open) : Optional.empty();
  }

  private static void checkNoMember(Optional<String> member, String name) throws UsageException {
    if (member.isPresent()) {
      throw new UsageException(
          "--member=%s: %s is not an OVA archive; leave it out".formatted(member.get(), name));
    }
  }

  private static void checkNotPiece(String name) throws SourceException {
    if (Ova.isPiece(name)) {
      throw new SourceException(
          "%s: is a piece of a disk; join all of them: cat %s* | blkdelta apply - DESTINATION"
              .formatted(name, name.substring(0, name.lastIndexOf('.') + 2)));
    }
  }

  private static byte[] head(InputStream stream, int length, String name) throws IOException {
    try {
      stream.mark(length);
      var head = stream.readNBytes(length);
      stream.reset();
      return head;
    } catch (IOException fault) {
      throw new SourceException(
          "%s: cannot be read: %s; send it again".formatted(name, SyncException.describe(fault)),
          fault);
    }
  }

  @Override
  public boolean isAscending() {
    return false; // an export's grains may lie in any order
  }

  @Override
  public StreamHeader header() {
    return new StreamHeader(disk.size(), Lineage.whole(result), Optional.empty());
  }

  @Override
  public void frames(FrameSink sink) throws IOException {
    sink.accept(new Frame.Header(header()));
    var tally = new Tally();
    disk.read(
        new CompressedStream.Sink() {
          @Override
          public void data(long offset, ByteBuffer bytes) throws IOException {
            tally.data(offset, bytes);
            sink.accept(new Frame.Data(offset, bytes));
          }

          @Override
          public void zero(long offset, long length) throws IOException {
            tally.zero(offset, length);
            sink.accept(new Frame.Zero(offset, length));
          }
        });
    completion.complete();
    sink.accept(new Frame.End(tally.sum()));
  }

  @Override
  public boolean provesCompleteness() {
    return true;
  }
}
