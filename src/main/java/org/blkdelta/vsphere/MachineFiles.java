package org.blkdelta.vsphere;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.disk.ForwardingDisk;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// The files of a disk of a machine that is off, and what it stands on, in a folder of this host:
/// descriptors as they are, and in the place of each large file an empty one, whose content
/// [#open] reads from the datastore. Closing this removes the folder and logs out.
public final class MachineFiles implements Closeable {

  /// A file of a disk, as a descriptor names it (*Virtual Disk Format 5.0*, "Extent Description").
  private static final Pattern EXTENT =
      Pattern.compile("(?m)^\\s*(?:RW|RDONLY|NOACCESS)\\s+[0-9]+\\s+[A-Z0-9]+\\s+\"([^\"]+)\"");

  private static final String MAGIC = "# Disk DescriptorFile";
  private static final Path SCRATCH = Path.of("/var/tmp");
  private static final int MAX_SHOWN = 120;

  private final Login login;
  private final MachineDisk disk;
  private final DatastoreFiles files;
  private final Path folder;
  private final Map<Path, String> names = new HashMap<>();
  private final Set<Path> far = new HashSet<>();

  private MachineFiles(Login login, MachineDisk disk) throws IOException {
    this.login = login;
    this.disk = disk;
    this.files = new DatastoreFiles(login.service(), login.machine());
    this.folder = Files.createTempDirectory(SCRATCH, "blkdelta-");
    login.cleanup().add(this::removeFolder);
    for (var file : disk.files()) {
      link(file);
    }
  }

  /// Logs in, and finds the files of the disk; the caller closes this.
  ///
  /// @throws RefusedException if the machine isn't off: then others write to these files
  public static MachineFiles open(MachineUri uri, Access access, Consumer<String> told)
      throws IOException {
    var login = Login.at(uri, access, told);
    try {
      var disk = login.machine().disk(uri);
      checkOff(uri, login.machine());
      return new MachineFiles(login, disk);
    } catch (IOException | RuntimeException fault) {
      login.close();
      throw fault;
    }
  }

  private static void checkOff(MachineUri uri, Machine machine) throws RefusedException {
    if (!machine.isOff()) {
      throw new RefusedException(
          "%s: is not off (%s), so its files are locked, and change; shut it down first"
              .formatted(uri.name(), Printable.of(machine.power(), MAX_SHOWN)));
    }
  }

  /// Returns the file of the newest link.
  public Path top() {
    return path(disk.files().getFirst());
  }

  /// Returns where a file is by its name, or by what the service calls it.
  ///
  /// @throws IllegalArgumentException if no file can have that name
  public Path path(String name) {
    return folder.resolve(
        name.substring(Math.max(name.lastIndexOf('/'), name.indexOf("] ") + 1) + 1));
  }

  /// Opens a file, wherever its content is; the caller closes it.
  public Disk open(Path path) throws IOException {
    var file = Optional.ofNullable(names.get(path)).orElse(path.toString());
    if (!far.contains(path)) {
      return new Named(FileDisk.forReading(path), files.nameOf(file));
    }
    var answer = files.get(file, Optional.of("0-511"));
    answer.body().close();
    return answer.isPart() && answer.total() >= 0
        ? new DatastoreDisk(files, file, answer.total())
        : fetched(path, file, answer.total());
  }

  /// Some hosts give no parts of files: then all of it is needed here.
  private Disk fetched(Path path, String file, long size) throws IOException {
    long room = Files.getFileStore(folder).getUsableSpace();
    if (size < 0 || size > room) {
      throw new SourceException(
          "%s: the host gives no parts of it, and %s has no room for all of it (%s); make room, or read it over SSH"
              .formatted(
                  files.nameOf(file), SCRATCH, size < 0 ? "unknown size" : Sizes.binary(size)));
    }
    login
        .told()
        .accept(
            "%s: the host gives no parts of it; fetching all of it into %s (%s)"
                .formatted(files.nameOf(file), folder, Sizes.binary(size)));
    try (var in = files.get(file, Optional.empty()).body()) {
      long got = Files.copy(in, path, StandardCopyOption.REPLACE_EXISTING);
      if (got != size) {
        throw new SourceException(files.nameOf(file) + ": came incomplete; run again");
      }
    }
    far.remove(path);
    return new Named(FileDisk.forReading(path), files.nameOf(file));
  }

  /// A file that people know by its name in the datastore.
  private static final class Named extends ForwardingDisk {

    private final String name;

    Named(Disk disk, String name) {
      super(disk);
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }
  }

  /// Checks that nothing has written to the files since they were opened: the machine is off, and
  /// has the same ones.
  public void checkStill() throws IOException {
    var now = login.now();
    boolean isSame =
        now.disks().stream()
            .anyMatch(each -> each.key() == disk.key() && each.files().equals(disk.files()));
    if (!now.isOff() || !isSame) {
      throw new SourceException(
          login.name()
              + ": was started, or its snapshots changed, while its files were read; shut it down, and run the same command again");
    }
  }

  @Override
  public void close() {
    login.close();
  }

  private void link(String file) throws IOException {
    var head = files.head(file);
    var path = path(file);
    if (head.length > DatastoreFiles.SMALL || !isDescriptor(head)) {
      place(path, file);
      return;
    }
    checkNew(path, file);
    Files.write(path, head);
    names.put(path.toRealPath(), file);
    var extents = EXTENT.matcher(new String(head, StandardCharsets.ISO_8859_1));
    while (extents.find()) {
      var extent = DatastoreFiles.beside(file, extents.group(1));
      try {
        place(path(extent), extent);
      } catch (InvalidPathException malformed) {
        throw new SourceException(
            files.nameOf(file) + ": names a file as none can be called; the disk is damaged",
            malformed);
      }
    }
  }

  private static boolean isDescriptor(byte[] head) {
    return new String(head, 0, Math.min(head.length, MAGIC.length()), StandardCharsets.ISO_8859_1)
        .equalsIgnoreCase(MAGIC);
  }

  private void place(Path path, String file) throws IOException {
    checkNew(path, file);
    Files.createFile(path);
    names.put(path.toRealPath(), file);
    far.add(path.toRealPath());
  }

  private void checkNew(Path path, String file) throws SourceException {
    if (Files.exists(path)) {
      throw new SourceException(
          files.nameOf(file)
              + ": another file of this disk has the same name in another folder; copy the disk by its files");
    }
  }

  private void removeFolder() {
    try (var all = Files.list(folder)) {
      for (var each : all.toList()) {
        Files.deleteIfExists(each);
      }
      Files.deleteIfExists(folder);
    } catch (IOException left) {
      login
          .told()
          .accept(
              "warning: %s: %s; remove it by hand".formatted(folder, SyncException.describe(left)));
    }
  }
}
