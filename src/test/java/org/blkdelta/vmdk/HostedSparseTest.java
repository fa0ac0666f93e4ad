package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.ChainFolder.refusal;
import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.blkdelta.vmdk.HostedBuilder.hosted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Hosted sparse files with their descriptor inside, plain and compressed.
class HostedSparseTest {

  private static final int UNCLEAN_SHUTDOWN = 72;

  @TempDir Path temp;

  private final List<String> warnings = new ArrayList<>();

  @Test
  void the_name_in_a_descriptor_inside_is_that_of_the_past() throws IOException {
    var file = disk(UnaryOperator.identity(), "gone.vmdk").write(temp.resolve("renamed.vmdk"));
    assertEquals(List.of("0+128 ZERO", "128+128 DATA", "256+44 ZERO"), Chains.extents(file));
    assertEquals(0x11, Chains.byteAt(file, 128));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9})
  void compressed_grains_are_read_wherever_the_tables_are(int level) throws IOException {
    List<UnaryOperator<HostedBuilder>> ways =
        List.of(
            builder -> builder,
            HostedBuilder::shortLastGrain,
            HostedBuilder::directoryAtEnd,
            builder -> builder.directoryAtEnd().progress().shortLastGrain().shuffled(level));
    for (var way : ways) {
      UnaryOperator<HostedBuilder> last = builder -> builder.grain(2, 0x22);
      var file =
          disk(builder -> way.apply(last.apply(builder.compressed(level))), "generated.vmdk")
              .write(temp.resolve("stream.vmdk"));
      assertEquals(List.of("0+128 ZERO", "128+172 DATA"), Chains.extents(file));
      assertEquals(0x11, Chains.byteAt(file, 255));
      assertEquals(0x22, Chains.byteAt(file, 299));
    }
  }

  @Test
  void compressed_tables_that_have_no_grains_need_not_exist() throws IOException {
    long sectors = 3 * 65536 + 1;
    var text = descriptor("streamOptimized").cid(2).parent(1, "vm.vmdk");
    var built =
        hosted(sectors)
            .compressed(6)
            .directoryAtEnd()
            .descriptor(text.extent(sectors, "SPARSE", "x").text())
            .grain(513, 0x11)
            .grain(3 * 512, 0x12);
    var file = built.build().write(temp.resolve("stream.vmdk"));
    try (var chain = SnapshotChain.ofFiles(List.of(file), Chains.access(warnings))) {
      assertEquals(List.of("65664+128 DATA", "196608+1 DATA"), Chains.extents(chain));
    }
  }

  @Test
  void a_file_may_be_nothing_but_a_place_for_a_descriptor() throws IOException {
    Files.write(temp.resolve("flat"), ChainFolder.full(300, 0x33));
    var text = descriptor("monolithicFlat").flat(300, "flat", 0).text();
    var bytes = hosted(128).descriptor(text).build().bytes();
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(12, 0);
    var file = Files.write(temp.resolve("vm.vmdk"), bytes);
    assertEquals(List.of("0+300 DATA"), Chains.extents(file));
    assertEquals(0x33, Chains.byteAt(file, 299));
  }

  @Test
  void one_extent_of_several_is_refused() throws IOException {
    var file = hosted(300).grain(1, 1).build().write(temp.resolve("vm-s001.vmdk"));
    assertEquals(
        file + ": is one extent of several; name the descriptor that lists them",
        refusal(() -> Chains.open(file)));
  }

  @Test
  void an_extent_of_another_size_than_the_descriptor_says_is_refused() throws IOException {
    var text = descriptor("monolithicSparse").extent(299, "SPARSE", "x").text();
    var file = hosted(300).descriptor(text).build().write(temp.resolve("vm.vmdk"));
    assertEquals(
        file + ": has 300 sectors, and 299 in the descriptor; they do not belong together",
        refusal(() -> Chains.open(file)));
  }

  @Test
  void a_file_that_was_not_closed_is_refused_unless_accepted() throws IOException {
    var bytes = disk(UnaryOperator.identity(), "x").bytes();
    bytes[UNCLEAN_SHUTDOWN] = 1;
    var file = Files.write(temp.resolve("vm.vmdk"), bytes);
    var message = refusal(() -> Chains.open(file));
    assertEquals(
        file
            + ": at byte 72: it was not closed properly: the VM runs, or crashed; refused unless you"
            + " know better: --accept=unclean",
        message);

    var accepting = Chains.access(false, EnumSet.of(Doubt.UNCLEAN), warnings);
    try (var chain = SnapshotChain.open(file, Optional.empty(), accepting)) {
      assertTrue(!chain.links().getFirst().content().orElseThrow().clean());
      assertEquals(List.of("0+128 ZERO", "128+128 DATA", "256+44 ZERO"), Chains.extents(chain));
    }
    assertEquals(
        1,
        warnings.stream().filter(warning -> warning.contains("--accept=unclean")).count(),
        warnings.toString());
  }

  /// Returns a disk of 300 sectors with one grain, that has its descriptor inside.
  private static BuiltFile disk(UnaryOperator<HostedBuilder> change, String name) {
    var builder = change.apply(hosted(300).grain(1, 0x11));
    boolean isStream = name.equals("generated.vmdk");
    var text = descriptor(isStream ? "streamOptimized" : "monolithicSparse");
    return builder.descriptor(text.extent(300, "SPARSE", name).text()).build();
  }
}
