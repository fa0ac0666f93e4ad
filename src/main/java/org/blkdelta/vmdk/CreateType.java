package org.blkdelta.vmdk;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.blkdelta.failure.SourceException;

/// The kinds of disks, and which extents each may have. The extents decide; a kind that contradicts
/// them is a sign of a wrong descriptor.
final class CreateType {

  private static final Set<ExtentType> SPARSE = EnumSet.of(ExtentType.SPARSE);

  /// FLAT and VMFS are the same bytes. Descriptors that are written by hand, or by other tools, use
  /// either word.
  private static final Set<ExtentType> FLAT =
      EnumSet.of(ExtentType.FLAT, ExtentType.VMFS, ExtentType.ZERO);

  private static final Set<ExtentType> RDM = EnumSet.of(ExtentType.VMFSRDM);

  private static final Map<String, Set<ExtentType>> KINDS =
      Map.ofEntries(
          Map.entry("monolithicsparse", SPARSE),
          Map.entry("twogbmaxextentsparse", SPARSE),
          Map.entry("2gbmaxextentsparse", SPARSE),
          Map.entry("streamoptimized", SPARSE),
          Map.entry("monolithicflat", FLAT),
          Map.entry("twogbmaxextentflat", FLAT),
          Map.entry("2gbmaxextentflat", FLAT),
          Map.entry("vmfs", FLAT),
          Map.entry("vmfsthin", FLAT),
          Map.entry("vmfspreallocated", FLAT),
          Map.entry("vmfseagerzeroedthick", FLAT),
          Map.entry("vmfsthick", FLAT),
          Map.entry("vmfssparse", EnumSet.of(ExtentType.VMFSSPARSE)),
          Map.entry("sesparse", EnumSet.of(ExtentType.SESPARSE)),
          Map.entry("vmfssesparse", EnumSet.of(ExtentType.SESPARSE)),
          Map.entry("vmfsrdm", RDM),
          Map.entry("vmfsrawdevicemap", RDM),
          Map.entry("vmfsrdmp", RDM),
          Map.entry("vmfspassthroughrawdevicemap", RDM),
          Map.entry("vmfsraw", EnumSet.of(ExtentType.VMFSRAW)),
          Map.entry("custom", EnumSet.allOf(ExtentType.class)));

  private CreateType() {}

  /// Returns the kind as written, if it is known and fits the extents.
  static String check(String name, String word, List<DescriptorExtent> extents)
      throws SourceException {
    var allowed = KINDS.get(word.toLowerCase(Locale.ROOT));
    if (allowed == null) {
      throw new SourceException(
          "%s: has createType \"%s\", which cannot be read from files; refused"
              .formatted(name, word));
    }
    for (var extent : extents) {
      if (!allowed.contains(extent.type())) {
        throw new SourceException(
            "%s: line %d: an extent of type %s in a disk of createType \"%s\"; the descriptor is damaged"
                .formatted(name, extent.line(), extent.type(), word));
      }
    }
    return word;
  }
}
