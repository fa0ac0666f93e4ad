package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.PrintStream;
import org.blkdelta.extent.Totals;
import org.blkdelta.lvm.SnapshotSource;

/// What there is to say about a classic snapshot.
record SnapshotReport(SnapshotSource source) implements SourceReport {

  @Override
  public JsonObject json(Totals totals) {
    var state = source.state();
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

  @Override
  public void print(PrintStream out, Totals totals) {
    var state = source.state();
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
