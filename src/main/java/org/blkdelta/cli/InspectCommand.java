package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.ExtentList;
import org.blkdelta.report.FileReport;
import org.blkdelta.report.HeatMap;
import org.blkdelta.report.Json;
import org.blkdelta.report.StreamReport;
import org.blkdelta.report.Streams;
import org.blkdelta.run.DiskStream;
import org.blkdelta.run.FarSource;
import org.blkdelta.run.Stop;
import org.blkdelta.run.StreamFile;
import org.blkdelta.source.Format;
import org.blkdelta.source.Formats;
import org.blkdelta.source.SourceUse;
import org.blkdelta.source.Sources;
import org.blkdelta.usage.Usage;
import org.blkdelta.vmdk.ChainFormat;
import org.blkdelta.vsphere.Access;
import org.blkdelta.vsphere.MachineReport;
import org.blkdelta.vsphere.MachineUri;
import org.blkdelta.wire.FrameSource;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta inspect`.
@Usage(
    common = {"--map", "--extents", "--json", "--since", "--origin"},
    exits = {
      ExitCode.DONE,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.CONNECTION,
      ExitCode.UNCONFIRMED
    },
    onlyLooks = true)
@Command(
    name = "inspect",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Say what changed since a snapshot was taken, or what a file is",
    description = {
      "Says how much of a volume changed since a snapshot of it was taken, and where; whether the"
          + " snapshot is still valid, and how full its exception store is. Of thin volumes: how many"
          + " blocks they have and share, and how full the pool and its metadata are. It writes"
          + " nothing, and can run at any time.",
      "",
      "A classic snapshot whose store is full is lost: the list is incomplete, and the exit code is"
          + " 4. Time to full is estimated from the average growth since creation;"
          + " one large write changes it. Make it larger in time (lvextend).",
      "",
      "Of any other file or device it says what it is: the volume of a change stream or an undo file,"
          + " what it leads from and to, and whether it is complete (the whole file is read, and the"
          + " exit code is 4 if not); the format of a disk image or archive, and how to use it; what a"
          + " raw disk holds. Of an export of an NBD server: its size, what of it is allocated, and which"
          + " contexts it has (such as bitmaps, for --bitmap).",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  blkdelta inspect vg0/web-pre",
      "  blkdelta inspect --map vg0/web-pre",
      "  blkdelta inspect --json vg0/web-pre",
      "  blkdelta inspect --extents --origin web.img web-cow.img",
      "  # thin volumes: what changed between two snapshots",
      "  blkdelta inspect --since vg0/db-1 vg0/db-2",
      "  # what a file is",
      "  blkdelta inspect web.delta",
    })
final class InspectCommand implements Callable<Integer>, SourceOptions.Reading {

  /// One way to show it.
  static final class View {
    @Option(
        names = "--json",
        description = {
          "Print one JSON object.",
          "It has format, chunkSize, chunks, extents, bytes, sourceSize,"
              + " snapshotSize, and state with valid, overflowed, storeSize, and for an active"
              + " snapshot storeUsed, fuel (how full the store is, 0 to 1), ageSeconds (since LVM"
              + " made it) and secondsToFull (at the average rate since then); the last two only"
              + " if they are known, and not beyond 30 days. Sizes are bytes. Of"
              + " thin volumes: format, blockSize, extents, bytes, zeroBytes, sourceSize,"
              + " snapshotSize, sharedBlocks, from and to (each with id and mappedBlocks),"
              + " nodesRead, and state with valid, pool, transaction, dataUsed, dataTotal (in blocks"
              + " of blockSize), metadataUsed and metadataTotal (in blocks of 4096 bytes). Of an NBD"
              + " export: format, extents, bytes, zeroBytes, sourceSize, readOnly, contexts, bitmap or"
              + " depth (if named), and state with valid. Of a"
              + " change stream or undo file: format, volumeSize, undoes (the run), whole, from and"
              + " to (each with id and label), extents, bytes, zeroBytes, complete, and state with"
              + " valid and reason; what is not known is left out. Of any other file: format,"
              + " size, content (of a raw disk), diskSize (of the disk in an archive), nameSays (if its"
              + " name is wrong) and advice."
        })
    boolean json;

    @Option(
        names = "--extents",
        description = {
          "Print a line OFFSET LENGTH data|zero for each run of changed bytes.",
          "In bytes, ascending, neighbours joined, clipped to the volume. A stream's are in its order."
        })
    boolean extents;

    @Option(
        names = "--map",
        description =
            "Draw the volume, darker where more of it changed; of a whole disk, where it holds data.")
    boolean map;
  }

  @Parameters(
      arity = "1..*",
      paramLabel = "SOURCE",
      description = {
        SourceOptions.SOURCE
            + " Or a change stream, an undo file, a disk image, an OVA, a raw disk, the URI of an NBD export.",
        SourceOptions.SOURCES
      })
  List<String> sources;

  @Option(names = RawOption.NAME, description = "Take SOURCE for a raw disk, whatever it holds.")
  boolean raw;

  @Mixin SshSettings ssh;

  @ArgGroup(exclusive = true, heading = "Output, instead of a summary:")
  View view = new View();

  private final SourceOptions sourceOptions = new SourceOptions(Formats.CHANGES);
  private final Streams streams;
  private final Stop stop;

  InspectCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  @Override
  public SourceOptions sourceOptions() {
    return sourceOptions;
  }

  @Override
  public Integer call() throws IOException {
    checkReadable();
    if (isMachine()) {
      showMachine();
      return ExitCode.DONE.number();
    }
    if (isFile()) {
      showFile(Path.of(sources.getFirst()));
      return ExitCode.DONE.number();
    }
    try (var opened = open(isWholeExport())) {
      show(opened);
    } catch (SourceException unusable) {
      if (view.json) {
        streams.out().println(Json.line(Unusable.of(unusable)));
      }
      throw unusable;
    }
    return ExitCode.DONE.number();
  }

  /// Returns whether it is a machine that is asked for, and not the files of a disk of one.
  private boolean isMachine() {
    return sources.size() == 1
        && MachineUri.isOne(sources.getFirst())
        && !view.extents
        && !view.map
        && sourceOptions.settings().identifying().isEmpty();
  }

  private void showMachine() throws IOException {
    var access = Access.ofHost(streams.person());
    var report = MachineReport.of(MachineUri.parse(sources.getFirst()), access);
    if (view.json) {
      streams.out().println(Json.line(report));
    } else {
      report.print(streams.out());
    }
  }

  /// What is no VMware disk is read on its own host; `sync` and its like start a blkdelta there.
  private void checkReadable() throws UsageException {
    for (var name : sources) {
      var location = Location.parse(name);
      if (FarSource.readsWhole(location, raw)) {
        throw new UsageException(
            "%s: of another machine's, only VMware disks are inspected from here; run there: blkdelta inspect %s"
                .formatted(name, location.path()));
      }
    }
  }

  /// A source that overflowed, is being merged or is damaged has a state too, and no list.
  private record Unusable(StreamReport.Health state) {

    static Unusable of(SourceException why) {
      return new Unusable(new StreamReport.Health(false, why.getMessage()));
    }
  }

  /// Returns whether it is a file by itself that is asked for, and not one that has a list of
  /// changes.
  private boolean isFile() throws IOException {
    var name = sources.getFirst();
    return sources.size() == 1
        && sourceOptions.settings().identifying().isEmpty()
        && !Location.parse(name).isRemote()
        && FileReport.isOne(Path.of(name))
        && (raw || !ChainFormat.isVirtualDisk(Path.of(name)));
  }

  /// Returns whether it is an export of an NBD server, without a list of changes.
  private boolean isWholeExport() {
    return Location.isExport(sources.getFirst())
        && sourceOptions.settings().identifying().isEmpty();
  }

  private void showFile(Path path) throws IOException {
    var report = FileReport.of(path, raw);
    if (view.extents || view.map) {
      showContent(report, path);
    } else if (report.format().equals(Optional.of(Format.CHANGE_STREAM))) {
      showStream(new StreamFile(path.toString(), streams));
    } else if (report.format().equals(Optional.of(Format.TAR))) {
      var file = new StreamFile(path.toString(), streams);
      print(report.with(archived(file), file.name()));
    } else if (report.format().filter(Format::isImage).isPresent()) {
      print(report.with(imaged()));
    } else {
      print(report);
    }
  }

  private void print(FileReport report) {
    if (view.json) {
      streams.out().println(Json.line(report.facts()));
    } else {
      report.print(streams.out());
    }
  }

  /// Looks for the disk that an archive is read as.
  private static FileReport.Contained archived(StreamFile file) throws IOException {
    try (var in = file.open()) {
      var disk = DiskStream.open(in, file, Optional.empty(), warning -> {});
      return FileReport.Contained.of(disk.header().volumeSize());
    } catch (SyncException none) {
      var why = SyncException.describe(none);
      return FileReport.Contained.none(why, none instanceof UsageException);
    }
  }

  /// Asks QEMU for the disk in an image.
  private FileReport.Contained imaged() {
    try (var opened = open(true)) {
      return FileReport.Contained.of(opened.changes().disk().size());
    } catch (IOException none) {
      return FileReport.Contained.none(SyncException.describe(none), false);
    }
  }

  private void showContent(FileReport report, Path path) throws IOException {
    if (report.isStream()) {
      showContent(new StreamFile(path.toString(), streams));
      return;
    }
    try (var opened = open(!report.isStore())) {
      show(opened);
    }
  }

  private void showContent(StreamFile file) throws IOException {
    try (var in = file.open()) {
      var stream = DiskStream.open(in, file, Optional.empty(), streams::warn);
      if (view.map) {
        HeatMap.of(stream, file.name(), stop::before, streams).print(streams.out());
      } else {
        ExtentList.print(stream, file.name(), stop::before, streams.out());
      }
    }
  }

  private void showStream(StreamFile file) throws IOException {
    try (var in = file.open()) {
      var stream = FrameSource.open(in, file.name());
      var report = StreamReport.of(stream, file.name(), stop::before);
      if (view.json) {
        streams.out().println(Json.line(report.facts()));
      } else {
        report.print(streams.out());
      }
      if (report.fault().isPresent()) {
        throw report.fault().get();
      }
    }
  }

  private OpenSource open(boolean isWhole) throws IOException {
    var wanted = new Sources.Wanted(sources, isWhole, sourceOptions.settings(), raw);
    return streams.sources(ssh.options(false)).open(wanted, SourceUse.ignored());
  }

  private void show(OpenSource opened) throws IOException {
    var changes = opened.changes();
    if (view.extents) {
      ExtentList.print(changes, streams.out());
    } else if (view.map) {
      HeatMap.of(changes, streams).print(streams.out());
    } else if (view.json) {
      streams.out().println(Json.line(opened.report().facts(Totals.of(changes))));
    } else {
      opened.report().print(streams.out(), Totals.of(changes));
    }
  }
}
