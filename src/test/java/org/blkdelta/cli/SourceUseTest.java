package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.blkdelta.destination.StateStore;
import org.blkdelta.extent.ListedSource;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.report.Streams;
import org.blkdelta.source.SourceUse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

class SourceUseTest {

  private static final String QEMU = "is opened by qemu-system-x86 (process 4711)";

  @TempDir Path folder;

  private Path web;

  @BeforeEach
  void aVolume() throws IOException {
    web = Files.createFile(folder.resolve("web"));
  }

  private final ByteArrayOutputStream told = new ByteArrayOutputStream();
  private final Deque<List<String>> looks = new ArrayDeque<>();

  @Test
  void a_source_that_stays_open_is_refused_with_the_ways_out() {
    looks.add(List.of(QEMU));
    var refused = assertThrows(RefusedException.class, () -> use().admit(web));
    assertEquals(
        web
            + ": is opened by qemu-system-x86 (process 4711), so what it writes meanwhile would"
            + " be missing; stop it (--wait-closed waits), send what there is (--live), or read from"
            + " a newer snapshot",
        refused.getMessage());
  }

  @Test
  void one_that_is_open_for_a_moment_is_not() throws IOException {
    looks.addAll(List.of(List.of(QEMU), List.of()));
    var use = use();
    use.admit(web);
    assertEquals(Optional.empty(), use.movedOn(source()));
    assertEquals("", told.toString(StandardCharsets.UTF_8));
  }

  @Test
  void waiting_ends_when_it_is_closed_and_says_what_it_waits_for() throws IOException {
    looks.addAll(List.of(List.of(QEMU), List.of(QEMU), List.of()));
    use("--wait-closed").admit(web);
    assertEquals(
        "blkdelta: " + web + ": " + QEMU + "; waiting until it is closed\n",
        told.toString(StandardCharsets.UTF_8));
  }

  @Test
  void waiting_has_an_end_where_one_was_given() {
    looks.add(List.of(QEMU));
    var refused = assertThrows(RefusedException.class, () -> use("--wait-closed=1s").admit(web));
    var message = String.valueOf(refused.getMessage());
    assertTrue(message.startsWith(web + ": " + QEMU + " after 1 s, so"), message);
  }

  @Test
  void live_takes_it_as_it_is_and_is_never_final_while_it_is_open() throws IOException {
    looks.add(List.of(QEMU));
    var use = use("--live");
    use.admit(web);
    assertEquals(
        Optional.of(
            web
                + ": "
                + QEMU
                + ": what was sent is not final; run it again with --base=full when nothing writes"
                + " any more (--wait-closed waits for that)"),
        use.movedOn(source()));
    looks.clear();
    looks.add(List.of());
    assertEquals(Optional.empty(), use.movedOn(source()), "its user has left and wrote nothing");
  }

  @Test
  void who_opens_it_during_the_run_will_write_to_it() throws IOException {
    looks.addAll(List.of(List.of(), List.of(QEMU)));
    var use = use();
    use.admit(web);
    assertTrue(use.movedOn(source()).orElseThrow().contains("is not final"));
  }

  @Test
  void an_old_program_is_only_warned() throws IOException {
    looks.add(List.of(QEMU));
    SourceUse.warned(streams()::say).looking(this::look).admit(web);
    assertEquals(
        "blkdelta: warning: "
            + web
            + ": "
            + QEMU
            + ": what is written to it from now on may be missing in this run; stop its user, or read"
            + " from a newer snapshot\n",
        told.toString(StandardCharsets.UTF_8));
  }

  @Test
  void times_are_numbers_with_a_unit() throws IOException {
    assertThrows(
        UsageException.class, () -> options("--wait-closed=soon").request().use(streams()::say));
    assertThrows(
        UsageException.class, () -> options("--wait-closed=0").request().use(streams()::say));
    assertThrows(
        UsageException.class,
        () -> options("--wait-closed", "--live").request().use(streams()::say));
    assertEquals(List.of("--wait-closed=5400"), options("--wait-closed=90m").request().words());
    assertEquals(List.of("--wait-closed"), options("--wait-closed").request().words());
    assertEquals(List.of("--live"), options("--live").request().words());
    assertEquals(List.of("--live"), options("--wait-closed").request().rehearsed().words());
    assertFalse(options().request().isLive());
  }

  /// The word after them is the source.
  private static UseOptions options(String... words) {
    var command = new CommandLine(new Only());
    var all = new ArrayList<>(List.of(words));
    all.add("vg0/web-pre");
    command.parseArgs(all.toArray(String[]::new));
    Only only = command.getCommand();
    assertEquals("vg0/web-pre", only.source);
    return only.use;
  }

  /// A command that has nothing else.
  @Command(name = "only")
  static final class Only {
    @Mixin UseOptions use;
    @Parameters String source;
  }

  private SourceUse use(String... words) throws UsageException {
    return options(words).request().use(streams()::say).looking(this::look);
  }

  private List<String> look(Path path) {
    assertEquals(web, path);
    return looks.size() > 1 ? looks.removeFirst() : looks.getFirst();
  }

  private ListedSource source() {
    return new ListedSource(new byte[4096]);
  }

  private Streams streams() {
    return new Streams(
        InputStream.nullInputStream(),
        new ByteArrayOutputStream(),
        new PrintStream(told, true, StandardCharsets.UTF_8),
        new StateStore(folder));
  }
}
