package org.blkdelta.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.run.InspectRun;
import org.blkdelta.run.Stop;
import org.blkdelta.source.Formats;
import org.blkdelta.source.Sources;
import org.blkdelta.usage.Usage;
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

    private InspectRun.View chosen() {
      if (extents) {
        return InspectRun.View.EXTENTS;
      }
      if (map) {
        return InspectRun.View.MAP;
      }
      return json ? InspectRun.View.JSON : InspectRun.View.SUMMARY;
    }
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
    var wanted = new Sources.Wanted(sources, false, sourceOptions.settings(), raw);
    new InspectRun(wanted, view.chosen(), ssh.options(false), streams, stop).run();
    return ExitCode.DONE.number();
  }
}
