package org.blkdelta.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.destination.StateStore;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Location;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.StateReport;
import org.blkdelta.report.Streams;
import org.blkdelta.usage.Usage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `blkdelta state`.
@Usage(
    common = {"--all", "--forget", "--json"},
    exits = {ExitCode.DONE, ExitCode.REFUSED, ExitCode.INCOMPLETE, ExitCode.UNCONFIRMED},
    onlyLooks = true)
@Command(
    name = "state",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Show or forget what is remembered of destinations",
    description = {
      "Shows what this host remembers of the devices and files that blkdelta has written: which state"
          + " of which volume each holds, or is on the way to. It is kept in /var/lib/blkdelta, or in"
          + " the folder that the variable BLKDELTA_STATE names; users who may not write there have"
          + " their own in ~/.local/state/blkdelta.",
      "",
      "Destinations that are gone are listed too, under the path that they had. What is forgotten is"
          + " not known any more: the next delta is compared by a sample only.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  blkdelta state /dev/vg0/web",
      "  blkdelta state --all",
      "  blkdelta state --json --all",
      "  blkdelta state --forget /dev/vg0/web",
    })
final class StateCommand implements Callable<Integer> {

  @Parameters(
      arity = "0..1",
      paramLabel = "DEST",
      description =
          "A device or file of this host, or where one was, or the URI of an NBD export. Without it: all.")
  @Nullable String destination;

  @Option(names = "--all", description = "Show all that is remembered.")
  boolean all;

  @Option(
      names = "--forget",
      description = {
        "Forget DEST or, with --all, every destination.",
        "What is remembered is removed. No destination is changed by that."
      })
  boolean forget;

  @Option(
      names = "--json",
      description = {
        "Print one JSON object.",
        "It has version (1), folder, and destinations, a list. Each has file, and"
            + " either trouble (why the file is not believed) or destination (what identifies it),"
            + " path, since, found (here, replaced, absent or, of an export, unknown) and state with words, complete, whole,"
            + " durableUpTo, undo (the runs that can be undone), and base, result and lastRun where"
            + " they are known."
      })
  boolean json;

  private final Streams streams;

  StateCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    if (all && destination != null) {
      throw new UsageException("--all is every destination; name one, or leave --all");
    }
    if (forget && !all && destination == null) {
      throw new UsageException("name what to forget, or all of it by --all");
    }
    if (destination != null) {
      var named = Location.parse(destination.toString());
      if (named.isRemote()) {
        throw new UsageException(
            "%s: what is remembered of it is on that machine; run there: blkdelta state %s"
                .formatted(named, named.path()));
      }
    }
    var entries = entries();
    if (forget) {
      for (var entry : entries) {
        streams.memory().forget(entry);
      }
    }
    print(entries.stream().map(StateReport::of).toList());
    return ExitCode.DONE.number();
  }

  private List<StateStore.Entry> entries() throws IOException {
    return destination == null
        ? streams.memory().all()
        : streams.destinations().remembered(DestinationName.of(destination));
  }

  private void print(List<StateReport> reports) {
    var folder = streams.memory().folder().toAbsolutePath();
    if (json) {
      streams.out().println(StateReport.json(folder, reports));
      return;
    }
    if (reports.isEmpty()) {
      streams.out().println((destination == null ? folder : destination) + ": nothing remembered");
    }
    for (var report : reports) {
      streams.out().println(report.text());
      if (forget) {
        streams.out().println("  forgotten");
      }
    }
  }
}
