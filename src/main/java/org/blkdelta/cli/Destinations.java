package org.blkdelta.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.blkdelta.disk.BackingDevices;
import org.blkdelta.disk.DeviceNumber;
import org.blkdelta.disk.DeviceStack;
import org.blkdelta.disk.DeviceUse;
import org.blkdelta.disk.DeviceUse.Use;
import org.blkdelta.disk.DirectDisk;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.DryDisk;
import org.blkdelta.disk.DurableFile;
import org.blkdelta.disk.ExclusiveHold;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.disk.PassingDisk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.source.RawDisks;
import org.blkdelta.sync.DestinationOpener;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.FrameWriter;
import org.blkdelta.wire.StreamHeader;

/// One destination on this host, with every check that comes before its first write.
final class Destinations implements DestinationOpener {

  private static final Path PROC = Path.of("/proc");
  private static final Path SYS = Path.of("/sys");

  /// Who uses the devices of this host.
  static final DeviceUse USES = new DeviceUse(PROC, SYS);

  private static final String SOURCE_ITSELF =
      "is the source itself, or its origin, or stands on the same device as it, or below it";

  private final Path path;
  private final DestinationOptions options;
  private final Consumer<String> warnings;
  private final Ownership ownership;
  private final Predicate<String> ask;
  private boolean created;
  private boolean begun;
  private Optional<ExclusiveHold> opened = Optional.empty();

  /// Tells why what a destination holds may be somebody else's; empty if blkdelta wrote it.
  @FunctionalInterface
  interface Ownership {
    Optional<String> doubt(Path opened) throws IOException;
  }

  /// Creates one that is read, or written without looking at what it holds.
  Destinations(Path path, DestinationOptions options, Consumer<String> warnings) {
    this(path, options, warnings, opened -> Optional.empty(), question -> false);
  }

  /// @param ask puts a question to whoever sits at the terminal, if anybody does
  private Destinations(
      Path path,
      DestinationOptions options,
      Consumer<String> warnings,
      Ownership ownership,
      Predicate<String> ask) {
    this.path = path;
    this.options = options;
    this.warnings = warnings;
    this.ownership = ownership;
    this.ask = ask;
  }

  /// Returns a destination of this host, with all that is to be done around its writing.
  static DestinationOpener of(Path path, DestinationOptions options, Streams streams) {
    var run = UUID.randomUUID().toString();
    var remembered = remembered(path, run, options, streams);
    return options.undo == null
        ? remembered
        : new Undo(options.undo, run, FrameWriter::new, remembered);
  }

  /// Returns a destination of this host whose state is remembered.
  ///
  /// @param run names the run that writes to it
  static DestinationOpener remembered(
      Path path, String run, DestinationOptions options, Streams streams) {
    var destination =
        new Destinations(
            path,
            options,
            streams::warn,
            opened -> Remembered.whyForeign(opened, streams.memory()),
            new TerminalQuestions(streams, path.toString())::agree);
    boolean saves = options.undo != null;
    return new Remembered(
        path, run, saves, streams.memory(), options.base, destination, streams::warn);
  }

  /// Returns what sources stand on, for the header of a live stream.
  ///
  /// @throws SourceException if one of them is gone
  static BackingDevices footing(List<Path> paths) throws SourceException {
    try {
      var footing = BackingDevices.of(paths, PROC, SYS);
      var origins = new ArrayList<DeviceNumber>();
      for (var path : paths) {
        origins.addAll(DestinationUse.MAPPED.origins(DeviceStack.of(path, SYS)));
      }
      return footing.with(origins);
    } catch (IOException fault) {
      throw new SourceException(
          SyncException.describe(fault) + "; the source cannot be looked up", fault);
    }
  }

  /// Returns the destination's size in bytes, or -1 if there is none yet that can be opened.
  static long size(Path path) {
    try {
      if (!Files.isRegularFile(path) && DeviceNumber.of(path).isEmpty()) {
        return -1; // opening a pipe would wait for its writer
      }
    } catch (IOException absent) {
      return -1;
    }
    try (var disk = FileDisk.forReading(path)) {
      return disk.size();
    } catch (IOException absent) {
      return -1;
    }
  }

