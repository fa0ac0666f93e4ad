package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.PrintStream;
import org.blkdelta.extent.Totals;
import org.blkdelta.thin.Fullness;
import org.blkdelta.thin.ThinSource.State;
import org.blkdelta.thin.ThinSource.Volume;

/// What there is to say about two volumes of a thin pool.
record ThinReport(State state) implements SourceReport {

  @Override
  public JsonObject json(Totals totals) {
    var object = new JsonObject();
    object.addProperty("format", "dm-thin");
    object.addProperty("blockSize", state.blockSize());
    object.addProperty("extents", totals.extents());
    object.addProperty("bytes", totals.bytes());
    object.addProperty("zeroBytes", totals.zeroBytes());
    object.addProperty("sourceSize", state.newer().size());
    object.addProperty("snapshotSize", state.older().size());
    object.addProperty("sharedBlocks", state.sharedBlocks());
    object.add("from", volume(state.older()));
    object.add("to", volume(state.newer()));
    object.addProperty("nodesRead", state.nodesRead());
    var health = new JsonObject();
    health.addProperty("valid", true);
    health.addProperty("pool", state.pool());
    health.addProperty("transaction", state.transaction());
    health.addProperty("dataUsed", state.data().usedBlocks());
    health.addProperty("dataTotal", state.data().totalBlocks());
    health.addProperty("metadataUsed", state.metadata().usedBlocks());
    health.addProperty("metadataTotal", state.metadata().totalBlocks());
    object.add("state", health);
    return object;
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
      out.printf("sizes:     the older has %d bytes, the newer %d%n", older.size(), newer.size());
    }
    out.printf("pool:      %s, transaction %d%n", state.pool(), state.transaction());
    out.printf("data:      %s%n", text(state.data()));
    out.printf("metadata:  %s%n", text(state.metadata()));
  }

  private static JsonObject volume(Volume volume) {
    var object = new JsonObject();
    object.addProperty("id", volume.id());
    object.addProperty("mappedBlocks", volume.mappedBlocks());
    return object;
  }

  private static String text(Fullness fullness) {
    return "%d of %d blocks used (%.1f%%)"
        .formatted(fullness.usedBlocks(), fullness.totalBlocks(), 100 * fullness.share());
  }
}
