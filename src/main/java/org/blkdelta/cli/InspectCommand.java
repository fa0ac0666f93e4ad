package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.SourceException;
import org.blkdelta.lvm.SnapshotSource;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `blkdelta inspect`.
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Say what changed since a snapshot was taken",
    description = {
      "Says how much of a volume changed since a snapshot of it was taken, and where; whether the"
          + " snapshot is still valid, and how full its exception store is. It writes nothing, and"
          + " can run at any time.",
      "",
      "A snapshot whose store is full is lost: the list is incomplete, and the exit code is 4. Make"
          + " it larger in time (lvextend).",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  blkdelta inspect vg0/web-pre",
      "  blkdelta inspect --map vg0/web-pre",
      "  blkdelta inspect --json vg0/web-pre",
      "  blkdelta inspect --extents --origin web.img web-cow.img",
    })
final class InspectCommand implements Callable<Integer> {

  /// One way to show it.
  static final class View {
    @Option(
        names = "--json",
        description =
            "Print one JSON object: format, chunkSize, chunks, extents, bytes, sourceSize,"
                + " snapshotSize, and state with valid, overflowed, storeSize, and for an active"
                + " snapshot storeUsed and fuel (how full the store is, 0 to 1). Sizes are bytes.")
    boolean json;

    @Option(
        names = "--extents",
        description =
            "Print a line OFFSET LENGTH data|zero for each run of changed bytes: in bytes, ascending,"
                + " neighbours joined, clipped to the volume.")
    boolean extents;

    @Option(names = "--map", description = "Draw the volume, darker where more of it changed.")
    boolean map;
  }

  @Mixin SourceOptions source;

  @ArgGroup(exclusive = true, heading = "What to print, instead of a summary (one of these):")
  View view = new View();

  private final Streams streams;

  InspectCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    try (var changes = Sources.open(source, streams::warn)) {
      show(changes);
    } catch (SourceException unusable) {
      if (view.json) {
        streams.out().println(unusable(unusable));
      }
      throw unusable;
    }
    return ExitCode.DONE.number();
  }

  private void show(SnapshotSource changes) throws IOException {
    if (view.extents) {
      extents(changes);
    } else if (view.map) {
      HeatMap.of(changes, streams).print(streams.out());
    } else if (view.json) {
      streams.out().println(json(changes.state(), Totals.of(changes)));
    } else {
      text(changes.state(), Totals.of(changes));
    }
  }

  /// A snapshot that overflowed, is being merged or is damaged has a state too, and no list.
  private static JsonObject unusable(SourceException why) {
    var health = new JsonObject();
    health.addProperty("valid", false);
    health.addProperty("reason", why.getMessage());
    var object = new JsonObject();
    object.addProperty("format", "dm-snapshot");
    object.add("state", health);
    return object;
  }

  private void extents(SnapshotSource changes) throws IOException {
    PrintStream out = streams.out();
    changes.changes(
        extent ->
            out.println(
                extent.offset()
                    + " "
                    + extent.length()
                    + " "
                    + extent.kind().name().toLowerCase(Locale.ROOT)));
  }

  private static JsonObject json(SnapshotSource.State state, Totals totals) {
    var object = new JsonObject();
    object.addProperty("format", "dm-snapshot");
    object.addProperty("chunkSize", state.chunkSize());
    object.addProperty("chunks", state.chunks());
    object.addProperty("extents", totals.extents());
    object.addProperty("bytes", totals.bytes());
    object.addProperty("sourceSize", state.sourceSize());
    object.addProperty("snapshotSize", state.snapshotSize());
    var health = new JsonObject();
    health.addProperty("valid", true);
    health.addProperty("overflowed", state.overflowed());
    health.addProperty("storeSize", state.storeBytes());
    if (state.usedBytes().isPresent()) {
      health.addProperty("storeUsed", state.usedBytes().getAsLong());
      health.addProperty("fuel", fuel(state));
    }
    object.add("state", health);
    return object;
  }

  private void text(SnapshotSource.State state, Totals totals) {
    var out = streams.out();
    out.printf("format:    dm-snapshot, chunks of %s%n", Sizes.binary(state.chunkSize()));
    out.printf(
        "changed:   %s of %s (%.2f%%), %d chunks in %d extents%n",
        Sizes.binary(totals.bytes()),
        Sizes.binary(state.sourceSize()),
        state.sourceSize() == 0 ? 0.0 : 100.0 * totals.bytes() / state.sourceSize(),
        state.chunks(),
        totals.extents());
    if (state.sourceSize() != state.snapshotSize()) {
      out.printf(
          "sizes:     the snapshot has %d bytes, the source %d%n",
          state.snapshotSize(), state.sourceSize());
    }
    out.printf("snapshot:  valid%s%n", state.overflowed() ? ", overflowed by its own writes" : "");
    if (state.usedBytes().isPresent()) {
      out.printf(
          "store:     %s of %s used (%.1f%%); at 100%% the snapshot is lost%n",
          Sizes.binary(state.usedBytes().getAsLong()),
          Sizes.binary(state.storeBytes()),
          100 * fuel(state));
    }
  }

  /// Returns how full the store is, 0 to 1.
  private static double fuel(SnapshotSource.State state) {
    double share = (double) state.usedBytes().orElse(0) / Math.max(1, state.storeBytes());
    return Math.round(share * 10_000) / 10_000.0;
  }
}