  /// Returns which device or file a destination is, on this host until it is booted again; empty
  /// if it does not exist, or nobody can tell.
  static Optional<String> place(Path path) {
    try {
      var footing = BackingDevices.of(List.of(path), PROC, SYS);
      return footing.tops().stream().findFirst().map(top -> top + "@" + footing.host());
    } catch (IOException unknown) {
      return Optional.empty();
    }
  }

  @Override
  public WritableDisk open(StreamHeader header) throws IOException {
    try {
      if (!Files.exists(path)) {
        return created(header);
      }
      checkKind();
      return checked(header);
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new RefusedException(
          SyncException.describe(fault) + "; the destination cannot be opened for writing", fault);
    }
  }

  /// Opens the destination for reading what is on its medium, whoever uses it.
  ///
  /// @throws RefusedException if it is not there, cannot be read, or is the source itself
  Disk openForComparing(StreamHeader header) throws IOException {
    try {
      if (!Files.exists(path)) {
        throw refused("does not exist; name what is to be compared");
      }
      checkKind();
      if (isSource(header, path)) {
        throw refused(SOURCE_ITSELF + "; name another destination");
      }
      return uncached();
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new RefusedException(
          SyncException.describe(fault) + "; the destination cannot be read", fault);
    }
  }

  private Disk uncached() throws IOException {
    DirectDisk.flush(path);
    var disk = PassingDisk.open(path);
    if (!options.raw) {
      checkRaw(disk);
    }
    disk.dropCache();
    return disk;
  }

  private void checkRaw(Disk disk) throws IOException {
    try {
      RawDisks.checkDestination(disk, path, options.insisting);
    } catch (IOException | RuntimeException fault) {
      disk.close();
      throw fault;
    }
  }

  /// Notes that a file which was made for this run is written to now, and so stays.
  @Override
  public WritableDisk begin(WritableDisk opened, long firstOffset) {
    begun = true;
    return opened;
  }

  /// Looks once more at what was written: it must have its size and its name yet.
  @Override
  public void complete() throws IOException {
    if (opened.isEmpty() || !opened.get().isAt(path)) {
      throw new IncompleteException(
          path
              + ": was removed or replaced during the run: what was written is not there; run it again");
    }
  }

  /// Returns that nothing is known. A file that was made for the changes has no base.
  @Override
  public Answer.Ready ready() {
    return created ? new Answer.Ready(0, Answer.Base.ANY) : new Answer.Ready();
  }

  private WritableDisk created(StreamHeader header) throws IOException {
    if (!options.create || Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw refused("does not exist; make the volume first, or let --create make a file");
    }
    if (isDeviceFolder()) {
      throw refused("does not exist, and a file below /dev is no device; make the volume first");
    }
    if (header.volumeSize() == 0) {
      throw refused("cannot be created: this kind of stream does not say how large the volume is");
    }
    if (!options.raw) {
      RawDisks.checkName(path, options.insisting);
    }
    warnings.accept(path + ": is created, sparse, and will hold nothing but what is sent");
    created = true;
    if (options.dryRun) {
      return new DryDisk(path.toString(), header.volumeSize());
    }
    makeSparse(header.volumeSize());
    try {
      return checked(header);
    } catch (IOException | RuntimeException refused) {
      Files.deleteIfExists(path);
      throw refused;
    }
  }

  private void makeSparse(long size) throws IOException {
    var file = DurableFile.create(path); // what is there already was not made here
    try (file) {
      file.write(ByteBuffer.allocate(1), size - 1);
    } catch (IOException fault) {
      Files.deleteIfExists(path);
      throw new RefusedException(
          "%s: cannot be created: %s".formatted(path, SyncException.describe(fault)), fault);
    }
  }

  private void checkKind() throws IOException {
    boolean device = DeviceNumber.of(path).isPresent();
    if (!device && !Files.isRegularFile(path)) {
      throw refused("is neither a block device nor a file; name one");
    }
    if (!device && isDeviceFolder()) {
      throw refused("is a file where a device should be, left by a mistake; remove it");
    }
  }

