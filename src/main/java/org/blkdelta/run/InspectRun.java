package org.blkdelta.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.ExtentList;
import org.blkdelta.report.FileReport;
import org.blkdelta.report.HeatMap;
import org.blkdelta.report.Json;
import org.blkdelta.report.StreamReport;
import org.blkdelta.report.Streams;
import org.blkdelta.source.Format;
import org.blkdelta.source.SourceUse;
import org.blkdelta.source.Sources;
import org.blkdelta.vmdk.ChainFormat;
import org.blkdelta.vsphere.Access;
import org.blkdelta.vsphere.MachineReport;
import org.blkdelta.vsphere.MachineUri;
import org.blkdelta.wire.FrameSource;

/// Says what a source is and what changed in it, or what a file or a machine is. It writes nothing.
///
/// @param wanted the source, or a file by itself
/// @param view what is shown
/// @param ssh how the host of a VMware disk is reached
/// @param stop what a signal asks of it
public record InspectRun(
    Sources.Wanted wanted, View view, SshOptions ssh, Streams streams, Stop stop) {

  /// One way to show it.
  public enum View {
    /// For people.
    SUMMARY,
    /// One JSON object.
    JSON,
    /// A line for each run of changed bytes.
    EXTENTS,
    /// The volume, darker where more of it changed.
    MAP
  }

  /// Shows it.
  ///
  /// @throws SourceException if its list of changes cannot be used, which was shown, too
  public void run() throws IOException {
    checkReadable();
    if (isMachine()) {
      showMachine();
      return;
    }
    if (isFile()) {
      showFile(Path.of(name()));
      return;
    }
    try (var opened = open(isWholeExport())) {
      show(opened);
    } catch (SourceException unusable) {
      if (view == View.JSON) {
        streams.out().println(Json.line(Unusable.of(unusable)));
      }
      throw unusable;
    }
  }

  private String name() {
    return wanted.names().getFirst();
  }

  private boolean isAlone() {
    return wanted.names().size() == 1 && wanted.settings().identifying().isEmpty();
  }

  private boolean showsContent() {
    return view == View.EXTENTS || view == View.MAP;
  }

  /// Returns whether it is a machine that is asked for, and not the files of a disk of one.
  private boolean isMachine() {
    return isAlone() && MachineUri.isOne(name()) && !showsContent();
  }

  private void showMachine() throws IOException {
    var access = Access.ofHost(streams.person());
    var report = MachineReport.of(MachineUri.parse(name()), access);
    if (view == View.JSON) {
      streams.out().println(Json.line(report));
    } else {
      report.print(streams.out());
    }
  }

  /// What is no VMware disk is read on its own host; `sync` and its like start a blkdelta there.
  private void checkReadable() throws UsageException {
    for (var name : wanted.names()) {
      var location = Location.parse(name);
      if (FarSource.readsWhole(location, wanted.isRaw())) {
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
    return isAlone()
        && !Location.parse(name()).isRemote()
        && FileReport.isOne(Path.of(name()))
        && (wanted.isRaw() || !ChainFormat.isVirtualDisk(Path.of(name())));
  }

  /// Returns whether it is an export of an NBD server, without a list of changes.
  private boolean isWholeExport() {
    return Location.isExport(name()) && wanted.settings().identifying().isEmpty();
  }

  private void showFile(Path path) throws IOException {
    var report = FileReport.of(path, wanted.isRaw());
    if (showsContent()) {
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
    if (view == View.JSON) {
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
      if (view == View.MAP) {
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
      if (view == View.JSON) {
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
    var asked = new Sources.Wanted(wanted.names(), isWhole, wanted.settings(), wanted.isRaw());
    return streams.sources(ssh).open(asked, SourceUse.ignored());
  }

  private void show(OpenSource opened) throws IOException {
    var changes = opened.changes();
    switch (view) {
      case EXTENTS -> ExtentList.print(changes, streams.out());
      case MAP -> HeatMap.of(changes, streams).print(streams.out());
      case JSON -> streams.out().println(Json.line(opened.report().facts(Totals.of(changes))));
      case SUMMARY -> opened.report().print(streams.out(), Totals.of(changes));
    }
  }
}
