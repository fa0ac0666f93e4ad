package org.blkdelta.wire;

import java.io.OutputStream;
import java.util.List;

/// How what goes over a connection is compressed.
public sealed interface Packing {

  /// Not at all.
  record None() implements Packing {}

  /// Where that is quicker.
  record WhereItPays() implements Packing {}

  /// Always.
  ///
  /// @param level from [Zstandard#QUICKEST] to [Zstandard#DENSEST]
  record Always(int level) implements Packing {}

  /// Returns whether anything is compressed.
  default boolean isWanted() {
    return !(this instanceof None);
  }

  /// Returns what is written to in the place of `out`: that itself if nothing is compressed.
  default OutputStream before(OutputStream out) {
    return switch (this) {
      case None none -> out;
      case WhereItPays auto -> PackedOutput.whereItPays(out, System::nanoTime);
      case Always always -> PackedOutput.always(out, always.level());
    };
  }

  /// Returns it as words for a remote command line that sends.
  default List<String> words() {
    return switch (this) {
      case None none -> List.of();
      case WhereItPays auto -> List.of("--compress=auto");
      case Always always -> List.of("--compress=" + always.level());
    };
  }
}