  /// Opens the destination once, and makes all checks of what was opened.
  private WritableDisk checked(StreamHeader header) throws IOException {
    var exclusive = ExclusiveHold.of(path);
    var hold = exclusive.isPresent() ? exclusive.get() : ExclusiveHold.shared(path);
    WritableDisk disk;
    try {
      opened = Optional.of(hold);
      disk = FileDisk.forWriting(hold.path(), () -> letGo(hold), path.toString());
    } catch (IOException | RuntimeException fault) {
      hold.close();
      throw fault;
    }
    try {
      check(header, hold.path(), exclusive.isPresent(), disk);
      return options.dryRun ? new DryDisk(disk) : disk;
    } catch (IOException | RuntimeException fault) {
      disk.close();
      throw fault;
    }
  }

  private void check(StreamHeader header, Path opened, boolean isExclusive, Disk disk)
      throws IOException {
    if (!options.raw) {
      RawDisks.checkDestination(disk, path, options.insisting);
    }
    var objections = new Objections(path, options);
    if (isSource(header, opened)) {
      objections.addAbsolute(SOURCE_ITSELF);
    }
    var use = new DestinationUse(PROC, SYS);
    objections.add(use.of(opened, isExclusive));
    boolean isTooSmall = disk.size() < header.volumeSize();
    boolean isWhole = header.lineage().isWhole();
    if (!isTooSmall && !created && (isWhole || options.base == Base.ASSUME)) {
      var doubt = ownership.doubt(opened);
      if (doubt.isPresent()) {
        checkContents(isWhole, use.contents(opened, disk), doubt.get(), objections);
      }
    }
    objections.settle(warnings);
    checkWritable(opened); // last: a thin pool is read-only, and refused for what it is
    if (isTooSmall) {
      throw refused(
          "has %d bytes, the volume %d; make it larger"
              .formatted(disk.size(), header.volumeSize()));
    }
    use.remarks(opened).forEach(remark -> warnings.accept(path + ": " + remark));
  }

  /// A whole volume overwrites what is there. Changes are for a copy, which holds what its volume
  /// holds, and they are written if it proves to be that; if nobody wants a proof, it is said.
  private void checkContents(
      boolean isWhole, List<Use> found, String doubt, Objections objections) {
    if (isWhole) {
      objections.addContents(found, doubt);
      var only = objections.onlyContents();
      if (!only.isEmpty() && !options.dryRun && options.canForce && ask.test(question(only))) {
        objections.allowContents();
      }
    } else if (options.base == Base.ASSUME) {
      found.forEach(
          each ->
              warnings.accept(
                  "%s: %s, and %s; it is taken for one".formatted(path, each.words(), doubt)));
    }
  }

  private String question(String contents) {
    return "blkdelta: %s: %s.\nOverwrite it?"
        .formatted(path, contents.replaceAll("[\\p{Cc}\\p{Cf}]", "?"));
  }

  private static boolean isSource(StreamHeader header, Path opened) throws IOException {
    return header.source().isPresent()
        && BackingDevices.of(List.of(opened), PROC, SYS).overlaps(header.source().get());
  }

  /// Removes a file that was made for this run, if the run was refused before its first write.
  private void letGo(ExclusiveHold hold) throws IOException {
    try (hold) {
      if (created && !begun) {
        Files.deleteIfExists(path);
      }
    }
  }

  private void checkWritable(Path opened) throws IOException {
    var device = DeviceNumber.of(opened);
    if (device.isPresent()) {
      var attribute = SYS.resolve("dev/block").resolve(device.get().toString()).resolve("ro");
      if (Files.exists(attribute) && Files.readString(attribute).strip().equals("1")) {
        throw refused("is read-only; make it writable: blockdev --setrw");
      }
    }
  }

  private boolean isDeviceFolder() {
    var absolute = path.toAbsolutePath().normalize();
    return absolute.startsWith("/dev") && !absolute.startsWith("/dev/shm");
  }

  private RefusedException refused(String words) {
    return new RefusedException(path + ": " + words);
  }
}
