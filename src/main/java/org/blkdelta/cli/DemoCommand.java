package org.blkdelta.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.zip.GZIPInputStream;
import org.blkdelta.destination.StateStore;
import org.blkdelta.destination.Treatment;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.lvm.SnapshotSource;
import org.blkdelta.remote.FarCommand;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.LoopbackServer;
import org.blkdelta.remote.ShellWords;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.HeatMap;
import org.blkdelta.report.Outcome;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Far;
import org.blkdelta.run.Run;
import org.blkdelta.run.Stop;
import org.blkdelta.run.Transfer;
import org.blkdelta.run.Wire;
import org.blkdelta.usage.Usage;
import picocli.CommandLine.Command;

/// `blkdelta demo`.
@Usage(
    exits = {
      ExitCode.DONE,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.CONNECTION,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED
    })
@Command(
    name = "demo",
    abbreviateSynopsis = true,
    header = "Show the main job on a sample, without root and without devices",
    description = {
      "Shows the main job on a sample: a volume, the exception store that a real kernel wrote while"
          + " it changed, and a copy from before. It syncs the copy over SSH, through a server of its"
          + " own on the loopback address, compares, and removes everything. It needs no root and"
          + " touches no device.",
    },
    footerHeading = "%nExample:%n",
    footer = "  blkdelta demo")
final class DemoCommand implements Callable<Integer> {

  private final Streams streams;

  DemoCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    var scratch = Files.createTempDirectory("blkdelta-demo-");
    try {
      run(scratch);
    } finally {
      delete(scratch);
    }
    return ExitCode.DONE.number();
  }

  private void run(Path scratch) throws IOException {
    var out = streams.out();
    var origin = unpack("after.img", scratch.resolve("web.img"));
    var store = unpack("store.img", scratch.resolve("web-cow.img"));
    var copy = unpack("before.img", scratch.resolve("copy.img"));
    out.printf("A volume of %s, and a copy of it from before.%n", Sizes.binary(Files.size(origin)));
    try (var source =
        SnapshotSource.ofStore(
            store, origin, OptionalLong.empty(), Optional.empty(), any -> {}, streams::warn)) {
      var totals = Totals.of(source);
      out.printf(
          "The snapshot's exception store lists %s: %s in %s.%n%n",
          Sizes.count(source.state().chunks(), "changed chunk"),
          Sizes.binary(totals.bytes()),
          Sizes.count(totals.extents(), "extent"));
      HeatMap.of(source, streams).print(out);
      var outcome = sync(source, copy);
      out.printf("%nOver SSH: %s%n", outcome.at("").text());
    }
    if (Files.mismatch(origin, copy) != -1) {
      throw new IncompleteException("demo: the copy differs from the volume; please report this");
    }
    out.println("Compared: the copy is the volume, byte for byte.");
  }

  private Outcome sync(SnapshotSource source, Path copy) throws IOException {
    var memory = new StateStore(copy.resolveSibling("state"));
    try (var server =
        LoopbackServer.start((line, in, out, err) -> receive(line, memory, in, out, err))) {
      var location = new Location(Optional.of(server.host()), copy.toString());
      var run = Run.unrecorded(new Reporter(streams, Reporting.QUIET), new Stop());
      var far = new Far(server.options(), FarCommand.USUAL);
      return new Transfer(run, Treatment.USUAL, Wire.USUAL).send(source, location, far);
    }
  }

  /// Is the far end: runs `blkdelta receive …` as a remote shell would.
  private int receive(
      String commandLine, StateStore memory, InputStream in, OutputStream out, OutputStream err)
      throws IOException {
    var words = ShellWords.split(commandLine);
    try (var complained = new PrintStream(err, true, streams.err().charset())) {
      var remote = new Streams(in, out, complained, memory);
      return new CommandLines(remote, new Stop()).run(words.subList(1, words.size()));
    }
  }

  private static Path unpack(String name, Path file) throws IOException {
    try (var packed = DemoCommand.class.getResourceAsStream("demo/" + name + ".gz")) {
      if (packed == null) {
        throw new IllegalStateException("the sample " + name + " is not in the program's jar");
      }
      try (var plain = new GZIPInputStream(packed)) {
        Files.copy(plain, file);
      }
    }
    return file;
  }

  private static void delete(Path scratch) throws IOException {
    try (var files = Files.walk(scratch)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
