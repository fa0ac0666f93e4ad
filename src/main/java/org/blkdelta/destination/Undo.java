package org.blkdelta.destination;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.DurableFile;
import org.blkdelta.sync.Destination;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.StreamWriter;

/// A destination whose old bytes are saved to a new file before they are overwritten: `--undo`, or
/// lvmsync's `--snapback`. One run, one of these.
///
/// @param run names the run whose undo it is
/// @param format writes the undo
record Undo(
    Path file, String run, Function<OutputStream, StreamWriter> format, Destination destination)
    implements Destination {

  @Override
  public Opened open(StreamHeader header) throws IOException {
    var opened = destination.open(header);
    try {
      checkNew();
      return new Checked(opened, header);
    } catch (IOException | RuntimeException fault) {
      opened.close();
      throw fault;
    }
  }

  /// One that passed the checks.
  private final class Checked implements Opened {

    private final Opened opened;
    private final StreamHeader header;

    Checked(Opened opened, StreamHeader header) {
      this.opened = opened;
      this.header = header;
    }

    @Override
    public WritableDisk disk() {
      return opened.disk();
    }

    @Override
    public Answer.Ready ready() {
      return opened.ready();
    }

    @Override
    public Writing begin(long firstOffset) throws IOException {
      var channel = created();
      try {
        var writer = format.apply(named(Channels.newOutputStream(channel)));
        UndoDisk.Barrier barrier =
            () -> {
              writer.flush();
              force(channel);
            };
        // an undo of nothing is a stream too, and not an empty file
        writer.accept(new Frame.Header(header.undo(opened.disk().size(), run)));
        barrier.force();
        var writing = opened.begin(firstOffset); // remembers that something is written
        return new Saving(writing, new UndoDisk(writing.disk(), writer, barrier, channel));
      } catch (IOException fault) {
        channel.close();
        Files.deleteIfExists(file); // nothing was written, so it is the undo of nothing
        throw fault instanceof SyncException told
            ? told
            : new RefusedException(SyncException.describe(fault), fault);
      }
    }

    @Override
    public void close() throws IOException {
      opened.close();
    }
  }

  /// One that is being written.
  private final class Saving implements Writing {

    private final Writing writing;
    private final UndoDisk disk;

    Saving(Writing writing, UndoDisk disk) {
      this.writing = writing;
      this.disk = disk;
    }

    @Override
    public WritableDisk disk() {
      return disk;
    }

    @Override
    public void durable(long offset) throws IOException {
      writing.durable(offset);
    }

    @Override
    public Optional<Answer.Saved> complete() throws IOException {
      disk.complete();
      writing.complete();
      return Optional.of(new Answer.Saved(file.toString(), Files.size(file)));
    }

    @Override
    public void close() throws IOException {
      disk.close();
    }
  }

  /// Finds out before the run, and in a dry run too, what [#created()] would find.
  private void checkNew() throws RefusedException {
    if (file.toString().equals("-")) {
      throw new RefusedException(
          "the undo cannot go to standard output, for it must be durable first; name a new file");
    }
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw taken();
    }
    var folder = folder();
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw new RefusedException(
          "%s: the undo cannot be written: %s is not a writable directory".formatted(file, folder));
    }
  }

  private FileChannel created() throws RefusedException {
    try {
      return DurableFile.create(file);
    } catch (FileAlreadyExistsException earlier) {
      throw taken();
    } catch (IOException fault) {
      throw unwritable(fault);
    }
  }

  private void force(FileChannel channel) throws IOException {
    try {
      channel.force(true);
    } catch (IOException fault) {
      throw new IOException(words(fault), fault);
    }
  }

  /// Returns a stream that says of what fails that it is the undo, and not the destination.
  private OutputStream named(OutputStream out) {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one});
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
          out.write(bytes, offset, length);
        } catch (IOException fault) {
          throw new IOException(words(fault), fault);
        }
      }
    };
  }

  private Path folder() {
    return Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file);
  }

  private RefusedException taken() {
    return new RefusedException(
        file + ": already exists, perhaps the undo of an earlier run; name another file");
  }

  private RefusedException unwritable(IOException fault) {
    return new RefusedException(words(fault), fault);
  }

  private String words(IOException fault) {
    return "%s: the undo cannot be written: %s".formatted(file, SyncException.describe(fault));
  }
}
