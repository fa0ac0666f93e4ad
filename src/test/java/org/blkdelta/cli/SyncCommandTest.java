package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.blkdelta.linux.ExclusiveHold;
import org.blkdelta.linux.StateFolder;
import org.blkdelta.lvm.StoreBuilder;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerWriter;
import org.blkdelta.wire.Told;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyncCommandTest {

  @TempDir Path folder;

  private Scratch web;

  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
  }

  @Test
  void what_is_durable_is_done_though_the_result_cannot_be_printed() throws IOException {
    var words = new ArrayList<Object>(List.of("sync", "--json"));
    words.addAll(List.of(web.source(web.copy.toString())));
    var run = new Cli().printingTo(new FullDisk(5)).with(words.toArray());
    assertEquals(0, run.status(), run.stderr());
    assertTrue(run.stderr().contains("the result cannot be printed"), run.stderr());
    assertTrue(run.stderr().contains("; durable at " + web.copy), run.stderr());
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void a_copy_becomes_current() throws IOException {
    var run = sync(web.copy).ok();
    assertTrue(web.copyIsCurrent());
    assertTrue(
        run.stderr()
            .matches(
                ("blkdelta: will send 12 KiB of 64 KiB to %s\n"
                        + "blkdelta: sent 8 KiB of 64 KiB in [0-9.]+ s \\([0-9.]+ [KM]?i?B/s\\);"
                        + " zeros 4 KiB; durable at %s\n")
                    .formatted(web.copy, web.copy)),
        run.stderr());
    assertEquals("", sync(web.copy, "--quiet").ok().stderr());
  }

  @Test
  void a_dry_run_prints_the_plan_and_writes_nothing() throws IOException {
    assertEquals(
        "blkdelta: dry run: all checks passed; would send 12 KiB of 64 KiB to "
            + web.copy
            + "; nothing was written\n",
        sync(web.copy, "-n").ok().stderr());
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void the_json_has_the_keys_that_programs_rely_on() {
    var run = sync(web.copy, "--json").ok();
    assertEquals("", run.stderr());
    var object = JsonParser.parseString(run.stdout()).getAsJsonObject();
    assertEquals(
        Set.of(
            "extents",
            "bytes",
            "zeroBytes",
            "wireBytes",
            "seconds",
            "digest",
            "dryRun",
            "sourceMovedOn",
            "volumeSize",
            "destination",
            "verified"),
        object.keySet());
    assertEquals(12_288, object.get("bytes").getAsLong());
    var planned =
        JsonParser.parseString(sync(web.copy, "--json", "-n").ok().stdout()).getAsJsonObject();
    assertTrue(planned.get("dryRun").getAsBoolean());
    assertEquals("", planned.get("digest").getAsString());
  }

  @Test
  void nothing_of_the_source_is_ever_a_destination() throws IOException {
    var link = Files.createLink(folder.resolve("hard"), web.origin);
    var symbolic = Files.createSymbolicLink(folder.resolve("soft"), web.origin);
    var before = Files.readAllBytes(web.origin);
    var store = Files.readAllBytes(web.store);
    for (var destination : List.of(web.origin, web.store, link, symbolic)) {
      var run = sync(destination);
      assertEquals(5, run.status(), run.stderr());
      assertEquals(
          "blkdelta: %s: is the source, or on the same device; choose another destination\n"
              .formatted(destination),
          run.stderr());
    }
    assertArrayEquals(before, Files.readAllBytes(web.origin));
    assertArrayEquals(store, Files.readAllBytes(web.store));
  }

  @Test
  void a_source_of_data_is_no_destination_either() throws IOException {
    var newer = Files.copy(web.origin, folder.resolve("newer.img"));
    assertEquals(5, sync(newer, "--data-source", newer).status());
    assertEquals(5, sync(web.origin, "--data-source", newer).status());
    sync(web.copy, "--data-source", newer).ok();
    assertTrue(web.copyIsCurrent());
  }

  @Test
  void a_destination_that_another_run_holds_is_refused() throws IOException {
    var held = ExclusiveHold.of(web.copy).orElseThrow();
    try (held) {
      var run = sync(web.copy);
      assertEquals(5, run.status());
      assertEquals(
          "blkdelta: %s: is open exclusively, or locked, by another program: a VM, a mount, a second"
                  .formatted(web.copy)
              + " blkdelta; free it, or override that by --force=held\n",
          run.stderr());
      assertTrue(web.copyIsUntouched());
    }
    sync(web.copy).ok();
  }

  @Test
  void what_is_forced_is_said() throws IOException {
    var held = ExclusiveHold.of(web.copy).orElseThrow();
    try (held) {
      assertEquals(5, sync(web.copy, "--force=mounted,swap").status());
      var run = sync(web.copy, "--force=held").ok();
      assertTrue(
          run.stderr()
              .startsWith(
                  "blkdelta: warning: %s: is open exclusively, or locked, by another program"
                      .formatted(web.copy)),
          run.stderr());
      assertTrue(run.stderr().contains("; overridden by --force=held\n"), run.stderr());
      assertTrue(web.copyIsCurrent());
    }
  }

  @Test
  void what_was_written_is_read_back_where_that_is_wanted() throws IOException {
    var verified = sync(web.copy, "--verify").ok();
    assertTrue(verified.stderr().endsWith("; read back: the same\n"), verified.stderr());
    assertTrue(web.copyIsCurrent());
    web.copyAnew();
    sync(web.copy, "--verify", "--dry-run").ok();
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void what_did_not_change_is_said_to_be_the_same_if_all_of_it_was_compared() throws IOException {
    var run = sync(web.copy, "--base=full").ok();
    assertTrue(run.stderr().endsWith("; what did not change is the same\n"), run.stderr());
    var json = JsonParser.parseString(sync(web.copy, "--json").ok().stdout()).getAsJsonObject();
    assertEquals(65_536, json.get("volumeSize").getAsLong());
    assertEquals(web.copy.toString(), json.get("destination").getAsString());
    assertFalse(json.get("verified").getAsBoolean());
  }

  @Test
  void details_have_the_digest() throws IOException {
    var run = sync(web.copy, "-v").ok();
    var last = run.stderr().lines().toList().getLast();
    assertTrue(last.matches("blkdelta: 1 extent, digest [0-9a-f]{32}"), run.stderr());
  }

  @Test
  void a_copy_that_reads_back_otherwise_is_incomplete() throws IOException {
    var memory = folder.resolve("remembered");
    var words = new ArrayList<Object>(List.of("sync", "--verify", "--progress=json"));
    words.addAll(Arrays.asList(web.source(web.copy)));
    var other =
        new Cli().remembering(memory).telling(this::damageWhenCompared).with(words.toArray());
    assertEquals(8, other.status(), other.stderr());
    assertTrue(other.stderr().contains("read-back differs in "), other.stderr());
    assertTrue(remembered(memory).contains("\"complete\": false"));
    new Cli().remembering(memory).with(words.toArray()).ok();
    assertTrue(web.copyIsCurrent());
    assertTrue(remembered(memory).contains("\"complete\": true"));
  }

  private void damageWhenCompared(String told) {
    if (told.contains("\"phase\":\"comparing\"")) {
      try (var copy = new RandomAccessFile(web.copy.toFile(), "rw")) {
        copy.seek(20_485);
        copy.write('x');
      } catch (IOException fault) {
        throw new UncheckedIOException(fault);
      }
    }
  }

  @Test
  void what_cannot_be_read_back_is_not_confirmed() throws IOException {
    var options = new ArrayList<>(new VolumeImages(folder, 1).thisMachine().subList(0, 2));
    options.addAll(List.of("--verify", "--origin", web.origin));
    var program = folder.resolve("blkdelta");
    var instead = folder.resolve("instead");
    options.add("--remote-command=sh " + instead);
    var memory = folder.resolve("remembered");
    var script =
        "export %s='%s'\ncase \"$*\" in *--read-back*) %%s ;; esac\nexec sh '%s' \"$@\"\n"
            .formatted(StateFolder.VARIABLE, memory, program);
    Files.writeString(instead, script.formatted("exit 5"));
    var unread = VolumeImages.run(options, "sync", web.store, "new:" + web.copy);
    assertEquals(8, unread.status(), unread.stderr());
    assertTrue(unread.stderr().contains("but was not read back: run again"), unread.stderr());
    assertTrue(remembered(memory).contains("\"complete\": true"));
    var damage = "printf x | dd of=%s bs=1 seek=20485 conv=notrunc".formatted(web.copy);
    Files.writeString(instead, script.formatted(damage));
    var other = VolumeImages.run(options, "sync", web.store, "new:" + web.copy);
    assertEquals(8, other.status(), other.stderr());
    assertTrue(other.stderr().contains("read-back differs in "), other.stderr());
    assertTrue(remembered(memory).contains("\"complete\": false"));
  }

  private static String remembered(Path memory) throws IOException {
    try (var files = Files.list(memory)) {
      return Files.readString(files.findFirst().orElseThrow());
    }
  }

  @Test
  void a_snapshot_on_another_machine_is_read_there() throws IOException {
    var options = new ArrayList<>(new VolumeImages(folder, 1).thisMachine());
    options.addAll(List.of("--verify", "--origin", web.origin));
    VolumeImages.run(options, "sync", "old:" + web.store, web.copy).ok();
    assertTrue(web.copyIsCurrent());
    web.copyAnew();
    options.add("-n");
    var plan = VolumeImages.run(options, "sync", "old:" + web.store, web.copy).ok();
    assertTrue(plan.stderr().contains("would receive 8 KiB of 64 KiB"), plan.stderr());
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void a_file_is_made_with_create_only() throws IOException {
    var made = folder.resolve("made.img");
    assertEquals(5, sync(made).status());
    assertTrue(Files.notExists(made));
    sync(made, "--create").ok();
    assertEquals(65_536, Files.size(made));
  }

  @Test
  void all_behind_a_snapshots_end_is_sent_too() throws IOException {
    var enlarged = Files.readAllBytes(web.origin);
    Arrays.fill(enlarged, 40_000, 65_536, (byte) 9);
    Files.write(web.origin, enlarged);
    sync(web.copy, "--snapshot-size", 40_000).ok();
    assertArrayEquals(enlarged, Files.readAllBytes(web.copy));
  }

  @Test
  void an_overflowed_snapshot_is_refused_before_the_destination_is_looked_at() throws IOException {
    Files.write(web.store, StoreBuilder.exceptionStore().copied(3).overflowed().bytes());
    assertEquals(4, sync(folder.resolve("absent")).status());
  }

  @Test
  void a_remote_shell_that_fails_is_no_connection() {
    var run = sync("new:/dev/vg0/web", "-e", "false");
    assertEquals(6, run.status(), run.stderr());
    var missing = sync("new:/dev/vg0/web", "-e", script("exit 127"));
    assertEquals(6, missing.status());
    assertTrue(
        missing.stderr().contains("was not found in the PATH of the remote account"),
        missing.stderr());
  }

  @Test
  void a_remote_side_that_never_confirms_leaves_it_unconfirmed() throws IOException {
    var answers = new ByteArrayOutputStream();
    var writer = new AnswerWriter(answers);
    writer.send(new Answer.Hello(65_536, Told.of(List.of("receive", "--", "/dev/vg0/web"))));
    writer.send(new Answer.Ready());
    var run = sync("new:/dev/vg0/web", "-e", answering(answers));
    assertEquals(8, run.status(), run.stderr());
    assertTrue(
        run.stderr().endsWith("everything was sent, but not confirmed: run again\n"), run.stderr());
  }

  @Test
  void a_remote_side_that_refuses_has_the_last_word() throws IOException {
    var answers = new ByteArrayOutputStream();
    var writer = new AnswerWriter(answers);
    writer.send(new Answer.Hello(65_536, Told.of(List.of("receive", "--", "/dev/vg0/web"))));
    writer.send(new Answer.Failed(Answer.Kind.REFUSED, "/dev/vg0/web: is mounted at /srv"));
    var run = sync("new:/dev/vg0/web", "-e", answering(answers));
    assertEquals(5, run.status());
    assertEquals("blkdelta: new: /dev/vg0/web: is mounted at /srv\n", run.stderr());
  }

  private Cli.Run sync(Object destination, Object... options) {
    var words = new ArrayList<Object>(List.of("sync"));
    words.addAll(Arrays.asList(web.source(destination)));
    words.addAll(Arrays.asList(options));
    return new Cli().with(words.toArray());
  }

  /// Returns a remote shell that says these bytes, and takes everything without a word.
  private String answering(ByteArrayOutputStream answers) throws IOException {
    var file = Files.write(folder.resolve("answers"), answers.toByteArray());
    return script("cat '%s'; cat >/dev/null".formatted(file));
  }

  private String script(String line) {
    try {
      var file = Files.writeString(folder.resolve("remote-shell"), "#!/bin/sh\n" + line + "\n");
      assertFalse(file.toString().contains(" "));
      return "sh " + file;
    } catch (IOException fault) {
      throw new AssertionError(fault);
    }
  }
}
