package org.blkdelta.cli;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.sync.DestinationOpener;
import org.blkdelta.sync.UndoDisk;
import org.blkdelta.wire.LvmsyncWriter;
import org.blkdelta.wire.StreamHeader;

/// A destination whose old bytes are saved to a file in lvmsync's format before they are
/// overwritten: its `--snapback`.
record Snapback(Path file, DestinationOpener destination) implements DestinationOpener {

  @Override
  public WritableDisk open(StreamHeader header) throws IOException {
    var disk = destination.open(header);
    try {
      var channel = created();
      var undo = new LvmsyncWriter(Channels.newOutputStream(channel));
      return new UndoDisk(
          disk,
          undo,
          () -> {
            undo.flush();
            channel.force(true);
          },
          channel);
    } catch (IOException | RuntimeException fault) {
      disk.close();
      throw fault;
    }
  }

  private FileChannel created() throws RefusedException {
    try {
      var channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
      try (var folder = FileChannel.open(file.toAbsolutePath().getParent())) {
        folder.force(true); // a power cut must not take the file's name
      }
      return channel;
    } catch (FileAlreadyExistsException earlier) {
      throw new RefusedException(
          file + ": already exists, perhaps the undo of an earlier run; name another file",
          earlier);
    } catch (IOException fault) {
      throw new RefusedException(
          "%s: the undo cannot be written: %s".formatted(file, SyncException.describe(fault)),
          fault);
    }
  }
}
