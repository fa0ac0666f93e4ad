package org.blkdelta.thin;

import static org.blkdelta.thin.PoolImage.NONE;
import static org.blkdelta.thin.PoolImage.changed;
import static org.blkdelta.thin.PoolImage.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThinDeltaTest {

  @Test
  void each_kind_of_change_is_told_and_neighbours_are_joined() throws IOException {
    var older = run(0, 20, 100);
    var changes = new TreeMap<>(run(3, 2, 500));
    changes.put(7L, NONE);
    changes.put(8L, NONE);
    changes.putAll(run(20, 3, 600));
    changes.put(40L, 700L);
    var image = new PoolImage(252).volume(1, older).snapshot(2, 1, changes, 22);
    assertEquals(
        List.of("DIFFERENT 3+2", "LEFT_ONLY 7+2", "RIGHT_ONLY 20+3", "RIGHT_ONLY 40+1"),
        delta(image, 1, 2));
    assertEquals(
        List.of("DIFFERENT 3+2", "RIGHT_ONLY 7+2", "LEFT_ONLY 20+3", "LEFT_ONLY 40+1"),
        delta(image, 2, 1));
  }

  @Test
  void two_volumes_with_one_root_differ_in_nothing_and_are_not_read() throws IOException {
    var image = new PoolImage(252).volume(1, run(0, 20, 100));
    image.volume(2, image.root(1), 20);
    var metadata = open(image.bytes());
    var older = metadata.device(1);
    var newer = metadata.device(2);
    long before = metadata.blocks().nodesRead();
    ThinDelta.between(metadata, older, newer, (change, first, count) -> fail());
    assertEquals(before, metadata.blocks().nodesRead());
  }

  @Test
  void the_time_of_a_mapping_is_no_difference() throws IOException {
    var image = new PoolImage(252).volume(1, run(0, 3, 100)).volume(2, run(0, 3, 100));
    int root = image.root(2);
    var bytes =
        PoolImage.damaged(
            image.bytes(),
            root,
            node -> node.putLong(32 + 8 * 252, node.getLong(32 + 8 * 252) + 1));
    assertEquals(List.of(), delta(bytes, 1, 2));
  }

  @Test
  void an_empty_volume_differs_in_all_that_the_other_has() throws IOException {
    var image = new PoolImage(4).volume(1, new TreeMap<>()).volume(2, run(5, 100, 0));
    assertEquals(List.of("RIGHT_ONLY 5+100"), delta(image, 1, 2));
    assertEquals(List.of("LEFT_ONLY 5+100"), delta(image, 2, 1));
  }

  /// 66,000 mappings, 40 writes close together and 300 blocks discarded: the description's example.
  @Test
  void few_changes_take_few_reads() throws IOException {
    var older = run(0, 66_000, 0);
    var changes = new TreeMap<Long, Long>();
    for (long i = 0; i < 40; i++) {
      changes.put(30_000 + 3 * i, 70_000 + i);
    }
    for (long i = 0; i < 300; i++) {
      changes.put(50_000 + i, NONE);
    }
    for (int fill : new int[] {252, 126, 84}) {
      var image = new PoolImage(fill).volume(1, older).snapshot(2, 1, changes, 65_700);
      var metadata = open(image.bytes());
      var words = delta(metadata, 1, 2);
      assertEquals(41, words.size());
      assertEquals("LEFT_ONLY 50000+300", words.getLast());
      assertTrue(metadata.blocks().nodesRead() <= 30, () -> "" + metadata.blocks().nodesRead());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 17, 252})
  void random_trees_give_what_comparing_all_mappings_gives(int fill) throws IOException {
    long seed = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));
    System.out.println(
        "ThinDeltaTest: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    var random = new Random(seed);
    for (int round = 0; round < 40; round++) {
      var image = new PoolImage(fill);
      var mappings = new TreeMap<Long, NavigableMap<Long, Long>>();
      mappings.put(0L, randomChanges(random, 0, false));
      image.volume(0, mappings.firstEntry().getValue());
      for (long id = 1; id < 6; id++) {
        long of = random.nextLong(id);
        var changes = randomChanges(random, 10_000 * id, true);
        var all = changed(Objects.requireNonNull(mappings.get(of)), changes);
        mappings.put(id, all);
        image.snapshot(id, of, changes, all.size());
      }
      var bytes = image.bytes();
      for (long left = 0; left < 6; left++) {
        for (long right = 0; right < 6; right++) {
          assertEquals(
              expected(
                  Objects.requireNonNull(mappings.get(left)),
                  Objects.requireNonNull(mappings.get(right))),
              delta(bytes, left, right),
              left + " to " + right);
        }
      }
    }
  }

  @Test
  void a_volume_that_is_not_there_is_named() throws IOException {
    var metadata = open(new PoolImage(252).volume(1, run(0, 3, 100)).bytes());
    for (long id : new long[] {0, 2, 1 << 23}) {
      assertEquals(
          "pool.img: the pool has no volume with the id %d (see: lvs -o lv_name,thin_id)"
              .formatted(id),
          assertThrows(SourceException.class, () -> metadata.device(id)).getMessage());
    }
  }

  @Test
  void the_details_tell_how_much_is_mapped_and_when_the_volume_was_made() throws IOException {
    var metadata = open(new PoolImage(252).transaction(42).volume(1, run(0, 3, 100)).bytes());
    assertEquals(3, metadata.device(1).mappedBlocks());
    assertEquals(42, metadata.device(1).transaction());
    assertEquals(42, metadata.superblock().transaction());
    assertEquals(65_536, metadata.superblock().blockSize());
  }

  private static NavigableMap<Long, Long> randomChanges(
      Random random, long data, boolean removals) {
    var changes = new TreeMap<Long, Long>();
    int count = random.nextInt(60);
    for (int i = 0; i < count; i++) {
      long first = random.nextInt(random.nextBoolean() ? 40 : 2000);
      long length = 1L + random.nextInt(random.nextBoolean() ? 2 : 30);
      boolean remove = removals && random.nextInt(3) == 0;
      for (long block = first; block < first + length; block++) {
        changes.put(block, remove ? NONE : data + block);
      }
    }
    return changes;
  }

  private static List<String> expected(Map<Long, Long> left, Map<Long, Long> right) {
    var all = new TreeSet<>(left.keySet());
    all.addAll(right.keySet());
    var words = new ArrayList<String>();
    var last = "";
    long first = 0;
    long count = 0;
    for (long block : all) {
      var word =
          !right.containsKey(block)
              ? "LEFT_ONLY"
              : !left.containsKey(block)
                  ? "RIGHT_ONLY"
                  : left.get(block).equals(right.get(block)) ? "" : "DIFFERENT";
      if (word.isEmpty()) {
        continue;
      }
      if (word.equals(last) && block == first + count) {
        count++;
      } else {
        if (count > 0) {
          words.add("%s %d+%d".formatted(last, first, count));
        }
        last = word;
        first = block;
        count = 1;
      }
    }
    if (count > 0) {
      words.add("%s %d+%d".formatted(last, first, count));
    }
    return words;
  }

  private static List<String> delta(PoolImage image, long left, long right) throws IOException {
    return delta(image.bytes(), left, right);
  }

  private static List<String> delta(byte[] image, long left, long right) throws IOException {
    return delta(open(image), left, right);
  }

  static List<String> delta(ThinMetadata metadata, long left, long right) throws IOException {
    var words = new ArrayList<String>();
    ThinDelta.between(
        metadata,
        metadata.device(left),
        metadata.device(right),
        (change, first, count) -> words.add("%s %d+%d".formatted(change, first, count)));
    return words;
  }

  static ThinMetadata open(byte[] image) throws IOException {
    return ThinMetadata.ofImage(new MemoryDisk("pool.img", image));
  }

  private static void fail() {
    throw new AssertionError("nothing differs");
  }
}
