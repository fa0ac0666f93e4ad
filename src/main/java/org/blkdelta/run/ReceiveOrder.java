package org.blkdelta.run;

import java.util.ArrayList;
import java.util.List;
import org.blkdelta.destination.Treatment;

/// What `blkdelta receive`, the far end of a run that sends, is asked for.
///
/// @param destination how the destination is treated
/// @param compares whether it only is compared
/// @param readsBack whether it is compared with what a run wrote, and a difference makes it
///     incomplete
/// @param isPacked whether what comes is compressed
public record ReceiveOrder(
    Treatment destination, boolean compares, boolean readsBack, boolean isPacked) {

  /// Asks for changes to be written.
  static ReceiveOrder writing(Treatment destination, boolean isPacked) {
    return new ReceiveOrder(destination, false, false, isPacked);
  }

  /// Asks for a comparison.
  ///
  /// @param ofRun whether it is with what a run wrote
  static ReceiveOrder comparing(Treatment destination, boolean ofRun) {
    return new ReceiveOrder(destination, !ofRun, ofRun, false);
  }

  /// Returns whether nothing is written.
  public boolean isComparison() {
    return compares || readsBack;
  }

  /// Returns the whole command line of a receiver.
  ///
  /// @param path of the destination, or the URI of an export
  public List<String> words(String path) {
    var words = new ArrayList<>(List.of("receive"));
    words.addAll(destination.words());
    if (compares) {
      words.add("--compare");
    }
    if (readsBack) {
      words.add("--read-back");
    }
    if (isPacked) {
      words.add("--packed");
    }
    words.addAll(List.of("--", path));
    return words;
  }
}
