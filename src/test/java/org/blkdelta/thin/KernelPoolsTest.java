package org.blkdelta.thin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.blkdelta.extent.Extent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/// Every pool in `testdata/thin`, which a real kernel made: what we say differs is what thin_delta
/// said, and what follows from all the mappings that thin_dump lists.
class KernelPoolsTest {

  private static final Path POOLS = Path.of("testdata/thin");

  static Stream<Path> deltas() throws IOException {
    try (var files = Files.walk(POOLS)) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).startsWith("delta-"))
          .sorted()
          .toList()
          .stream();
    }
  }

  static Stream<Path> pools() throws IOException {
    try (var folders = Files.list(POOLS)) {
      return folders.filter(Files::isDirectory).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("deltas")
  void two_volumes_differ_as_both_tools_say(Path delta) throws Exception {
    var ids = String.valueOf(delta.getFileName()).split("[-.]", -1);
    long left = Long.parseLong(ids[1]);
    long right = Long.parseLong(ids[2]);
    var folder = delta.resolveSibling("");
    var ours = ThinDeltaTest.delta(open(folder), left, right);
    assertEquals(thinDelta(delta), ours);
    assertEquals(compared(mappings(dumped(folder, left)), mappings(dumped(folder, right))), ours);
  }

  @ParameterizedTest
  @MethodSource("pools")
  void a_volume_holds_what_thin_dump_lists(Path folder) throws Exception {
    var metadata = open(folder);
    var devices = dump(folder).getElementsByTagName("device");
    assertTrue(devices.getLength() > 0);
    for (int i = 0; i < devices.getLength(); i++) {
      var element = (Element) devices.item(i);
      var device = metadata.device(number(element, "dev_id"));
      assertEquals(number(element, "mapped_blocks"), device.mappedBlocks());
      assertEquals(number(element, "transaction"), device.transaction());
      assertEquals(mappings(element).navigableKeySet(), content(metadata, device));
    }
  }

  @Test
  void few_changes_among_66000_blocks_take_few_reads() throws IOException {
    var metadata = open(POOLS.resolve("many"));
    assertEquals(66_000, metadata.device(2).mappedBlocks());
    assertFalse(ThinDeltaTest.delta(metadata, 2, 1).isEmpty());
    assertTrue(metadata.blocks().nodesRead() <= 30, metadata.blocks().nodesRead() + " nodes read");
  }

  private static Set<Long> content(ThinMetadata metadata, ThinMetadata.Device device)
      throws IOException {
    var blocks = new TreeSet<Long>();
    VolumeContent.of(metadata, device, 1 << 20, false)
        .extents(
            1,
            1 << 20,
            extent -> {
              for (long at = extent.offset(); at < extent.end(); at++) {
                if (extent.kind() == Extent.Kind.DATA) {
                  blocks.add(at);
                }
              }
            });
    return blocks;
  }

  private static List<String> thinDelta(Path file) throws Exception {
    var runs = new Runs();
    try (var xml = Files.newInputStream(file)) {
      var all = parsed(xml).getElementsByTagName("*");
      for (int i = 0; i < all.getLength(); i++) {
        var run = (Element) all.item(i);
        if (run.hasAttribute("begin") && !run.getTagName().equals("same")) {
          runs.add(
              run.getTagName().toUpperCase(Locale.ROOT),
              number(run, "begin"),
              number(run, "length"));
        }
      }
    }
    return runs.words();
  }

  private static List<String> compared(
      NavigableMap<Long, Long> left, NavigableMap<Long, Long> right) {
    var all = new TreeSet<>(left.keySet());
    all.addAll(right.keySet());
    var runs = new Runs();
    for (long block : all) {
      var one = left.get(block);
      var other = right.get(block);
      if (one == null) {
        runs.add("RIGHT_ONLY", block, 1);
      } else if (other == null) {
        runs.add("LEFT_ONLY", block, 1);
      } else if (!one.equals(other)) {
        runs.add("DIFFERENT", block, 1);
      }
    }
    return runs.words();
  }

  private static Element dumped(Path folder, long id) throws Exception {
    var devices = dump(folder).getElementsByTagName("device");
    for (int i = 0; i < devices.getLength(); i++) {
      if (number((Element) devices.item(i), "dev_id") == id) {
        return (Element) devices.item(i);
      }
    }
    throw new AssertionError("no volume " + id);
  }

  private static NavigableMap<Long, Long> mappings(Element device) {
    var found = new TreeMap<Long, Long>();
    var singles = device.getElementsByTagName("single_mapping");
    for (int i = 0; i < singles.getLength(); i++) {
      var one = (Element) singles.item(i);
      found.put(number(one, "origin_block"), number(one, "data_block"));
    }
    var ranges = device.getElementsByTagName("range_mapping");
    for (int i = 0; i < ranges.getLength(); i++) {
      var range = (Element) ranges.item(i);
      for (long block = 0; block < number(range, "length"); block++) {
        found.put(number(range, "origin_begin") + block, number(range, "data_begin") + block);
      }
    }
    return found;
  }

  private static Element dump(Path folder) throws Exception {
    try (var xml = new GZIPInputStream(Files.newInputStream(folder.resolve("dump.xml.gz")))) {
      return parsed(xml);
    }
  }

  private static Element parsed(InputStream xml)
      throws IOException, ParserConfigurationException, SAXException {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(xml)
        .getDocumentElement();
  }

  private static long number(Element element, String name) {
    return Long.parseLong(element.getAttribute(name));
  }

  private static ThinMetadata open(Path folder) throws IOException {
    var packed = folder.resolve("metadata.img.gz");
    try (var plain = new GZIPInputStream(Files.newInputStream(packed))) {
      return ThinDeltaTest.open(plain.readAllBytes());
    }
  }

  /// Runs of blocks, joined.
  private static final class Runs {

    private record Run(String kind, long first, long end) {}

    private final List<Run> runs = new ArrayList<>();

    void add(String kind, long first, long count) {
      var last = runs.isEmpty() ? new Run("", 0, -1) : runs.getLast();
      if (last.kind().equals(kind) && last.end() == first) {
        runs.set(runs.size() - 1, new Run(kind, last.first(), first + count));
      } else {
        runs.add(new Run(kind, first, first + count));
      }
    }

    List<String> words() {
      return runs.stream()
          .map(run -> "%s %d+%d".formatted(run.kind(), run.first(), run.end() - run.first()))
          .toList();
    }
  }
}
