package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.linux.DurableFile;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-03-02T14:05:00Z"), ZoneOffset.UTC);

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void file() {
    file = folder.resolve("journal.ndjson");
  }

  private Journal open() throws IOException {
    return Journal.open(folder, "web", CLOCK, line -> {});
  }

  @Test
  void lines_are_read_as_they_were_written() throws IOException {
    try (var journal = open()) {
      journal.write(1, Step.SNAPSHOTS, Phase.INTENT, null);
      journal.sent(1, "vg/web to /dev/x", new Sent(4096, "09"), 1.25, "copied", null);
    }
    var id = new JobState(Journal.read(folder)).id();
    assertTrue(id.matches("[0-9a-f]{8}"), id);
    assertEquals(
        """
        {"v":1,"time":"2026-03-02T14:05:00Z","seq":0,"round":0,"step":"BEGIN","phase":"DONE","what":"%s"}
        {"v":1,"time":"2026-03-02T14:05:00Z","seq":1,"round":1,"step":"SNAPSHOTS","phase":"INTENT"}
        {"v":1,"time":"2026-03-02T14:05:00Z","seq":2,"round":1,"step":"SEND","phase":"DONE","disk":"vg/web to /dev/x","bytes":4096,"seconds":1.25,"what":"copied","places":"09"}
        """
            .formatted(id),
        Files.readString(file));
    assertEquals(3, Journal.read(folder).size());
    assertEquals(1, new JobState(Journal.read(folder)).held("vg/web to /dev/x").orElseThrow());
  }

  @Test
  void a_line_that_a_power_cut_tore_is_written_over() throws IOException {
    try (var journal = open()) {
      journal.write(1, Step.SNAPSHOTS, Phase.INTENT, null);
    }
    var whole = Files.readString(file);
    Files.writeString(file, "{\"v\":1,\"ti", StandardOpenOption.APPEND);
    assertEquals(2, Journal.read(folder).size());
    try (var journal = open()) {
      journal.write(1, Step.SNAPSHOTS, Phase.DONE, null);
    }
    assertEquals(
        whole + last(whole).replace("\"seq\":1", "\"seq\":2").replace("INTENT", "DONE") + "\n",
        Files.readString(file));
  }

  @Test
  void what_is_not_a_line_of_it_is_refused_by_its_number() throws IOException {
    try (var journal = open()) {
      journal.write(1, Step.SNAPSHOTS, Phase.INTENT, null);
    }
    var lines = Files.readString(file);
    var line = last(lines) + "\n";
    for (var bad :
        new String[] {
          "\n",
          "{}\n",
          "nonsense\n",
          line,
          line.replace("\"v\":1", "\"v\":2"),
          line.replace("seq\":1", "seq\":2").replace("INTENT", "LATER"),
          line.replace("seq\":1", "seq\":\"x\"")
        }) {
      Files.writeString(file, lines + bad);
      var refused = assertThrows(RefusedException.class, () -> Journal.read(folder), bad);
      Messages.assertSays(refused, "journal.ndjson: line 3: is not a line");
    }
  }

  @Test
  void one_process_at_a_time_has_it() throws IOException {
    try (var journal = open()) {
      var refused = assertThrows(RefusedException.class, this::open);
      Messages.assertSays(refused, "job web: is running already");
      assertEquals(1, journal.lines().size());
    }
    open().close();
  }

  @Test
  void of_a_long_one_the_last_rounds_are_kept_and_what_each_destination_holds() throws IOException {
    var text = new StringBuilder();
    text.append(line(0, 0, "BEGIN", "DONE", ",\"what\":\"abcdef01\""));
    text.append(line(1, 1, "SEND", "DONE", ",\"disk\":\"old\""));
    for (int round = 1; round <= 3000; round++) {
      int seq = round * 4;
      text.append(line(seq, round, "SNAPSHOTS", "INTENT", ""));
      text.append(line(seq + 1, round, "SNAPSHOTS", "DONE", ""));
      text.append(line(seq + 2, round, "SEND", "DONE", ",\"disk\":\"web\""));
      text.append(line(seq + 3, round, "ROUND", "DONE", ""));
    }
    DurableFile.replace(file, text.toString().getBytes(UTF_8));
    try (var journal = open()) {
      assertEquals(802, journal.lines().size());
      journal.write(3001, Step.SNAPSHOTS, Phase.INTENT, null);
    }
    var state = new JobState(Journal.read(folder));
    assertEquals("abcdef01", state.id());
    assertEquals(1, state.held("old").orElseThrow());
    assertEquals(3000, state.held("web").orElseThrow());
    assertEquals(3001, state.lastRound());
    assertEquals(200, state.completed().size());
  }

  private static String line(int seq, int round, String step, String phase, String more) {
    return "{\"v\":1,\"time\":\"2026-03-02T14:05:00Z\",\"seq\":%d,\"round\":%d,\"step\":\"%s\",\"phase\":\"%s\"%s}\n"
        .formatted(seq, round, step, phase, more);
  }

  private static String last(String lines) {
    return lines.lines().toList().getLast();
  }
}
