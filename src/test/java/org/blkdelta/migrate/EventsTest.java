package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.ExitCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventsTest {

  private static final Instant NOW = Instant.parse("2026-11-28T01:02:03Z");
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

  @TempDir Path folder;

  private Events open(Path file) throws IOException {
    return Events.open(Optional.of(file.toString()), "web");
  }

  private void round(Path file) throws IOException {
    try (var events = open(file);
        var journal = Journal.open(folder.resolve("job"), "web", CLOCK, events::accept)) {
      journal.write(1, Step.SEND, Phase.INTENT, "vg/web to /dev/new", "copied");
      journal.sent(1, "vg/web to /dev/new", new Sent(4096, "09"), 1.5, "copied", null);
      events.ended(ExitCode.WAITING, NOW);
      assertTrue(!events.isLost());
    }
  }

  @Test
  void what_the_journal_is_told_is_told_in_lines_that_are_added() throws IOException {
    var file = folder.resolve("events");
    round(file);
    var first = Files.readAllLines(file);
    assertEquals(
        List.of(
            "{\"v\":1,\"time\":\"2026-11-28T01:02:03Z\",\"event\":\"send.begun\",\"job\":\"web\","
                + "\"round\":1,\"disk\":\"vg/web to /dev/new\",\"what\":\"copied\"}",
            "{\"v\":1,\"time\":\"2026-11-28T01:02:03Z\",\"event\":\"send.done\",\"job\":\"web\","
                + "\"round\":1,\"disk\":\"vg/web to /dev/new\",\"bytes\":4096,\"seconds\":1.5,"
                + "\"what\":\"copied\"}",
            "{\"v\":1,\"time\":\"2026-11-28T01:02:03Z\",\"event\":\"command.ended\",\"job\":\"web\","
                + "\"exitCode\":10}"),
        first);
    EventSchema.read().check(file);
    round(file);
    assertEquals(first.size() * 2, Files.readAllLines(file).size());
  }

  @Test
  void what_holds_something_else_stays_as_it_is() throws IOException {
    var image = Files.write(folder.resolve("disk.img"), new byte[512]);
    Messages.assertSays(
        assertThrows(RefusedException.class, () -> open(image)),
        "disk.img: is not a file of events");
    assertEquals(512, Files.size(image));
    Messages.assertSays(
        assertThrows(RefusedException.class, () -> open(folder)), "is not a file of events");
    Messages.assertSays(
        assertThrows(RefusedException.class, () -> open(folder.resolve("no/events"))),
        "there is no such folder");
  }
}
