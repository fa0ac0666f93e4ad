package org.blkdelta.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.util.OptionalLong;
import org.blkdelta.extent.Totals;
import org.blkdelta.vmdk.LinkFacts;
import org.blkdelta.vmdk.SnapshotChain;

/// What there is to say about the links of a VMware disk.
record ChainReport(SnapshotChain chain) implements SourceReport {

  @Override
  public JsonObject json(Totals totals) {
    var object = new JsonObject();
    object.addProperty("format", "vmdk");
    object.addProperty("extents", totals.extents());
    object.addProperty("bytes", totals.bytes());
    object.addProperty("sourceSize", chain.disk().size());
    var links = new JsonArray();
    for (var link : chain.links()) {
      links.add(json(link));
    }
    object.add("links", links);
    var health = new JsonObject();
    health.addProperty("valid", true);
    object.add("state", health);
    return object;
  }

  private static JsonObject json(LinkFacts link) {
    var object = new JsonObject();
    object.addProperty("file", link.file());
    object.addProperty("format", link.format());
    object.addProperty("size", link.size());
    link.cid().ifPresent(cid -> object.addProperty("cid", cid(cid)));
    link.parentCid().ifPresent(cid -> object.addProperty("parentCid", cid(cid)));
    link.parentHint().ifPresent(hint -> object.addProperty("parent", hint));
    object.addProperty("sent", link.content().isPresent());
    link.content()
        .ifPresent(
            content -> {
              object.addProperty("files", content.extents());
              object.addProperty("clean", content.clean());
              object.addProperty("dataGrains", content.dataGrains());
              object.addProperty("zeroGrains", content.zeroGrains());
              object.addProperty("bytes", content.bytes());
            });
    return object;
  }

  @Override
  public void print(PrintStream out, Totals totals) {
    out.printf("format:    VMware disk of %s%n", Sizes.binary(chain.disk().size()));
    out.printf(
        "changed:   %s (%.2f%%) in %s%n",
        Sizes.binary(totals.bytes()),
        100.0 * totals.bytes() / chain.disk().size(),
        Sizes.count(totals.extents(), "extent"));
    for (var link : chain.links()) {
      out.printf("%nlink:      %s%n", link.file());
      out.printf("  format:  %s%n", link.format());
      out.printf("  CID:     %s, made on %s%n", cid(link.cid()), parent(link));
      link.content().ifPresent(content -> print(out, content));
      if (link.content().isEmpty()) {
        out.println("  holds:   what the destination has already");
      }
    }
  }

  private static void print(PrintStream out, LinkFacts.Content content) {
    out.printf(
        "  holds:   %s: %d grains with data, %d of zeros%n",
        Sizes.binary(content.bytes()), content.dataGrains(), content.zeroGrains());
    out.printf("  state:   %s%n", content.clean() ? "clean" : "not closed properly, or in use");
  }

  private static String parent(LinkFacts link) {
    return link.parentCid().isEmpty()
        ? "nothing"
        : cid(link.parentCid()) + link.parentHint().map(hint -> " of " + hint).orElse("");
  }

  private static String cid(OptionalLong cid) {
    return cid.isPresent() ? cid(cid.getAsLong()) : "unknown";
  }

  private static String cid(long cid) {
    return "%08x".formatted(cid);
  }
}
