package org.blkdelta.destination;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.DryDisk;
import org.blkdelta.disk.KnownMagics;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.nbd.WritableExport;
import org.blkdelta.source.RawDisks;
import org.blkdelta.sync.Base;
import org.blkdelta.sync.Destination;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.StreamHeader;

/// One export of an NBD server, with every check that comes before its first write. Whether
/// anything else uses the disk, or reads the source from it, no server tells.
///
/// @param ask puts a question to whoever sits at the terminal, if anybody does
record ExportDestination(
    ExportName name,
    Treatment treatment,
    Consumer<String> warnings,
    Ownership ownership,
    Predicate<String> ask)
    implements Destination {

  /// Tells why what an export holds may be somebody else's; empty if blkdelta wrote it.
  @FunctionalInterface
  interface Ownership {
    Optional<String> doubt(Disk disk) throws IOException;
  }

  @Override
  public Opened open(StreamHeader header) throws IOException {
    return opened(
        disk -> {
          check(header, disk);
          return new OpenExport(treatment.dryRun() ? new DryDisk(disk) : disk);
        });
  }

  /// Opens the export for reading, whoever uses it. What its server has in a cache is what is read.
  ///
  /// @throws RefusedException if it is not there, or cannot be read
  Disk openForComparing() throws IOException {
    return opened(
        disk -> {
          checkRaw(disk);
          return disk;
        });
  }

  private interface Step<T> {
    T of(WritableExport disk) throws IOException;
  }

  private <T> T opened(Step<T> step) throws IOException {
    try {
      var disk = name.connect();
      try {
        return step.of(disk);
      } catch (IOException | RuntimeException fault) {
        disk.close();
        throw fault;
      }
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new RefusedException(SyncException.describe(fault), fault);
    }
  }

  private void check(StreamHeader header, WritableExport disk) throws IOException {
    if (treatment.create()) {
      throw refused("an export is never created; make the disk, serve it, and leave out --create");
    }
    checkRaw(disk);
    if (disk.isReadOnly()) {
      throw refused("is exported read-only; let the server export it for writing");
    }
    if (!disk.canFlush()) {
      throw refused(
          "the server offers no flush, so nothing that is written is durable for certain; let it offer that (nbd-server: flush = true), or use another server");
    }
    if (disk.size() < header.volumeSize()) {
      throw refused(
          "has %s, the volume %s; make it larger"
              .formatted(Sizes.exact(disk.size()), Sizes.exact(header.volumeSize())));
    }
    checkContents(header.lineage().isWhole(), disk);
  }

  private void checkRaw(Disk disk) throws IOException {
    if (!treatment.raw()) {
      RawDisks.checkExportDestination(disk, treatment.insisting());
    }
  }

  private void checkContents(boolean isWhole, Disk disk) throws IOException {
    var doubt =
        isWhole || treatment.isBased(Base.ASSUME)
            ? ownership.doubt(disk)
            : Optional.<String>empty();
    if (doubt.isPresent()) {
      var objections = new Objections(name.toString(), treatment);
      new Contents(name.toString(), KnownMagics.of(disk), doubt.get())
          .check(isWhole, treatment, objections, warnings, ask);
      objections.settle(warnings);
    }
  }

  private RefusedException refused(String words) {
    return new RefusedException(name + ": " + words);
  }

  /// An export that passed all checks.
  private record OpenExport(WritableDisk disk) implements Opened, Writing {

    @Override
    public Answer.Ready ready() {
      return new Answer.Ready();
    }

    @Override
    public Writing begin(long firstOffset) {
      return this;
    }

    @Override
    public void durable(long offset) {
      // nothing is kept of it
    }

    @Override
    public Optional<Answer.Saved> complete() {
      return Optional.empty();
    }

    @Override
    public void close() throws IOException {
      disk.close();
    }
  }
}
