package org.blkdelta.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.blkdelta.report.Job.Verb;
import org.junit.jupiter.api.Test;

/// The last line of a run.
class OutcomeTest {

  private static final long MIB = 1 << 20;
  private static final long GIB = 1 << 30;
  private static final Job JOB = new Job(Verb.SEND, 100 * GIB, "new:/dev/vg0/web", false);

  @Test
  void it_says_how_much_of_what_how_fast_and_where_it_is() {
    assertEquals(
        "sent 1.2 GiB of 100 GiB in 14 s (88 MiB/s, 921 MiB on the wire);"
            + " zeros 220 MiB; durable at new:/dev/vg0/web",
        done(JOB, 1452 * MIB, 220 * MIB, 921 * MIB).text());
  }

  @Test
  void what_there_is_not_is_left_out() {
    var stream = new Job(Verb.WRITE, 0, "copy.img", false);
    assertEquals("wrote 0 B in 14 s; durable at copy.img", done(stream, 0, 0, 0).text());
    assertEquals(
        "wrote 28 MiB in 14 s (2 MiB/s); durable at copy.img", done(stream, 28 * MIB, 0, 0).text());
    var elsewhere = new Job(Verb.RECEIVE, GIB, "", false);
    assertEquals("received 0 B of 1 GiB in 14 s; durable", done(elsewhere, 0, 0, 0).text());
    assertEquals(
        "received 0 B of 1 GiB in 14 s; zeros 1 GiB; durable",
        done(elsewhere, GIB, GIB, 0).text(),
        "zeros are not sent, and so have no rate");
  }

  @Test
  void what_was_compared_and_found_the_same_is_said() {
    var full = new Job(Verb.SEND, GIB, "copy.img", true);
    assertEquals(
        "sent 28 MiB of 1 GiB in 14 s (2 MiB/s); durable at copy.img;"
            + " what did not change is the same; read back: the same",
        done(full, 28 * MIB, 0, 0).readBack().text());
    assertEquals(
        "sent 1 GiB of 1 GiB in 14 s (73.1 MiB/s); durable at copy.img",
        done(full, GIB, 0, 0).text(),
        "nothing of a whole volume did not change");
  }

  @Test
  void a_dry_run_says_what_would_be_sent() {
    var dry = new Outcome(JOB, 3, 25 * MIB / 2, 2 * MIB, 0, 1, "", true, false, "");
    assertEquals(
        "dry run: all checks passed; would send 10.5 MiB of 100 GiB to new:/dev/vg0/web;"
            + " zeros 2 MiB; nothing was written",
        dry.text());
  }

  @Test
  void a_run_says_before_it_starts_what_it_will_send() {
    assertEquals("will send 12.5 MiB of 100 GiB to new:/dev/vg0/web", JOB.plan(25 * MIB / 2));
    var pulled = new Job(Verb.RECEIVE, 200 * MIB, "/dev/vg0/web", false);
    assertEquals("will receive what changed of 200 MiB to /dev/vg0/web", pulled.plan());
  }

  private static Outcome done(Job job, long bytes, long zeroBytes, long wireBytes) {
    return new Outcome(job, 3, bytes, zeroBytes, wireBytes, 14, "d", false, false, "");
  }
}
