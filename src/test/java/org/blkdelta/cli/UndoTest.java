package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.blkdelta.lvm.StoreBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `--undo`, and what is done with the file that it writes.
class UndoTest {

  private static final int MEBIBYTE = 1 << 20;
  private static final int SIZE = 20 * MEBIBYTE;

  @TempDir Path folder;

  private Scratch web;
  private Path undo;

  /// Everything after the first page changed: more than an undo's batch.
  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    var random = new Random(1);
    var content = new byte[SIZE];
    random.nextBytes(content);
    Arrays.fill(content, 3 * MEBIBYTE, 5 * MEBIBYTE, (byte) 0);
    var old = new byte[SIZE];
    random.nextBytes(old);
    Arrays.fill(old, 10 * MEBIBYTE + 100, 13 * MEBIBYTE, (byte) 0);
    System.arraycopy(content, 0, old, 0, 4096);
    web = Scratch.of(folder, content, old, StoreBuilder.exceptionStore());
    undo = folder.resolve("undo");
  }

  @Test
  void a_sync_is_rolled_back() throws IOException {
    run("sync", source("--undo", undo, web.copy)).ok();
    assertTrue(web.copyIsCurrent());
    Cli.run("apply", undo, web.copy).ok();
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void the_roll_back_is_rolled_back() throws IOException {
    var again = folder.resolve("again");
    run("sync", source("--undo", undo, web.copy)).ok();
    Cli.run("apply", "--undo", again, undo, web.copy).ok();
    assertTrue(web.copyIsUntouched());
    Cli.run("apply", again, web.copy).ok();
    assertTrue(web.copyIsCurrent());
  }

  /// Two runs, of which the second is rolled back, and the first twice.
  @Test
  void the_way_back_is_known_after_going_there_and_back_again() throws IOException {
    var second = folder.resolve("second");
    var again = folder.resolve("again");
    run("sync", source("--undo", undo, web.copy)).ok();
    run("sync", source("--undo", second, web.copy)).ok();
    Cli.run("apply", second, web.copy).ok();
    Cli.run("apply", "--undo", again, undo, web.copy).ok();
    Cli.run("apply", again, web.copy).ok();
    assertTrue(web.copyIsCurrent());
    Cli.run("apply", undo, web.copy).ok();
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void the_far_end_writes_the_undo() throws IOException {
    var stream = dumped();
    new Cli().reading(stream).with("receive", "--undo=" + undo, "--", web.copy).ok();
    assertTrue(web.copyIsCurrent());
    Cli.run("apply", undo, web.copy).ok();
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void what_comes_from_another_machine_is_rolled_back() throws IOException {
    var options = new VolumeImages(folder, 1).thisMachine();
    VolumeImages.run(options, "copy", "--undo=" + undo, "old:" + web.origin, web.copy).ok();
    assertTrue(web.copyIsCurrent());
    Cli.run("apply", undo, web.copy).ok();
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void an_interrupted_run_is_rolled_back_only_when_that_is_said() throws IOException {
    var stream = dumped();
    for (int cut : new int[] {2 * MEBIBYTE, 9 * MEBIBYTE, 17 * MEBIBYTE, stream.length - 1}) {
      web.copyAnew();
      Files.deleteIfExists(undo);
      var broken = Arrays.copyOf(stream, Math.min(cut, stream.length - 1));
      var run = new Cli().reading(broken).with("apply", "--undo", undo, "-", web.copy);
      assertEquals(7, run.status(), run.stderr());
      var torn = Files.readAllBytes(web.copy);

      var refused = Cli.run("apply", undo, web.copy);
      assertEquals(5, refused.status(), refused.stderr());
      assertTrue(refused.stderr().contains("--undo-of-interrupted"), refused.stderr());
      assertTrue(Arrays.equals(torn, Files.readAllBytes(web.copy)), "written although refused");

      var rolled = Cli.run("apply", "--undo-of-interrupted", undo, web.copy).ok();
      assertTrue(rolled.stderr().contains(" records, is rolled back"), rolled.stderr());
      assertTrue(web.copyIsUntouched(), "cut at " + cut);
    }
  }

  @Test
  void an_undo_that_is_torn_inside_a_record_restores_what_is_before_it() throws IOException {
    run("sync", source("--undo", undo, web.copy)).ok();
    var whole = Files.readAllBytes(undo);
    var random = new Random(7);
    for (int round = 0; round < 5; round++) {
      int cut = 200 + random.nextInt(whole.length - 300);
      Files.write(undo, Arrays.copyOf(whole, cut));
      assertEquals(5, Cli.run("apply", undo, web.copy).status());
      Cli.run("apply", "--undo-of-interrupted", undo, web.copy).ok();
    }
    Files.write(undo, whole);
    Cli.run("apply", undo, web.copy).ok();
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void another_stream_has_to_be_whole() throws IOException {
    var delta = Files.write(folder.resolve("delta"), dumped());
    var run = Cli.run("apply", "--undo-of-interrupted", delta, web.copy);
    assertEquals(5, run.status(), run.stderr());
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void a_file_that_exists_is_never_overwritten() throws IOException {
    Files.writeString(undo, "precious");
    var run = run("sync", source("--undo", undo, web.copy));
    assertEquals(5, run.status(), run.stderr());
    assertEquals("precious", Files.readString(undo));
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void a_dry_run_makes_no_undo_but_looks_whether_it_could() throws IOException {
    run("sync", source("-n", "--undo", undo, web.copy)).ok();
    assertFalse(Files.exists(undo));
    var nowhere = folder.resolve("nowhere/undo");
    assertEquals(5, run("sync", source("-n", "--undo", nowhere, web.copy)).status());
    Files.createFile(undo);
    assertEquals(5, run("sync", source("-n", "--undo", undo, web.copy)).status());
  }

  @Test
  void a_stream_without_order_cannot_be_undone_so() throws IOException {
    var stream =
        run("dump", Stream.concat(Stream.of("--format=lvmsync"), Stream.of(source())).toArray())
            .ok()
            .bytes();
    var run = new Cli().reading(stream).with("apply", "--undo", undo, "-", web.copy);
    assertEquals(2, run.status(), run.stderr());
    assertFalse(Files.exists(undo));
    assertTrue(web.copyIsUntouched());
  }

  private byte[] dumped() {
    return run("dump", source()).ok().bytes();
  }

  private static Cli.Run run(String command, Object... words) {
    return new Cli().with(Stream.concat(Stream.of(command), Stream.of(words)).toArray());
  }

  /// Returns the words that name the source, and what follows them.
  private Object[] source(Object... more) {
    return Stream.concat(
            Stream.of(web.source()),
            Stream.concat(Stream.of("--snapshot-size", "4096"), Stream.of(more)))
        .toArray();
  }
}
