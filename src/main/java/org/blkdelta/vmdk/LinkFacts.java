package org.blkdelta.vmdk;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// What there is to say about a link of a chain.
///
/// @param file its own file
/// @param format the word of its descriptor for it, or without one the words for its extents'
/// @param size bytes of its disk
/// @param cid its content id; empty without a descriptor
/// @param parentCid the content id that its parent had; empty for a base, or without a descriptor
/// @param parentHint where its parent is, as written
/// @param content what it holds; empty for a link that is not sent, which was not opened
public record LinkFacts(
    String file,
    String format,
    long size,
    OptionalLong cid,
    OptionalLong parentCid,
    Optional<String> parentHint,
    Optional<Content> content) {

  /// What a link holds.
  ///
  /// @param extents how many parts it has
  /// @param clean whether it was closed properly, as far as its headers say
  /// @param dataGrains how many grains it has with content
  /// @param zeroGrains how many that read as zeros
  /// @param bytes what these grains are together, and extents that have none
  public record Content(int extents, boolean clean, long dataGrains, long zeroGrains, long bytes) {}

  static LinkFacts of(Link link) {
    var formats =
        link.extents().stream()
            .map(extent -> extent.facts().format())
            .distinct()
            .collect(Collectors.joining(", "));
    return of(link.file(), formats, link.sectors(), Optional.of(content(link)));
  }

  static LinkFacts ofUnopened(LinkFile file) {
    long sectors = file.descriptor().map(Descriptor::sectors).orElse(0L);
    return of(file, "unknown", sectors, Optional.empty());
  }

  private static LinkFacts of(
      LinkFile file, String formats, long sectors, Optional<Content> content) {
    var descriptor = file.descriptor();
    return new LinkFacts(
        file.name(),
        descriptor.map(Descriptor::createType).orElse(formats),
        sectors * Fields.SECTOR,
        descriptor.stream().mapToLong(Descriptor::cid).findFirst(),
        descriptor.stream()
            .filter(Descriptor::hasParent)
            .mapToLong(Descriptor::parentCid)
            .findFirst(),
        descriptor.flatMap(Descriptor::parentHint),
        content);
  }

  private static Content content(Link link) {
    long dataGrains = 0;
    long zeroGrains = 0;
    long bytes = 0;
    boolean clean = true;
    for (var extent : link.extents()) {
      var facts = extent.facts();
      dataGrains += facts.dataGrains();
      zeroGrains += facts.zeroGrains();
      if (extent instanceof FlatExtent) {
        bytes += extent.sectors() * Fields.SECTOR;
      }
      bytes += (facts.dataGrains() + facts.zeroGrains()) * facts.grainSectors() * Fields.SECTOR;
      clean &= facts.clean();
    }
    return new Content(link.extents().size(), clean, dataGrains, zeroGrains, bytes);
  }
}
