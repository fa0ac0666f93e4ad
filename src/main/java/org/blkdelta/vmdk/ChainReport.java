package org.blkdelta.vmdk;

import java.io.PrintStream;
import java.util.List;
import java.util.OptionalLong;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.SourceReport;
import org.blkdelta.extent.Totals;
import org.jspecify.annotations.Nullable;

/// What there is to say about the links of a VMware disk.
record ChainReport(SnapshotChain chain) implements SourceReport {

  private record Facts(
      String format, long extents, long bytes, long sourceSize, List<Link> links, Health state) {}

  private record Health(boolean valid) {}

  /// A link; without the last five if nothing of it is sent.
  private record Link(
      String file,
      String format,
      long size,
      @Nullable String cid,
      @Nullable String parentCid,
      @Nullable String parent,
      boolean sent,
      @Nullable Integer files,
      @Nullable Boolean clean,
      @Nullable Long dataGrains,
      @Nullable Long zeroGrains,
      @Nullable Long bytes) {

    static Link of(LinkFacts link) {
      var content = link.content();
      return new Link(
          link.file(),
          link.format(),
          link.size(),
          link.cid().isPresent() ? shown(link.cid().getAsLong()) : null,
          link.parentCid().isPresent() ? shown(link.parentCid().getAsLong()) : null,
          link.parentHint().orElse(null),
          content.isPresent(),
          content.map(LinkFacts.Content::extents).orElse(null),
          content.map(LinkFacts.Content::clean).orElse(null),
          content.map(LinkFacts.Content::dataGrains).orElse(null),
          content.map(LinkFacts.Content::zeroGrains).orElse(null),
          content.map(LinkFacts.Content::bytes).orElse(null));
    }
  }

  @Override
  public Object facts(Totals totals) {
    return new Facts(
        "vmdk",
        totals.extents(),
        totals.bytes(),
        chain.disk().size(),
        chain.links().stream().map(Link::of).toList(),
        new Health(true));
  }

  @Override
  public void print(PrintStream out, Totals totals) {
    out.printf("format:    VMware disk of %s%n", Sizes.binary(chain.disk().size()));
    long size = chain.disk().size();
    if (chain.lineage().isWhole()) {
      out.printf(
          "holds:     %s of data (%.2f%%)%s%n",
          Sizes.binary(totals.dataBytes()),
          100.0 * totals.dataBytes() / size,
          totals.zeroBytes() == 0 ? "" : "; the rest is zeros");
    } else {
      out.printf(
          "changed:   %s (%.2f%%) in %s%n",
          Sizes.binary(totals.bytes()),
          100.0 * totals.bytes() / size,
          Sizes.count(totals.extents(), "extent"));
    }
    for (var link : chain.links()) {
      out.printf("%nlink:      %s%n", link.file());
      out.printf("  format:  %s%n", link.format());
      out.printf("  CID:     %s, %s%n", cid(link.cid()), parent(link));
      link.content().ifPresent(content -> print(out, content));
      if (link.content().isEmpty()) {
        out.println("  holds:   what the destination has already");
      }
    }
  }

  private static void print(PrintStream out, LinkFacts.Content content) {
    boolean hasGrains = content.dataGrains() + content.zeroGrains() > 0;
    out.printf(
        "  holds:   %s%s%n",
        Sizes.binary(content.bytes()),
        hasGrains
            ? ": %s with data, %d of zeros"
                .formatted(Sizes.count(content.dataGrains(), "grain"), content.zeroGrains())
            : ", holes included");
    out.printf("  state:   %s%n", content.clean() ? "clean" : "not closed properly, or in use");
  }

  private static String parent(LinkFacts link) {
    return link.parentCid().isEmpty()
        ? "base disk (no parent)"
        : "made on "
            + cid(link.parentCid())
            + link.parentHint().map(hint -> " of " + hint).orElse("");
  }

  private static String cid(OptionalLong cid) {
    return cid.isPresent() ? shown(cid.getAsLong()) : "unknown";
  }

  private static String shown(long cid) {
    return "%08x".formatted(cid);
  }
}
