package org.blkdelta.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.blkdelta.disk.Disk;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Extent;
import org.blkdelta.extent.ForwardingSource;
import org.blkdelta.extent.ListedSource;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.wire.Digests;
import org.blkdelta.wire.Frame;
import org.junit.jupiter.api.Test;

class BaseCheckTest {

  private static final int MEBIBYTE = 1 << 20;

  @Test
  void a_full_check_is_of_all_that_did_not_change() throws IOException {
    var content = new byte[5 * MEBIBYTE + 100];
    new Random(1).nextBytes(content);
    var source = source(content, 4096, 8192, 2 * MEBIBYTE, 5 * MEBIBYTE);
    assertEquals(
        List.of("0+4096", "8192+1048576", "1056768+1040384", "5242880+100"),
        words(BaseCheck.FULL, source));
  }

  @Test
  void a_sample_has_the_edges_and_a_thousand_pages_of_what_did_not_change() throws IOException {
    var random = new Random(2);
    for (int round = 0; round < 20; round++) {
      var content = new byte[8 * MEBIBYTE + random.nextInt(5000)];
      int from = random.nextInt(content.length);
      int to = from + random.nextInt(content.length - from);
      long end = 0;
      long pages = 0;
      for (var expect : expected(BaseCheck.SAMPLE, source(content, from, to))) {
        assertTrue(expect.offset() >= end, "ascending");
        end = expect.offset() + expect.length();
        assertTrue(end <= from || expect.offset() >= to, "unchanged");
        pages += expect.offset() >= MEBIBYTE && end <= content.length - MEBIBYTE ? 1 : 0;
      }
      assertTrue(pages <= 1024 + 2);
      if (to - from < 2 * MEBIBYTE) {
        assertTrue(pages > 500, () -> from + " to " + to);
      }
    }
  }

  @Test
  void a_small_disk_is_compared_whole() throws IOException {
    var content = new byte[3 * MEBIBYTE];
    long sum = 0;
    for (var expect : expected(BaseCheck.SAMPLE, source(content, MEBIBYTE + 100, MEBIBYTE + 200))) {
      sum += expect.length();
    }
    assertEquals(content.length - 100, sum);
  }

  @Test
  void what_has_only_changes_is_no_proof_unless_everything_changed() throws IOException {
    var part = changesOnly(source(new byte[8192], 0, 4096));
    var refused = assertThrows(RefusedException.class, () -> words(BaseCheck.SAMPLE, part));
    Messages.assertSays(refused, "--base=assume");
    assertEquals(List.of(), words(BaseCheck.NONE, part));
    assertEquals(List.of(), words(BaseCheck.FULL, changesOnly(source(new byte[8192], 0, 8192))));
  }

  private static ListedSource source(byte[] content, long... bounds) {
    var extents = new ArrayList<Extent>();
    for (int i = 0; i < bounds.length; i += 2) {
      if (bounds[i] < bounds[i + 1]) {
        extents.add(new Extent(bounds[i], bounds[i + 1] - bounds[i], Extent.Kind.DATA));
      }
    }
    return new ListedSource(content, extents.toArray(Extent[]::new));
  }

  private static List<String> words(BaseCheck check, ChangeSource source) throws IOException {
    return expected(check, source).stream()
        .map(expect -> expect.offset() + "+" + expect.length())
        .toList();
  }

  private static List<Frame.Expect> expected(BaseCheck check, ChangeSource source)
      throws IOException {
    var found = new ArrayList<Frame.Expect>();
    check.expect(source, new Random(3), Digests.old(), found::add);
    return found;
  }

  /// Returns a source that does not have what did not change.
  private static ChangeSource changesOnly(ListedSource source) {
    return new ForwardingSource(source) {
      @Override
      public Optional<Disk> unchanged() {
        return Optional.empty();
      }
    };
  }
}
