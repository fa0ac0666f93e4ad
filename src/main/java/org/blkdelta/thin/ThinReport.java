package org.blkdelta.thin;

import java.io.PrintStream;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.SourceReport;
import org.blkdelta.extent.StoreUsage;
import org.blkdelta.extent.Totals;
import org.blkdelta.thin.ThinSource.State;
import org.blkdelta.thin.ThinSource.Volume;

/// What there is to say about two volumes of a thin pool.
record ThinReport(State state) implements SourceReport {

  private record Facts(
      String format,
      long blockSize,
      long extents,
      long bytes,
      long zeroBytes,
      long sourceSize,
      long snapshotSize,
      long sharedBlocks,
      VolumeFacts from,
      VolumeFacts to,
      long nodesRead,
      Health state) {}

  private record VolumeFacts(long id, long mappedBlocks) {

    static VolumeFacts of(Volume volume) {
      return new VolumeFacts(volume.id(), volume.mappedBlocks());
    }
  }

  private record Health(
      boolean valid,
      String pool,
      long transaction,
      long dataUsed,
      long dataTotal,
      long metadataUsed,
      long metadataTotal) {}

  @Override
  public Object facts(Totals totals) {
    return new Facts(
        "dm-thin",
        state.blockSize(),
        totals.extents(),
        totals.bytes(),
        totals.zeroBytes(),
        state.newer().size(),
        state.older().size(),
        state.sharedBlocks(),
        VolumeFacts.of(state.older()),
        VolumeFacts.of(state.newer()),
        state.nodesRead(),
        new Health(
            true,
            state.pool(),
            state.transaction(),
            state.data().used(),
            state.data().total(),
            state.metadata().used(),
            state.metadata().total()));
  }

  @Override
  public void print(PrintStream out, Totals totals) {
    var older = state.older();
    var newer = state.newer();
    out.printf("format:    dm-thin, blocks of %s%n", Sizes.binary(state.blockSize()));
    out.printf(
        "changed:   %s of %s (%.2f%%) in %s, %s of it zeros%n",
        Sizes.binary(totals.bytes()),
        Sizes.binary(newer.size()),
        newer.size() == 0 ? 0.0 : 100.0 * totals.bytes() / newer.size(),
        Sizes.count(totals.extents(), "extent"),
        Sizes.binary(totals.zeroBytes()));
    out.printf(
        "volumes:   id %d with %d blocks, id %d with %d; %d are shared%n",
        older.id(), older.mappedBlocks(), newer.id(), newer.mappedBlocks(), state.sharedBlocks());
    if (older.size() != newer.size()) {
      out.printf(
          "sizes:     the older has %s, the newer %s%n",
          Sizes.exact(older.size()), Sizes.exact(newer.size()));
    }
    out.printf("pool:      %s, transaction %d%n", state.pool(), state.transaction());
    out.printf("data:      %s%n", text(state.data()));
    out.printf("metadata:  %s%n", text(state.metadata()));
  }

  private static String text(StoreUsage fullness) {
    return "%d of %d blocks used (%.1f%%)"
        .formatted(fullness.used(), fullness.total(), 100 * fullness.share());
  }
}
