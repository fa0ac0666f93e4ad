package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.blkdelta.destination.DestinationState;
import org.blkdelta.destination.StateStore;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.linux.DeviceIdentity;
import org.blkdelta.wire.CollidingPages;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who writes inside a VM can make pages that a digest without a key takes for the same. Wherever a
/// comparison decides, the difference is found.
class CollidingPagesTest {

  private static final int PAGE = 4096;
  private static final int SIZE = 64 * PAGE;
  private static final int AT = 5 * PAGE;

  @TempDir Path folder;

  private final byte[] content = new byte[SIZE];
  private final byte[] other = new byte[SIZE];
  private Path volume;
  private Path copy;

  @BeforeEach
  void aVolumeAndACopyThatDiffersInOnePage() throws IOException {
    new Random(1).nextBytes(content);
    System.arraycopy(content, 0, other, 0, SIZE);
    System.arraycopy(CollidingPages.first(), 0, content, AT, PAGE);
    System.arraycopy(CollidingPages.second(), 0, other, AT, PAGE);
    volume = Files.write(folder.resolve("web.img"), content);
    copy = Files.write(folder.resolve("copy.img"), other);
  }

  @Test
  void verify_finds_it_on_either_side() throws IOException {
    found(Cli.run("verify", "--quiet", "--extents", volume, copy));
    var options = new ArrayList<>(new VolumeImages(folder, 1).thisMachine());
    options.addAll(List.of("--quiet", "--extents"));
    found(VolumeImages.run(options, "verify", volume, "new:" + copy));
    found(VolumeImages.run(options, "verify", "old:" + volume, copy));
  }

  @Test
  void a_repair_sends_it() throws IOException {
    Cli.run("verify", "--repair", volume, copy).ok();
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  @Test
  void a_run_that_goes_on_sends_it() throws IOException {
    var disk =
        Files.writeString(
            folder.resolve("vm.vmdk"),
            "version=1\nCID=00000005\nparentCID=ffffffff\ncreateType=\"vmfs\"\nRW %d VMFS \"web.img\"\n"
                .formatted(SIZE / 512));
    var memory = new StateStore(folder.resolve("state"));
    var lineage = Lineage.whole(Optional.of(Generation.of("vmdk:00000005")));
    memory.remember(
        DeviceIdentity.of(copy, Path.of("/sys")).orElseThrow(),
        copy.toString(),
        new DestinationState(lineage, false, true, SIZE / 2, Optional.empty(), List.of()),
        Optional.empty());
    var run = new Cli().remembering(memory.folder()).with("sync", disk, copy).ok();
    assertTrue(run.stderr().contains("; everything is sent again"), run.stderr());
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  @Test
  void a_sample_that_has_the_page_refuses_the_destination() throws IOException {
    var web = Scratch.with543(folder);
    var origin = Files.readAllBytes(web.origin);
    var old = Files.readAllBytes(web.copy);
    System.arraycopy(CollidingPages.first(), 0, origin, 8 * PAGE, PAGE);
    System.arraycopy(CollidingPages.second(), 0, old, 8 * PAGE, PAGE);
    Files.write(web.origin, origin);
    Files.write(web.copy, old);
    var run = Cli.run("sync", "--origin", web.origin, web.store, web.copy);
    assertEquals(5, run.status(), run.stderr());
    assertTrue(run.stderr().contains(": at byte 32768: doesn't match the state"), run.stderr());
    assertArrayEquals(old, Files.readAllBytes(web.copy));
  }

  /// The medium holds something else as soon as it was written.
  @Test
  void what_is_read_back_is_not_taken_for_what_was_written() throws IOException {
    var web = Scratch.with543(folder);
    var origin = Files.readAllBytes(web.origin);
    System.arraycopy(CollidingPages.first(), 0, origin, 5 * PAGE, PAGE);
    Files.write(web.origin, origin);
    var wrong = Files.write(folder.resolve("wrong"), CollidingPages.second());
    var options = new ArrayList<>(new VolumeImages(folder, 1).thisMachine());
    var spoiling = folder.resolve("spoiling");
    Files.writeString(
        spoiling,
        """
        case "$*" in *--read-back*)
          dd if='%s' of='%s' bs=4096 seek=5 conv=notrunc status=none;;
        esac
        exec %s "$@"
        """
            .formatted(wrong, web.copy, options.removeLast()));
    options.addAll(List.of("sh " + spoiling, "--verify", "--origin", web.origin));
    var run = VolumeImages.run(options, "sync", web.store, "new:" + web.copy);
    assertEquals(8, run.status(), run.stderr());
    assertTrue(run.stderr().contains("read-back differs in "), run.stderr());
  }

  private static void found(Cli.Run run) {
    assertEquals(3, run.status(), run.stderr());
    assertEquals(AT + " " + PAGE + "\n", run.stdout());
  }
}
