package org.blkdelta.extent;

import java.io.IOException;
import java.util.List;

/// A kind of source: how it is recognized, which options it has, and how it is opened.
public interface SourceFormat {

  /// Returns what messages call such a source: "a thin volume".
  String words();

  /// Returns what to say in the place of an option that such a source does not have; nothing if
  /// there is no general advice.
  default String advice() {
    return "";
  }

  /// Returns the options that say how one is read.
  List<SourceOption> options();

  /// Returns whether a source is one, by what the user said and by what it is. No format that is
  /// asked before took it.
  ///
  /// @throws org.blkdelta.failure.SourceException if that cannot be found out
  boolean isOne(SourceRequest request) throws IOException;

  /// Returns whether each list of changes from a generation has all that an earlier one had, and
  /// maybe more.
  default boolean isGrowingFrom(Generation base) {
    return false;
  }

  /// Opens one; the caller closes it.
  OpenSource open(SourceRequest request) throws IOException;
}
