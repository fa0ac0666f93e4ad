package org.blkdelta.destination;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.blkdelta.disk.DirectDisk;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.DryDisk;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.disk.PassingDisk;
import org.blkdelta.disk.ThinDisk;
import org.blkdelta.disk.UnzeroedDisk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.HostDevices;
import org.blkdelta.host.ThinDevice;
import org.blkdelta.linux.BackingDevices;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceUse.Use;
import org.blkdelta.linux.DurableFile;
import org.blkdelta.source.RawDisks;
import org.blkdelta.sync.Base;
import org.blkdelta.sync.Destination;
import org.blkdelta.wire.StreamHeader;

/// One destination on this host, with every check that comes before its first write.
final class LocalDestination implements Destination {

  static final Path PROC = Path.of("/proc");
  static final Path SYS = Path.of("/sys");

  static final String SOURCE_ITSELF = "is the source, or on the same device";

  private final Path path;
  private final Treatment treatment;
  private final Consumer<String> warnings;
  private final Ownership ownership;
  private final Predicate<String> ask;

  /// Tells why what a destination holds may be somebody else's; empty if blkdelta wrote it.
  @FunctionalInterface
  interface Ownership {
    Optional<String> doubt(Path opened) throws IOException;
  }

  /// @param ask puts a question to whoever sits at the terminal, if anybody does
  LocalDestination(
      Path path,
      Treatment treatment,
      Consumer<String> warnings,
      Ownership ownership,
      Predicate<String> ask) {
    this.path = path;
    this.treatment = treatment;
    this.warnings = warnings;
    this.ownership = ownership;
    this.ask = ask;
  }

  @Override
  public Opened open(StreamHeader header) throws IOException {
    return refusing(
        () -> {
          if (!Files.exists(path)) {
            return created(header);
          }
          checkKind();
          return checked(header, false);
        });
  }

  /// Opens a destination for writing.
  @FunctionalInterface
  interface Opening {
    Opened open() throws IOException;
  }

