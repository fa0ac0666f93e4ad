package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.blkdelta.extent.Fuel;
import org.blkdelta.extent.Totals;
import org.blkdelta.lvm.SnapshotSource;

/// What there is to say about a classic snapshot.
///
/// @param snapshot says what it is like
/// @param clock that of the host that made it
record SnapshotReport(Supplier<SnapshotSource.State> snapshot, InstantSource clock)
    implements SourceReport {

  /// The header and the first area of metadata, which the kernel counts as used from the start.
  private static final int FIRST_CHUNKS = 2;

  /// A younger snapshot has no average yet.
  private static final long MIN_AGE_SECONDS = 60;

  @Override
  public JsonObject json(Totals totals) {
    var state = snapshot.get();
    var object = new JsonObject();
    object.addProperty("format", "dm-snapshot");
    object.addProperty("chunkSize", state.chunkSize());
    object.addProperty("chunks", state.chunks());
    object.addProperty("extents", totals.extents());
    object.addProperty("bytes", totals.bytes());
    object.addProperty("sourceSize", state.sourceSize());
    object.addProperty("snapshotSize", state.snapshotSize());
    object.add("state", health(state));
    return object;
  }

  private JsonObject health(SnapshotSource.State state) {
    var health = new JsonObject();
    health.addProperty("valid", true);
    health.addProperty("overflowed", state.overflowed());
    health.addProperty("storeSize", state.storeBytes());
    if (state.usedBytes().isPresent()) {
      var age = ageSeconds(state);
      var fuel = fuel(state, age);
      health.addProperty("storeUsed", fuel.usedBytes());
      health.addProperty("fuel", fuel.roundedShare());
      age.ifPresent(seconds -> health.addProperty("ageSeconds", seconds));
      fuel.secondsToFull().ifPresent(seconds -> health.addProperty("secondsToFull", seconds));
    }
    return health;
  }

  @Override
  public void print(PrintStream out, Totals totals) {
    var state = snapshot.get();
    out.printf("format:    dm-snapshot, chunks of %s%n", Sizes.binary(state.chunkSize()));
    out.printf(
        "changed:   %s of %s (%.2f%%), %s in %s%n",
        Sizes.binary(totals.bytes()),
        Sizes.binary(state.sourceSize()),
        state.sourceSize() == 0 ? 0.0 : 100.0 * totals.bytes() / state.sourceSize(),
        Sizes.count(state.chunks(), "chunk"),
        Sizes.count(totals.extents(), "extent"));
    if (state.sourceSize() != state.snapshotSize()) {
      out.printf(
          "sizes:     the snapshot has %d bytes, the source %d%n",
          state.snapshotSize(), state.sourceSize());
    }
    out.printf("snapshot:  valid%s%n", state.overflowed() ? ", overflowed by its own writes" : "");
    if (state.usedBytes().isPresent()) {
      print(out, state);
    }
  }

  private void print(PrintStream out, SnapshotSource.State state) {
    var age = ageSeconds(state);
    var fuel = fuel(state, age);
    out.printf(
        "store:     %s of %s used (%.1f%%); at 100%% the snapshot is lost%n",
        Sizes.binary(fuel.usedBytes()), Sizes.binary(fuel.totalBytes()), 100 * fuel.share());
    if (fuel.secondsToFull().isPresent()) {
      out.printf(
          "full in:   %s at the average rate of the %s since it was made%n",
          Sizes.duration(fuel.secondsToFull().getAsLong()), Sizes.duration(age.orElse(0)));
    }
  }

  /// Returns how full the store is, and how long the rest lasts at the average rate since the
  /// snapshot was made.
  private static Fuel fuel(SnapshotSource.State state, OptionalLong age) {
    long used = state.usedBytes().orElse(0);
    long grown = used - FIRST_CHUNKS * state.chunkSize();
    return Fuel.of(used, Math.max(1, state.storeBytes()), grown, (double) age.orElse(0));
  }

  /// Returns how old the snapshot is; empty if that is unknown, too little, or cannot be.
  private OptionalLong ageSeconds(SnapshotSource.State state) {
    long now = clock.instant().getEpochSecond();
    return state.createdSeconds().isEmpty()
            || now - state.createdSeconds().getAsLong() < MIN_AGE_SECONDS
        ? OptionalLong.empty()
        : OptionalLong.of(now - state.createdSeconds().getAsLong());
  }
}
