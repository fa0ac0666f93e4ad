package org.blkdelta.extent;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.blkdelta.failure.SourceException;

/// Files that are named like raw disks, whose bytes are a guest's. A guest can write there what
/// makes its disk an image, or a descriptor, of any other file; so the name is not overruled by the
/// bytes, as it is elsewhere.
public final class RawNames {

  private static final List<String> ENDS = List.of(".img", ".raw", "-flat.vmdk");

  private RawNames() {}

  /// Refuses such a file, which is about to be read as something else.
  ///
  /// @param words what it begins like
  /// @param end how files are named that are such
  /// @throws SourceException if it is named like a raw disk
  public static void check(Path file, String words, String end) throws SourceException {
    var name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    if (ENDS.stream().anyMatch(name::endsWith)) {
      throw new SourceException(
          "%s: is named like a raw disk, and begins like %s, as a guest can make it; if it is one, name a link %s to it; if not: --raw"
              .formatted(file, words, end));
    }
  }
}
