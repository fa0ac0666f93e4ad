package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.blkdelta.destination.DestinationState;
import org.blkdelta.destination.StateStore;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.Sizes;
import org.blkdelta.linux.DeviceIdentity;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs whose source is on another machine, and that were cut.
class PulledRunsTest {

  private static final int SIZE = 6 << 20;
  private static final int DURABLE = (4 << 20) + 8192;

  @TempDir Path folder;

  private final byte[] content = new byte[SIZE];
  private Path image;
  private Path copy;
  private StateStore memory;

  /// A copy of which the destination has the first part.
  @BeforeEach
  void anInterruptedCopy() throws IOException {
    new Random(1).nextBytes(content);
    Arrays.fill(content, 1 << 20, 2 << 20, (byte) 0);
    image = Files.write(folder.resolve("web.img"), content);
    copy = folder.resolve("copy.img");
    memory = new StateStore(folder.resolve("state"));
    tear();
  }

  @Test
  void it_goes_on_where_the_medium_has_everything() throws IOException {
    var run = copied("--json");
    assertEquals(
        SIZE - DURABLE,
        JsonParser.parseString(run.stdout()).getAsJsonObject().get("bytes").getAsLong());
    assertArrayEquals(content, Files.readAllBytes(copy));
    var again = copied();
    assertFalse(again.stderr().contains("goes on at"), "it was complete");
  }

  @Test
  void what_was_written_is_held_against_the_source() throws IOException {
    var torn = Files.readAllBytes(copy);
    torn[DURABLE - 1] ^= 1;
    Files.write(copy, torn);
    var run = copied();
    assertTrue(run.stderr().contains("resuming at " + Sizes.binary(DURABLE)), run.stderr());
    assertTrue(run.stderr().contains("; everything is sent again"), run.stderr());
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  @Test
  void a_connection_that_breaks_is_made_again() throws IOException {
    var web = Scratch.with543(folder);
    var run = sync(web, "dd bs=1 count=2000 status=none; exit 255", "--retries=2");
    assertEquals(0, run.status(), run.stderr());
    assertTrue(run.stderr().contains("; trying again in 1 s, at most 2 times more"), run.stderr());
    assertTrue(web.copyIsCurrent());
    assertEquals(2, tries());
  }

  @Test
  void nobody_tries_again_unasked_or_where_the_sender_said_why() throws IOException {
    var web = Scratch.with543(folder);
    assertEquals(6, sync(web, "dd bs=1 count=2000 status=none; exit 255").status());
    assertEquals(1, tries());
    Files.delete(folder.resolve("tries"));
    var refused = sync(web, "dd bs=1 count=2000 status=none; exit 4", "--retries=2");
    assertEquals(4, refused.status(), refused.stderr());
    assertEquals(1, tries());
    assertTrue(web.copyIsUntouched());
  }

  private void tear() throws IOException {
    var torn = content.clone();
    Arrays.fill(torn, DURABLE, SIZE, (byte) 9);
    Files.write(copy, torn);
    var lineage = Lineage.whole(Optional.empty());
    var state = new DestinationState(lineage, false, true, DURABLE, Optional.empty(), List.of());
    memory.remember(
        DeviceIdentity.of(copy, Path.of("/sys")).orElseThrow(),
        copy.toString(),
        state,
        Optional.empty());
  }

  private Cli.Run copied(Object... options) throws IOException {
    var words = new ArrayList<Object>(List.of("copy"));
    words.addAll(new VolumeImages(folder, 1).thisMachine());
    words.addAll(List.of(options));
    words.addAll(List.of("old:" + image, copy));
    return new Cli().remembering(memory.folder()).with(words.toArray()).ok();
  }

  /// Syncs from this machine; the stream of the first try goes through a filter.
  private Cli.Run sync(Scratch web, String filter, Object... options) throws IOException {
    var machine = new VolumeImages(folder, 1).thisMachine();
    var shell = folder.resolve("failing-shell");
    Files.writeString(
        shell,
        """
        shift $(($# - 1))
        tries='%s'
        echo >>"$tries"
        if [ $(wc -l <"$tries") = 1 ]; then eval "$1" | { %s; }; else eval "$1"; fi
        """
            .formatted(folder.resolve("tries"), filter));
    var words = new ArrayList<Object>(List.of("sync", "-e", "sh " + shell));
    words.addAll(machine.subList(2, 4));
    words.addAll(List.of(options));
    words.addAll(List.of("--origin", web.origin, "old:" + web.store, web.copy));
    return Cli.run(words.toArray());
  }

  private long tries() throws IOException {
    return Files.readAllLines(folder.resolve("tries")).size();
  }
}
