package org.blkdelta.lvm;

import java.io.PrintStream;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.SourceReport;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.extent.Totals;
import org.jspecify.annotations.Nullable;

/// What there is to say about a classic snapshot.
///
/// @param snapshot says what it is like
/// @param clock that of the host that made it
public record SnapshotReport(Supplier<SnapshotSource.State> snapshot, InstantSource clock)
    implements SourceReport {

  /// The header and the first area of metadata, which the kernel counts as used from the start.
  private static final int FIRST_CHUNKS = 2;

  /// An entry of a store's metadata: two numbers of 8 bytes.
  private static final int ENTRY_SIZE = 16;

  /// A younger snapshot has no average yet.
  private static final long MIN_AGE_SECONDS = 60;

  private record Facts(
      String format,
      long chunkSize,
      long chunks,
      long extents,
      long bytes,
      long sourceSize,
      long snapshotSize,
      Health state) {}

  /// The store; how full it is only of an active snapshot, and the last two only if they are known.
  private record Health(
      boolean valid,
      boolean overflowed,
      long storeSize,
      @Nullable Long storeUsed,
      @Nullable Double fuel,
      @Nullable Long ageSeconds,
      @Nullable Long secondsToFull) {}

  @Override
  public Object facts(Totals totals) {
    var state = snapshot.get();
    return new Facts(
        "dm-snapshot",
        state.chunkSize(),
        state.chunks(),
        totals.extents(),
        totals.bytes(),
        state.sourceSize(),
        state.snapshotSize(),
        health(state));
  }

  private Health health(SnapshotSource.State state) {
    if (state.usedBytes().isEmpty()) {
      return new Health(true, state.overflowed(), state.storeBytes(), null, null, null, null);
    }
    var age = ageSeconds(state);
    var fuel = fuel(state, age);
    return new Health(
        true,
        state.overflowed(),
        state.storeBytes(),
        fuel.used(),
        fuel.roundedShare(),
        orNull(age),
        orNull(fuel.secondsToFull()));
  }

  private static @Nullable Long orNull(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
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
          "sizes:     the snapshot has %s, the source %s%n",
          Sizes.exact(state.snapshotSize()), Sizes.exact(state.sourceSize()));
    }
    out.printf("snapshot:  valid%s%n", state.overflowed() ? ", overflowed by its own writes" : "");
    if (state.usedBytes().isPresent()) {
      print(out, state);
    }
  }

  private void print(PrintStream out, SnapshotSource.State state) {
    var age = ageSeconds(state);
    var fuel = fuel(state, age);
    boolean isEnough = holdsEveryChunk(state);
    out.printf(
        "store:     %s of %s used (%.1f%%); %s%n",
        Sizes.binary(fuel.used()),
        Sizes.binary(fuel.total()),
        100 * fuel.share(),
        isEnough ? "it cannot overflow" : "at 100% the snapshot is lost");
    if (!isEnough && fuel.secondsToFull().isPresent()) {
      out.printf(
          "full in:   %s at the average rate of the %s since it was made%n",
          Sizes.duration(fuel.secondsToFull().getAsLong()), Sizes.duration(age.orElse(0)));
    }
  }

  /// Returns whether the store has room for every chunk of the volume, a header, and the metadata:
  /// as many chunks as areas are begun, one of which is kept ready.
  private static boolean holdsEveryChunk(SnapshotSource.State state) {
    long chunks = Math.ceilDiv(state.snapshotSize(), state.chunkSize());
    long areas = chunks / (state.chunkSize() / ENTRY_SIZE) + 1;
    return state.storeBytes() / state.chunkSize() >= 1 + areas + chunks;
  }

  /// Returns how full the store is, and how long the rest lasts at the average rate since the
  /// snapshot was made.
  private static StoreUsage fuel(SnapshotSource.State state, OptionalLong age) {
    long used = state.usedBytes().orElse(0);
    long grown = used - FIRST_CHUNKS * state.chunkSize();
    return StoreUsage.of(used, Math.max(1, state.storeBytes()), grown, (double) age.orElse(0));
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
