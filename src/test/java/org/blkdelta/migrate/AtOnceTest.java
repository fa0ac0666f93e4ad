package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Job.SnapshotSize;
import org.junit.jupiter.api.Test;

class AtOnceTest {

  private static final List<JobDisk> DISKS =
      Stream.of("a", "b", "c", "d")
          .map(name -> new JobDisk(new LvmName("vg", name), "/dev/" + name, SnapshotSize.USUAL))
          .toList();

  @Test
  void no_more_are_at_work_than_are_allowed_and_all_are_done() throws IOException {
    for (int most = 1; most <= 5; most++) {
      var atWork = new AtomicInteger();
      var highest = new AtomicInteger();
      var done = new CopyOnWriteArrayList<JobDisk>();
      new AtOnce(most)
          .each(
              DISKS,
              disk -> {
                highest.accumulateAndGet(atWork.incrementAndGet(), Math::max);
                done.add(disk);
                atWork.decrementAndGet();
              });
      assertEquals(4, done.size());
      assertTrue(highest.get() <= most, highest + " of " + most);
    }
  }

  @Test
  void one_alone_goes_in_order_and_ends_at_the_first_fault() {
    var done = new CopyOnWriteArrayList<String>();
    var thrown =
        assertThrows(
            IOException.class,
            () ->
                new AtOnce(1)
                    .each(
                        DISKS,
                        disk -> {
                          done.add(disk.volume().volume());
                          if (done.size() == 2) {
                            throw new IOException("no");
                          }
                        }));
    assertEquals("no", thrown.getMessage());
    assertEquals(List.of("a", "b"), done);
  }

  @Test
  void all_faults_are_known_and_a_bug_is_not_hidden() {
    var both = new CyclicBarrier(2);
    var bug = new IllegalArgumentException("bug");
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new AtOnce(2)
                    .each(
                        DISKS.subList(0, 2),
                        disk -> {
                          try {
                            both.await(10, TimeUnit.SECONDS);
                          } catch (Exception alone) {
                            throw new AssertionError(alone);
                          }
                          throw bug;
                        }));
    assertSame(bug, thrown);
  }
}
