package org.blkdelta.destination;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.DryDisk;
import org.blkdelta.disk.KnownMagics;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.DeviceUse.Use;
import org.blkdelta.nbd.ImageFile;
import org.blkdelta.nbd.WritableExport;
import org.blkdelta.source.RawDisks;
import org.blkdelta.sync.Base;
import org.blkdelta.sync.Destination;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.StreamHeader;

/// The disk in the file of a disk image, with every check that comes before its first write.
///
/// @param ownership of the file
/// @param ask puts a question to whoever sits at the terminal, if anybody does
record ImageDestination(
    ImageFile image,
    Treatment treatment,
    Consumer<String> warnings,
    LocalDestination.Ownership ownership,
    Predicate<String> ask)
    implements Destination {

  /// Returns that of a file that is an image, or is to become one; empty if it is something else.
  /// The bytes alone make none: a guest wrote those of a raw disk, and would choose. The name says
  /// it, or the treatment.
  ///
  /// @throws RefusedException if it is not what the treatment says that it is
  static Optional<ImageFile> at(Path file, Treatment treatment) throws IOException {
    if (treatment.raw() || !treatment.canForce()) {
      return Optional.empty();
    }
    if (!Files.exists(file)) {
      return treatment.image().map(kind -> new ImageFile(file, kind));
    }
    var found = ImageFile.of(file);
    var wanted = treatment.image();
    if (wanted.isPresent() && !found.map(ImageFile::kind).equals(wanted)) {
      throw new RefusedException(
          "%s: is %s, and not %s; leave out --format, or name another file"
              .formatted(
                  file,
                  found.map(image -> image.kind().words()).orElse("a raw disk"),
                  wanted.get().words()));
    }
    return found.filter(image -> wanted.isPresent() || image.kind().isNamedBy(file));
  }

  @Override
  public Opened open(StreamHeader header) throws IOException {
    return LocalDestination.refusing(
        () -> Files.exists(image.file()) ? opened(header) : made(header));
  }

  /// Opens the disk for reading, with what the image stands on.
  ///
  /// @throws RefusedException if it cannot be read, or is the source itself
  Disk openForComparing(StreamHeader header) throws IOException {
    if (isSource(header)) {
      throw refused(LocalDestination.SOURCE_ITSELF + "; choose another destination");
    }
    try {
      return image.openForReading();
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new RefusedException(SyncException.describe(fault), fault);
    }
  }

  private Opened made(StreamHeader header) throws IOException {
    var file = image.file();
    var folder = file.toAbsolutePath().getParent();
    if (Files.isSymbolicLink(file)) {
      throw refused("is a symbolic link to nothing; make what it leads to first");
    }
    if (!treatment.create()) {
      throw refused("does not exist; let --create make it");
    }
    if (header.volumeSize() == 0) {
      throw refused("cannot be created: this kind of stream does not say how large the volume is");
    }
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw refused("cannot be created: its folder does not exist or cannot be written");
    }
    image.checkPrograms();
    if (treatment.dryRun()) {
      return new OpenImage(new DryDisk(file.toString(), header.volumeSize()), file, true);
    }
    image.make(header.volumeSize());
    try {
      return served(header, true);
    } catch (IOException | RuntimeException fault) {
      Files.deleteIfExists(file);
      throw fault;
    }
  }

  private Opened opened(StreamHeader header) throws IOException {
    image.checkWritable();
    var objections = new Objections(image.file().toString(), treatment);
    if (isSource(header)) {
      objections.addAbsolute("is the source, or what it stands on");
    }
    objections.add(
        new DestinationUse(LocalDestination.PROC, LocalDestination.SYS).of(image.file(), true));
    objections.settle(warnings);
    return served(header, false);
  }

  private Opened served(StreamHeader header, boolean isMade) throws IOException {
    var disk = treatment.dryRun() ? image.openForReading() : image.openForWriting();
    try {
      if (disk.size() < header.volumeSize()) {
        throw refused(
            "has %s, the volume %s; make it larger: qemu-img resize"
                .formatted(Sizes.exact(disk.size()), Sizes.exact(header.volumeSize())));
      }
      if (!isMade) {
        checkContents(header.lineage().isWhole(), disk);
      }
      return new OpenImage(treatment.dryRun() ? new DryDisk(disk) : disk, image.file(), isMade);
    } catch (IOException | RuntimeException fault) {
      disk.close();
      throw fault;
    }
  }

  private void checkContents(boolean isWhole, WritableExport disk) throws IOException {
    RawDisks.checkExportDestination(disk, treatment.insisting());
    var doubt =
        isWhole || treatment.isBased(Base.ASSUME)
            ? ownership.doubt(image.file())
            : Optional.<String>empty();
    if (doubt.isPresent()) {
      var objections = new Objections(image.file().toString(), treatment);
      new Contents(image.file().toString(), contents(disk), doubt.get())
          .check(isWhole, treatment, objections, warnings, ask);
      objections.settle(warnings);
    }
  }

  /// Returns what the disk holds: something, known or not, unless nothing was ever written to it.
  private static List<Use> contents(WritableExport disk) throws IOException {
    var found = KnownMagics.of(disk);
    return found.isEmpty() && !disk.isBlank() ? List.of(Objections.EXISTS) : found;
  }

  private boolean isSource(StreamHeader header) throws IOException {
    return Files.exists(image.file()) && LocalDestination.isSource(header, image.file());
  }

  private RefusedException refused(String words) {
    return new RefusedException(image.file() + ": " + words);
  }

  /// An image that passed all checks.
  private static final class OpenImage implements Opened, Writing {

    private final WritableDisk disk;
    private final Path file;
    private final boolean isMade;
    private final Optional<Object> key;
    private boolean isWritten;

    /// @param isMade whether it was made for this run, or would be
    OpenImage(WritableDisk disk, Path file, boolean isMade) throws IOException {
      this.disk = disk;
      this.file = file;
      this.isMade = isMade;
      this.key = key();
    }

    @Override
    public WritableDisk disk() {
      return disk;
    }

    /// Returns that nothing is known. An image that was made for the changes has no base.
    @Override
    public Answer.Ready ready() {
      return isMade ? new Answer.Ready(0, Answer.Base.ANY) : new Answer.Ready();
    }

    @Override
    public Writing begin(long firstOffset) {
      isWritten = true;
      return this;
    }

    @Override
    public void durable(long offset) {
      // nothing is kept of it
    }

    /// Looks once more at what was written: it must have its name yet.
    @Override
    public Optional<Answer.Saved> complete() throws IOException {
      if (key.isEmpty() || !key().equals(key)) {
        throw new IncompleteException(
            file
                + ": was removed or replaced during the run: what was written is not there; run it again");
      }
      return Optional.empty();
    }

    /// Removes one that was made for a run that never wrote to it.
    @Override
    public void close() throws IOException {
      try {
        disk.close();
      } finally {
        if (isMade && !isWritten && key.isPresent()) {
          Files.deleteIfExists(file);
        }
      }
    }

    private Optional<Object> key() throws IOException {
      return Files.exists(file)
          ? Optional.ofNullable(Files.readAttributes(file, BasicFileAttributes.class).fileKey())
          : Optional.empty();
    }
  }
}
