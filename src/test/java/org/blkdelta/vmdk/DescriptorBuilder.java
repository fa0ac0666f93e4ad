package org.blkdelta.vmdk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes text descriptors as ESX does; a test that wants another dialect takes the [#text] and
/// changes it.
public final class DescriptorBuilder {

  private final String createType;
  private final List<String> more = new ArrayList<>();
  private final List<String> extents = new ArrayList<>();
  private long cid = 0x0a000001;
  private String parent = "parentCID=ffffffff\n";
  private String hint = "";

  private DescriptorBuilder(String createType) {
    this.createType = createType;
  }

  /// Starts a base, with content id 0a000001.
  public static DescriptorBuilder descriptor(String createType) {
    return new DescriptorBuilder(createType);
  }

  /// Sets the content id.
  public DescriptorBuilder cid(long value) {
    cid = value;
    return this;
  }

  /// Makes it a delta, made on a parent that had this content id.
  public DescriptorBuilder parent(long parentCid, String parentHint) {
    parent = "parentCID=%08x\n".formatted(parentCid);
    hint = "parentFileNameHint=\"%s\"\n".formatted(parentHint);
    return this;
  }

  /// Adds an extent.
  public DescriptorBuilder extent(long sectors, String type, String file) {
    return line("RW %d %s \"%s\"".formatted(sectors, type, file));
  }

  /// Adds a flat extent.
  public DescriptorBuilder flat(long sectors, String file, long startSector) {
    return line("RW %d FLAT \"%s\" %d".formatted(sectors, file, startSector));
  }

  /// Adds an extent's line as it is.
  public DescriptorBuilder line(String text) {
    extents.add(text);
    return this;
  }

  /// Adds a line to the header as it is.
  public DescriptorBuilder entry(String text) {
    more.add(text);
    return this;
  }

  /// Returns the text.
  public String text() {
    return """
        # Disk DescriptorFile
        version=1
        encoding="UTF-8"
        CID=%08x
        %screateType="%s"
        %s%s
        # Extent description
        %s

        # The Disk Data Base
        #DDB

        ddb.longContentID = "0123456789abcdef0123456789abcdef"
        """
        .formatted(
            cid,
            parent,
            createType,
            hint,
            String.join("", more.stream().map(line -> line + "\n").toList()),
            String.join("\n", extents));
  }

  /// Writes the text.
  public Path write(Path file) throws IOException {
    return Files.write(file, text().getBytes(UTF_8));
  }
}
