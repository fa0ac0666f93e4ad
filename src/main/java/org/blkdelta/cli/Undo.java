package org.blkdelta.cli;

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
import org.blkdelta.disk.DurableFile;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.sync.DestinationOpener;
import org.blkdelta.sync.UndoDisk;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.StreamWriter;

/// A destination whose old bytes are saved to a new file before they are overwritten: `--undo`, or
/// lvmsync's `--snapback`. One run, one of these.
final class Undo implements DestinationOpener {

  private final Path file;
  private final String run;
  private final Function<OutputStream, StreamWriter> format;
  private final DestinationOpener destination;
  private Optional<StreamHeader> stream = Optional.empty();
  private Optional<UndoDisk> saving = Optional.empty();

  /// @param run names the run whose undo it is
  /// @param format writes the undo
  Undo(
      Path file,
      String run,
      Function<OutputStream, StreamWriter> format,
      DestinationOpener destination) {
    this.file = file;
    this.run = run;
    this.format = format;
    this.destination = destination;
  }

  @Override
  public WritableDisk open(StreamHeader header) throws IOException {
    stream = Optional.of(header);
    var disk = destination.open(header);
    try {
      checkNew();
      return disk;
    } catch (IOException | RuntimeException fault) {
      disk.close();
      throw fault;
    }
  }

  @Override
  public Answer.Ready ready() {
    return destination.ready();
  }

  @Override
  public WritableDisk begin(WritableDisk opened, long firstOffset) throws IOException {
    var channel = created();
    try {
      var saved = saving(opened, channel);
      saving = Optional.of(saved);
      return destination.begin(saved, firstOffset); // remembers that something is written
    } catch (IOException fault) {
      channel.close();
      Files.deleteIfExists(file); // nothing was written, so it is the undo of nothing
      throw fault instanceof SyncException told
          ? told
          : new RefusedException(SyncException.describe(fault), fault);
    }
  }

  @Override
  public void durable(long offset) throws IOException {
    destination.durable(offset);
  }

  @Override
  public void complete() throws IOException {
    saving.orElseThrow().complete();
    destination.complete();
  }

  @Override
  public Optional<Answer.Saved> saved() throws IOException {
    return Optional.of(new Answer.Saved(file.toString(), Files.size(file)));
  }

  /// Finds out before the run, and in a dry run too, what [#created] would find.
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

  private UndoDisk saving(WritableDisk disk, FileChannel channel) throws IOException {
    var writer = format.apply(named(Channels.newOutputStream(channel)));
    var header = stream.orElseThrow().undo(disk.size(), run);
    return new UndoDisk(
        disk,
        header,
        writer,
        () -> {
          writer.flush();
          force(channel);
        },
        channel);
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
