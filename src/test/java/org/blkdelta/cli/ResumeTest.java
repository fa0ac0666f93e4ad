package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.blkdelta.destination.DestinationState;
import org.blkdelta.destination.StateStore;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.Sizes;
import org.blkdelta.linux.DeviceIdentity;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a run does where an earlier one was interrupted.
class ResumeTest {

  private static final int SIZE = 6 << 20;
  private static final int DURABLE = (4 << 20) + 8192;

  @TempDir Path folder;

  private final byte[] content = new byte[SIZE];
  private Path disk;
  private Path copy;
  private StateStore memory;

  /// A whole VMware disk, of which the destination has the first part.
  @BeforeEach
  void anInterruptedRun() throws IOException {
    new Random(1).nextBytes(content);
    Arrays.fill(content, 1 << 20, 2 << 20, (byte) 0);
    Files.write(folder.resolve("vm-flat.vmdk"), content);
    disk =
        Files.writeString(
            folder.resolve("vm.vmdk"),
            "version=1\nCID=00000005\nparentCID=ffffffff\ncreateType=\"vmfs\"\nRW %d VMFS \"vm-flat.vmdk\"\n"
                .formatted(SIZE / 512));
    copy = Files.write(folder.resolve("copy.img"), Arrays.copyOf(content, SIZE));
    var torn = content.clone();
    Arrays.fill(torn, DURABLE, SIZE, (byte) 9);
    Files.write(copy, torn);
    memory = new StateStore(folder.resolve("state"));
    remember(Lineage.whole(Optional.of(Generation.of("vmdk:00000005"))));
  }

  @Test
  void it_goes_on_where_the_medium_has_everything() throws IOException {
    var run = sync();
    assertTrue(run.stderr().contains("resuming at " + Sizes.binary(DURABLE)), run.stderr());
    assertArrayEquals(content, Files.readAllBytes(copy));
    assertEquals(SIZE - DURABLE, bytes());
    assertFalse(sync().stderr().contains("goes on at"), "it was complete");
  }

  @Test
  void what_was_written_is_held_against_the_source() throws IOException {
    for (int at : new int[] {0, (1 << 20) + 5, DURABLE - 1}) {
      anInterruptedRun();
      var torn = Files.readAllBytes(copy);
      torn[at] ^= 1;
      Files.write(copy, torn);
      var run = sync();
      assertTrue(run.stderr().contains("; everything is sent again"), run.stderr());
      assertArrayEquals(content, Files.readAllBytes(copy));
    }
  }

  @Test
  void another_generation_is_sent_from_its_beginning() throws IOException {
    remember(Lineage.whole(Optional.of(Generation.of("vmdk:00000004"))));
    assertFalse(sync().stderr().contains("goes on at"));
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  @Test
  void whoever_wants_everything_compared_gets_everything_sent() throws IOException {
    assertFalse(sync("--base=full").stderr().contains("goes on at"));
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  @Test
  void a_dry_run_leaves_it_where_it_is() throws IOException {
    sync("-n");
    assertTrue(sync().stderr().contains("resuming at " + Sizes.binary(DURABLE)));
  }

  @Test
  void a_stream_that_is_kept_begins_at_its_beginning() throws IOException {
    var stream = Cli.run("dump", disk).ok().bytes();
    new Cli().remembering(memory.folder()).reading(stream).with("apply", "-", copy).ok();
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  private void remember(Lineage lineage) throws IOException {
    var state = new DestinationState(lineage, false, true, DURABLE, Optional.empty(), List.of());
    var identity = DeviceIdentity.of(copy, Path.of("/sys")).orElseThrow();
    memory.remember(identity, copy.toString(), state, Optional.empty());
  }

  private Cli.Run sync(Object... options) {
    var words = new Object[options.length + 3];
    words[0] = "sync";
    System.arraycopy(options, 0, words, 1, options.length);
    words[words.length - 2] = disk;
    words[words.length - 1] = copy;
    return new Cli().remembering(memory.folder()).with(words).ok();
  }

  /// Returns how many bytes a run like the first one sends.
  private long bytes() throws IOException {
    remember(Lineage.whole(Optional.of(Generation.of("vmdk:00000005"))));
    var json = JsonParser.parseString(sync("--json").stdout());
    return json.getAsJsonObject().get("bytes").getAsLong();
  }
}