  /// Opens a destination: nothing is written by that, so what fails is a refusal.
  static Opened refusing(Opening opening) throws IOException {
    try {
      return opening.open();
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
        throw refused(absentToCompare());
      }
      checkKind();
      if (isSource(header, path)) {
        throw refused(SOURCE_ITSELF + "; choose another destination");
      }
      return uncached();
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new RefusedException(
          SyncException.describe(fault) + "; the destination cannot be read", fault);
    }
  }

  private String absentToCompare() {
    if (isDeviceFolder()) {
      return absentDevice(OptionalLong.empty(), "name what is to be compared");
    }
    return isVolumeName()
        ? "does not exist; did you mean /dev/%s?".formatted(path)
        : "does not exist; name what is to be compared";
  }

  private String absentDevice(OptionalLong size, String otherwise) {
    var wanted = size.stream().filter(bytes -> bytes > 0).findFirst();
    return HostDevices.ADVICE
        .absent(path.toString(), wanted)
        .orElse("does not exist; " + otherwise);
  }

  /// Returns whether it is that of a device, as LVM names it.
  private boolean isVolumeName() {
    return !path.isAbsolute() && Files.exists(Path.of("/dev").resolve(path));
  }

  private Disk uncached() throws IOException {
    DirectDisk.flush(path);
    var disk = PassingDisk.open(path);
    if (!treatment.raw()) {
      checkRaw(disk);
    }
    disk.dropCache();
    return disk;
  }

  private void checkRaw(Disk disk) throws IOException {
    try {
      RawDisks.checkDestination(disk, path, treatment.insisting());
    } catch (IOException | RuntimeException fault) {
      disk.close();
      throw fault;
    }
  }

  private Opened created(StreamHeader header) throws IOException {
    if (isDeviceFolder()) {
      var advice =
          treatment.create()
              ? "make the volume first; --create makes files, not devices"
              : "make the volume first";
      throw refused(absentDevice(OptionalLong.of(header.volumeSize()), advice));
    }
    if (Files.isSymbolicLink(path)) {
      throw refused(
          "is a symbolic link to %s, which does not exist; make that first"
              .formatted(Files.readSymbolicLink(path)));
    }
    if (!treatment.create()) {
      throw refused(
          isVolumeName()
              ? "does not exist; did you mean /dev/%s?".formatted(path)
              : "does not exist; make the volume first"
                  + (treatment.canForce() ? ", or let --create make a file" : ""));
    }
    if (header.volumeSize() == 0) {
      throw refused("cannot be created: this kind of stream does not say how large the volume is");
    }
    if (!treatment.raw()) {
      RawDisks.checkName(path, treatment.insisting());
    }
    if (treatment.dryRun()) {
      checkFolder();
      return new OpenFile(new DryDisk(path.toString(), header.volumeSize()), Held.nothing(path));
    }
    makeSparse(header.volumeSize());
    try {
      return checked(header, true);
    } catch (IOException | RuntimeException refused) {
      Files.deleteIfExists(path);
      throw refused;
    }
  }

  /// Checks for a dry run what making a file would find out.
  private void checkFolder() throws RefusedException {
    var folder = path.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder) || !Files.isWritable(folder)) {
      throw refused("cannot be created: its folder does not exist or cannot be written");
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
  ///
  /// @param isCreated whether it was made for this run
  private Opened checked(StreamHeader header, boolean isCreated) throws IOException {
    var held = Held.of(path, isCreated);
    WritableDisk disk;
    try {
      disk = FileDisk.forWriting(held.opened(), held, path.toString());
    } catch (IOException | RuntimeException fault) {
      held.close();
      throw fault;
    }
    try {
      check(header, held, disk);
      return new OpenFile(treatment.dryRun() ? new DryDisk(disk) : thin(disk, held.opened()), held);
    } catch (IOException | RuntimeException fault) {
      disk.close();
      throw fault;
    }
  }

  /// Puts in front of a thin volume what its pool asks for; in front of others, nothing.
  private static WritableDisk thin(WritableDisk disk, Path opened) throws IOException {
    var device = DeviceNumber.of(opened);
    var found =
        device.isEmpty() ? Optional.<ThinDevice>empty() : HostDevices.MAPPED.thin(device.get());
    if (found.isEmpty()) {
      return disk;
    }
    var thin = found.get();
    if (!thin.isZeroing()) {
      return UnzeroedDisk.of(disk, opened, thin.blockSize());
    }
    return thin.hasOrigin() ? disk : ThinDisk.of(disk, opened, thin.blockSize());
  }

  private void check(StreamHeader header, Held held, Disk disk) throws IOException {
    var opened = held.opened();
    if (!treatment.raw()) {
      RawDisks.checkDestination(disk, path, treatment.insisting());
    }
    var objections = new Objections(path.toString(), treatment);
    if (isSource(header, opened)) {
      objections.addAbsolute(SOURCE_ITSELF);
    }
    var use = new DestinationUse(PROC, SYS);
    objections.add(use.of(opened, held.isExclusive()));
    boolean isTooSmall = disk.size() < header.volumeSize();
    boolean isWhole = header.lineage().isWhole();
    if (!isTooSmall && !held.isCreated() && (isWhole || treatment.isBased(Base.ASSUME))) {
      var doubt = ownership.doubt(opened);
      if (doubt.isPresent()) {
        new Contents(path.toString(), contents(use, opened, disk), doubt.get())
            .check(isWhole, treatment, objections, warnings, ask);
      }
    }
    objections.settle(warnings);
    checkWritable(opened); // last: a thin pool is read-only, and refused for what it is
    if (isTooSmall) {
      throw refused(
          "has %s, the volume %s; make it larger"
              .formatted(Sizes.exact(disk.size()), Sizes.exact(header.volumeSize())));
    }
    use.remarks(opened).forEach(remark -> warnings.accept(path + ": " + remark));
  }

  /// Returns what a destination holds. A file that was to be made holds something, known or not,
  /// unless nothing was ever written to it.
  private List<Use> contents(DestinationUse use, Path opened, Disk disk) throws IOException {
    var found = use.contents(opened, disk);
    boolean isFile = DeviceNumber.of(opened).isEmpty();
    return found.isEmpty() && treatment.create() && isFile && disk.nextData(0) < disk.size()
        ? List.of(Objections.EXISTS)
        : found;
  }

  /// Returns whether a destination is what the changes are read from, or stands on the same.
  static boolean isSource(StreamHeader header, Path opened) throws IOException {
    return header.source().isPresent()
        && BackingDevices.of(List.of(opened), PROC, SYS).overlaps(header.source().get());
  }

  private void checkWritable(Path opened) throws IOException {
    var device = DeviceNumber.of(opened);
    if (device.isPresent()) {
      var attribute = SYS.resolve("dev/block").resolve(device.get().toString()).resolve("ro");
      if (Files.exists(attribute) && Files.readString(attribute).strip().equals("1")) {
        throw refused("is read-only; " + HostDevices.ADVICE.writable(path, device.get()));
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
