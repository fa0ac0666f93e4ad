package org.blkdelta.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.Person;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.remote.sftp.SftpFiles;

/// Opens whatever the command line names as a source, here or, by its files, on another machine.
///
/// @param ssh how another machine is reached
/// @param questions who answers what its login asks
/// @param person is asked for the password of what is reached without ssh
/// @param warnings told what the user should know
public record Sources(
    SshOptions ssh, Function<Host, Questions> questions, Person person, Consumer<String> warnings) {

  /// What the user says to have anything taken for a raw disk.
  private static final String RAW = "--raw";

  private static final Path DEV = Path.of("/dev");

  /// What is to be opened.
  ///
  /// @param names as the user wrote them; not empty
  /// @param isWhole whether it is read from its first byte to its last, and not what changed
  /// @param settings how it is read
  /// @param isRaw whether it is a raw disk whatever it holds
  public record Wanted(
      List<String> names, boolean isWhole, SourceSettings settings, boolean isRaw) {

    /// Copies the list.
    public Wanted {
      names = List.copyOf(names);
    }

    /// Returns the names of everything that is read beside the first source.
    public List<String> others() {
      var others = new ArrayList<>(names.subList(1, names.size()));
      for (var option : settings.identifying()) {
        if (option.isName()) {
          others.add(settings.name(option).orElseThrow());
        }
      }
      return others;
    }
  }

  /// Returns whether a source on another machine is read by its files, over SFTP: that of a VMware
  /// disk is. Any other is read by a blkdelta there.
  public static boolean isByFiles(Location source) {
    return source.isRemote() && source.path().toLowerCase(Locale.ROOT).endsWith(".vmdk");
  }

  /// Opens what is named; the caller closes it.
  ///
  /// @param use what to do about a source that is in use
  public OpenSource open(Wanted wanted, SourceUse use) throws IOException {
    var locations = new ArrayList<Location>();
    for (var name : wanted.names()) {
      locations.add(Location.parse(name));
    }
    return locations.getFirst().isRemote() ? remote(wanted, locations, use) : openHere(wanted, use);
  }

  /// Opens what is named on this host, even if the name looks like that of another; the caller
  /// closes it.
  ///
  /// @param use what to do about a source that is in use
  public OpenSource openHere(Wanted wanted, SourceUse use) throws IOException {
    var files =
        wanted.names().stream().map(name -> wanted.isWhole() ? device(name) : Path.of(name));
    var request =
        new SourceRequest(
            wanted.names(),
            files.toList(),
            false,
            Path::of,
            FileDisk::withHoles,
            wanted.settings(),
            wanted.isRaw(),
            use,
            person,
            warnings);
    return opened(wanted, request, use);
  }

  /// Returns the device of a volume that is named as LVM names it.
  private static Path device(String name) {
    var path = Path.of(name);
    var device = DEV.resolve(name);
    return !path.isAbsolute() && Files.notExists(path) && Files.exists(device) ? device : path;
  }

  private OpenSource remote(Wanted wanted, List<Location> locations, SourceUse use)
      throws IOException {
    var host = locations.getFirst().host().orElseThrow();
    for (var location : locations) {
      if (!location.host().equals(locations.getFirst().host())) {
        throw new UsageException(location + ": all files of a disk must be on one host");
      }
    }
    var there = SftpFiles.connect(host, ssh, questions.apply(host));
    try {
      var files = locations.stream().map(name -> there.path(name.path())).toList();
      var request =
          new SourceRequest(
              wanted.names(),
              files,
              true,
              files.getFirst()::resolveSibling, // a relative name has no meaning of its own there
              there::open,
              wanted.settings(),
              wanted.isRaw(),
              use,
              person,
              warnings);
      return opened(wanted, request, use).over(there);
    } catch (IOException | RuntimeException fault) {
      there.close();
      throw fault;
    }
  }

  private static OpenSource opened(Wanted wanted, SourceRequest request, SourceUse use)
      throws IOException {
    var formats = wanted.isWhole() ? Formats.WHOLE : Formats.CHANGES;
    var opened = formats.of(request).open(request);
    try {
      if (opened.isRaw()) {
        checkRaw(opened, wanted, request.file());
      }
      return opened.with(new UsedSource(opened.changes(), use));
    } catch (SyncException | RuntimeException fault) {
      opened.close();
      throw fault;
    } catch (IOException fault) {
      opened.close();
      throw SourceException.unreadable(fault);
    }
  }

  private static void checkRaw(OpenSource opened, Wanted wanted, Path path) throws IOException {
    var disk = opened.changes().disk();
    if (wanted.isRaw()) {
      RawDisks.checkNotEmpty(disk);
    } else if (Location.isUri(wanted.names().getFirst())) {
      RawDisks.checkExport(disk, RAW);
    } else {
      RawDisks.checkSource(disk, path, RAW);
    }
  }
}
