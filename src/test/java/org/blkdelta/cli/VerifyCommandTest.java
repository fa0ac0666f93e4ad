package org.blkdelta.cli;

import static org.blkdelta.cli.VolumeImages.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.blkdelta.linux.ExclusiveHold;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {

  private static final int SIZE = 3_000_001;

  @TempDir Path folder;

  private VolumeImages volumes;
  private Path source;
  private Path copy;

  @BeforeEach
  void aVolumeAndItsCopy() throws IOException {
    volumes = new VolumeImages(folder, 1);
    source = volumes.image("web.img", SIZE);
    copy = Files.copy(source, folder.resolve("copy.img"));
  }

  @Test
  void what_is_the_same_is_said_to_be() {
    var run = Cli.run("verify", source, copy).ok();
    assertTrue(
        run.stderr()
            .matches("blkdelta: the same; compared 2.9 MiB in [0-9.]+ s \\([0-9.]+ [MG]iB/s\\)\n"),
        run.stderr());
    assertEquals("", run.stdout());
  }

  @Test
  void one_byte_anywhere_is_found() throws IOException {
    for (int at : new int[] {0, 4095, 1_048_576, 2_000_000, SIZE - 1}) {
      flip(at);
      var run = Cli.run("verify", "--quiet", "--extents", source, copy);
      assertEquals(3, run.status(), run.stderr());
      int page = at / 4096 * 4096;
      assertEquals(page + " " + Math.min(4096, SIZE - page) + "\n", run.stdout());
      flip(at);
    }
  }

  @Test
  void the_json_has_the_keys_that_programs_rely_on() throws IOException {
    flip(5000);
    var run = Cli.run("verify", "--json", "--extents", source, copy);
    assertEquals(3, run.status());
    var lines = run.stdout().lines().toList();
    assertEquals("{\"offset\":4096,\"length\":4096}", lines.get(0));
    var verdict = JsonParser.parseString(lines.get(1)).getAsJsonObject();
    assertEquals(
        Set.of(
            "same",
            "extents",
            "differentBytes",
            "bytes",
            "destinationSize",
            "wireBytes",
            "seconds",
            "digest"),
        verdict.keySet());
    assertFalse(verdict.get("same").getAsBoolean());
    assertEquals(SIZE, verdict.get("bytes").getAsLong());
    assertEquals(2, lines.size());
  }

  @Test
  void a_repaired_copy_is_the_source() throws IOException {
    for (long seed = 0; seed < 20; seed++) {
      var random = new VolumeImages(folder, seed);
      var from = random.image("from", SIZE);
      var to = Files.copy(from, folder.resolve("to" + seed));
      random.damage(to);
      assertEquals(3, Cli.run("verify", from, to).status(), "seed " + seed);
      Cli.run("verify", "--repair", from, to).ok();
      assertEquals(-1, Files.mismatch(from, to), "seed " + seed);
    }
  }

  @Test
  void two_unlike_volumes_are_repaired_too() throws IOException {
    var other = volumes.image("other", SIZE);
    assertEquals(3, Cli.run("verify", source, other).status());
    Cli.run("verify", "--repair", source, other).ok();
    Cli.run("verify", source, other).ok();
    assertEquals(-1, Files.mismatch(source, other));
  }

  @Test
  void a_repair_needs_a_destination_that_nobody_uses_and_a_verify_does_not() throws IOException {
    flip(5000);
    var before = Files.readAllBytes(copy);
    try (var held = ExclusiveHold.of(copy).orElseThrow()) {
      assertTrue(Files.exists(held.path()));
      assertEquals(3, Cli.run("verify", source, copy).status());
      assertEquals(5, Cli.run("verify", "--repair", source, copy).status());
    }
    assertEquals(-1, Files.mismatch(copy, Files.write(folder.resolve("before"), before)));
  }

  @Test
  void either_side_may_be_another_machine() throws IOException {
    var options = volumes.thisMachine();
    run(options, "verify", source, "new:" + copy).ok();
    run(options, "verify", "old:" + source, copy).ok();
    flip(5000);
    var there = run(options, "verify", "--extents", source, "new:" + copy);
    assertEquals(3, there.status(), there.stderr());
    assertEquals("4096 4096\n", there.stdout());
    var here = run(options, "verify", "--extents", "old:" + source, copy);
    assertEquals(3, here.status(), here.stderr());
    assertEquals("4096 4096\n", here.stdout());
    run(options, "verify", "--repair", "old:" + source, copy).ok();
    assertEquals(-1, Files.mismatch(source, copy));
    flip(5000);
    run(options, "verify", "--repair", source, "new:" + copy).ok();
    assertEquals(-1, Files.mismatch(source, copy));
  }

  @Test
  void what_cannot_be_compared_is_no_difference() throws IOException {
    var options = volumes.thisMachine();
    assertEquals(5, Cli.run("verify", source, source).status());
    assertEquals(5, run(options, "verify", source, "new:" + source).status());
    assertEquals(5, Cli.run("verify", source, folder.resolve("absent")).status());
    assertEquals(5, run(options, "verify", source, "new:" + folder.resolve("absent")).status());
    assertEquals(4, Cli.run("verify", folder.resolve("absent"), copy).status());
    assertEquals(4, run(options, "verify", "old:" + folder.resolve("absent"), copy).status());
    var absent = folder.resolve("absent");
    assertEquals(4, run(options, "verify", "old:" + absent, "new:" + copy).status());
    assertEquals(5, run(options, "verify", "old:" + source, "new:" + absent).status());
  }

  @Test
  void a_larger_destination_is_compared_up_to_the_volumes_end() throws IOException {
    var larger = Arrays.copyOf(Files.readAllBytes(source), SIZE + 5000);
    larger[SIZE + 1] = 1;
    var run = Cli.run("verify", source, Files.write(copy, larger)).ok();
    var words = "; 5000 bytes more of the destination were not looked at\n";
    assertTrue(run.stderr().endsWith(words), run.stderr());
  }

  @Test
  void a_smaller_destination_is_different_and_cannot_be_repaired() throws IOException {
    var small = Arrays.copyOf(Files.readAllBytes(source), SIZE - 1);
    Files.write(copy, small);
    var options = volumes.thisMachine();
    for (var run :
        List.of(
            Cli.run("verify", "--extents", source, copy),
            run(options, "verify", "--extents", source, "new:" + copy),
            run(options, "verify", "--extents", "old:" + source, copy))) {
      assertEquals(3, run.status(), run.stderr());
      assertEquals("2998272 1729\n", run.stdout());
      var words = "; the destination has 3000000 bytes, the source 3000001 bytes\n";
      assertTrue(run.stderr().endsWith(words), run.stderr());
    }
    var repair = Cli.run("verify", "--repair", source, copy);
    assertEquals(5, repair.status(), repair.stderr());
    assertTrue(repair.stderr().contains("make it larger"), repair.stderr());
    assertEquals(-1, Arrays.mismatch(small, Files.readAllBytes(copy)));
  }

  private void flip(int at) throws IOException {
    var bytes = Files.readAllBytes(copy);
    bytes[at] ^= 1;
    Files.write(copy, bytes);
  }
}
