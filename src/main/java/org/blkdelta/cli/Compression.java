package org.blkdelta.cli;

import java.util.Iterator;
import java.util.List;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.wire.Packing;
import org.blkdelta.wire.Zstandard;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Whether, and how, what is sent is compressed.
@Command(optionListHeading = "Connection:")
final class Compression {

  private static final String WHERE_IT_PAYS = "auto";

  /// What a shell offers: the usual way, and the quickest, zstd's own and the densest level.
  static final class Ways implements Iterable<String> {

    @Override
    public Iterator<String> iterator() {
      return List.of(WHERE_IT_PAYS, "1", "3", "19").iterator();
    }
  }

  @Option(names = "-z", description = "Compress if that is quicker (--compress=auto).")
  boolean isWhereItPays;

  @Option(
      names = "--compress",
      paramLabel = "HOW",
      completionCandidates = Ways.class,
      description = {
        "Compress by zstd: auto, or a level from 1 to 19.",
        "auto compresses quickly, and not if that takes longer than sending what it saves; level 1 is the quickest. Without it nothing is compressed: a network of 1 Gbit/s gains from it if the content can be compressed, a faster one hardly. It does nothing if both ends are here."
      })
  @Nullable String how;

  /// Returns how what is sent is compressed. Finds out whether that can be done before anything
  /// else is.
  Packing packing() throws SyncException {
    if (!isWhereItPays && how == null) {
      return new Packing.None();
    }
    var packing =
        how == null || how.equals(WHERE_IT_PAYS) ? new Packing.WhereItPays() : always(how);
    Zstandard.load();
    return packing;
  }

  private static Packing always(String level) throws UsageException {
    boolean isNumber = level.matches("[1-9][0-9]?");
    if (!isNumber || Integer.parseInt(level) > Zstandard.DENSEST) {
      throw new UsageException(
          "--compress=%s: write auto, or a level from %d to %d"
              .formatted(level, Zstandard.QUICKEST, Zstandard.DENSEST));
    }
    return new Packing.Always(Integer.parseInt(level));
  }
}
