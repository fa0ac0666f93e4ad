package org.blkdelta.lvm;

import static org.blkdelta.lvm.StoreBuilder.exceptionStore;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.UnitWindow;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ChangedChunksTest {

  private static final long SPAN = UnitWindow.SPAN;

  @Test
  void chunks_come_ascending_each_once_in_runs() throws IOException {
    var store = exceptionStore().copied(9, 4, 5, 100, 3, 8).build();
    var chunks = chunks(store, 1000);
    assertEquals(List.of("3+3", "8+2", "100+1"), runs(chunks));
    assertEquals(6, chunks.entryCount());
  }

  @Test
  void nothing_changed_is_no_run() throws IOException {
    var chunks = chunks(exceptionStore().build(), 1000);
    assertEquals(List.of(), runs(chunks));
    assertEquals(2, chunks.end().nextFree());
  }

  @Test
  void the_runs_can_be_asked_for_again() throws IOException {
    var store = new MadeUpStore(4096, 4, index -> index * SPAN);
    var chunks = chunks(store, 4 * SPAN);
    assertEquals(runs(chunks), runs(chunks));
  }

  @Test
  void entries_that_share_a_saved_chunk_are_refused() {
    var store = exceptionStore().copied(1, 2).entry(3, 3).build();
    assertRefused("two entries have their copy in chunk 3 of it", () -> chunks(store, 1000));
  }

  @Test
  void a_chunk_that_is_listed_twice_is_refused_in_any_window() throws IOException {
    var store = exceptionStore().copied(4, 7, 5, 7).build();
    assertRefused("chunk 7 of the origin is listed twice", () -> chunks(store, 1000));
    long far = 2 * SPAN + 9;
    var made = new MadeUpStore(4096, 4, index -> index == 0 ? 3 : far);
    var chunks = chunks(made, 3 * SPAN);
    assertRefused("chunk " + far + " of the origin is listed twice", () -> runs(chunks));
  }

  private static void assertRefused(String words, Executable what) {
    var message = assertThrows(SourceException.class, what).getMessage();
    assertTrue(String.valueOf(message).contains(words + ", which no kernel writes"), message);
  }

  @Test
  void a_small_volume_is_read_once() throws IOException {
    var store = new MadeUpStore(4096, 1000, index -> index * 7);
    runs(chunks(store, SPAN));
    assertEquals(1, store.passes());
  }

  @Test
  void only_windows_with_changes_cost_a_pass() throws IOException {
    long[] changed = {5, 1000 * SPAN + 3, 1000 * SPAN + 4, (1L << 50) - 1};
    var store = new MadeUpStore(4096, changed.length, index -> changed[(int) index]);
    var chunks = chunks(store, 1L << 50);
    assertEquals(List.of("5+1", 1000 * SPAN + 3 + "+2", (1L << 50) - 1 + "+1"), runs(chunks));
    assertEquals(3, store.passes());
  }

  @Test
  void a_run_over_the_border_of_two_windows_comes_in_two_parts() throws IOException {
    var store = new MadeUpStore(4096, 10, index -> SPAN + 4 - index);
    assertEquals(List.of(SPAN - 5 + "+5", SPAN + "+5"), runs(chunks(store, 2 * SPAN)));
  }

  @Test
  void runs_of_several_windows_are_those_of_a_plain_set() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      var random = new Random(seed);
      long originChunks = (1 + random.nextInt(6)) * SPAN - random.nextInt(1000);
      List<Long> changed = new ArrayList<>();
      while (changed.size() < 2000) {
        long border = random.nextInt(7) * SPAN;
        long from = Math.clamp(border + random.nextInt(400) - 200, 0, originChunks - 1);
        for (long chunk = from; chunk < Math.min(originChunks, from + random.nextInt(9)); chunk++) {
          changed.add(chunk);
        }
      }
      changed = new ArrayList<>(new TreeSet<>(changed));
      Collections.shuffle(changed, random);
      var list = changed;
      var store = new MadeUpStore(4096, changed.size(), index -> list.get((int) index));
      assertEquals(
          joined(new TreeSet<>(changed)), members(chunks(store, originChunks)), "seed " + seed);
    }
  }

  /// 2^23 changes of a volume of three windows (6 TiB in chunks of 4 KiB), in no order. A set of
  /// objects would not fit into the memory that tests have; the bitmaps do, whatever the number.
  @Test
  void many_changes_of_a_large_volume_fit_into_bounded_memory() throws IOException {
    long count = 1L << 23;
    long apart = 3 * SPAN / count;
    var store = new MadeUpStore(4096, count, index -> (index * 0x9E3779B1L & count - 1) * apart);
    var chunks = chunks(store, 3 * SPAN);
    long[] next = {0};
    chunks.runs(
        (first, length) -> {
          if (first != next[0] || length != 1) {
            throw new AssertionError("%d+%d instead of %d".formatted(first, length, next[0]));
          }
          next[0] += apart;
        });
    assertEquals(3 * SPAN, next[0]);
    assertEquals(count, chunks.entryCount());
    assertEquals(3, store.passes());
  }

  /// A change in each page of each window of 16 TiB in chunks of 4 KiB: the most memory there is.
  @Test
  void the_largest_volumes_take_a_pass_for_each_window() throws IOException {
    var store = new MadeUpStore(4096, 1 << 13, index -> ((1 << 13) - 1 - index) << 19);
    var chunks = chunks(store, 1L << 32);
    assertEquals(1 << 13, runs(chunks).size());
    assertEquals(8, store.passes());
  }

  @Test
  void a_list_made_to_need_endless_passes_is_refused() throws IOException {
    var store = new MadeUpStore(4096, 20, index -> index * SPAN);
    var chunks = ChangedChunks.of(ExceptionStore.open(store), 20 * SPAN, 200);
    var given = new ArrayList<Long>();
    var refused =
        assertThrows(SourceException.class, () -> chunks.runs((first, count) -> given.add(first)));
    assertEquals(
        "made-up: 20 changes scattered over 10737418240 chunks need more passes than a real volume does; refused",
        refused.getMessage());
    assertEquals(10, given.size());
    assertEquals(20, runs(ChangedChunks.of(ExceptionStore.open(store), 20 * SPAN, 400)).size());
  }

  private static ChangedChunks chunks(Disk store, long originChunks) throws IOException {
    return ChangedChunks.of(ExceptionStore.open(store), originChunks);
  }

  private static List<String> runs(ChangedChunks chunks) throws IOException {
    var runs = new ArrayList<String>();
    chunks.runs((first, count) -> runs.add(first + "+" + count));
    return runs;
  }

  /// Returns the changed chunks, with runs that touch at a window's border joined.
  private static List<String> members(ChangedChunks chunks) throws IOException {
    var members = new TreeSet<Long>();
    long[] end = {-1};
    chunks.runs(
        (first, count) -> {
          assertEquals(true, first >= end[0], "ascending");
          end[0] = first + count;
          for (long chunk = first; chunk < end[0]; chunk++) {
            members.add(chunk);
          }
        });
    return joined(members);
  }

  private static List<String> joined(SortedSet<Long> members) {
    var runs = new ArrayList<String>();
    for (long member : members) {
      if (!members.contains(member - 1)) {
        long end = member;
        while (members.contains(end)) {
          end++;
        }
        runs.add(member + "+" + (end - member));
      }
    }
    return runs;
  }
}
