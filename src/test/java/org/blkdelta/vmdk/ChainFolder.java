package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.blkdelta.failure.SyncException;
import org.junit.jupiter.api.function.Executable;

/// A folder with the links of one disk. Link number N has the content id N; the base is number 1.
///
/// @param path the folder
record ChainFolder(Path path) {

  private static final int SECTOR = 512;

  /// Makes the base `vm.vmdk`, of flat sectors that are full of one byte.
  Path base(int sectors, int value) throws IOException {
    Files.write(path.resolve("vm-flat.vmdk"), full(sectors, value));
    return descriptor("vmfs")
        .cid(1)
        .extent(sectors, "VMFS", "vm-flat.vmdk")
        .write(path.resolve("vm.vmdk"));
  }

  /// Makes a COWD link on the link before it, and its descriptor.
  Path cowd(int number, long sectors, CowdBuilder delta) throws IOException {
    return link(number, sectors, "vmfsSparse", "VMFSSPARSE", delta.build());
  }

  /// Makes an seSparse link on the link before it, and its descriptor.
  Path seSparse(int number, long sectors, SeSparseBuilder delta) throws IOException {
    return link(number, sectors, "seSparse", "SESPARSE", delta.build());
  }

  /// Makes a hosted sparse link on the link before it, and its descriptor.
  Path hosted(int number, long sectors, HostedBuilder delta) throws IOException {
    return link(number, sectors, "twoGbMaxExtentSparse", "SPARSE", delta.build());
  }

  /// Writes a descriptor, for links with files of their own making.
  Path text(int number, DescriptorBuilder text) throws IOException {
    return text.cid(number).parent(number - 1, name(number - 1)).write(link(number));
  }

  /// Returns where the file of a link is.
  Path link(int number) {
    return path.resolve(name(number));
  }

  /// Returns where the data of a link is.
  Path data(int number) {
    return path.resolve("vm-%06d-delta.vmdk".formatted(number));
  }

  private Path link(int number, long sectors, String createType, String extentType, BuiltFile file)
      throws IOException {
    var data = file.write(data(number));
    return text(
        number, descriptor(createType).extent(sectors, extentType, data.getFileName().toString()));
  }

  private static String name(int number) {
    return number == 1 ? "vm.vmdk" : "vm-%06d.vmdk".formatted(number);
  }

  /// Returns sectors that are full of one byte.
  static byte[] full(int sectors, int value) {
    var bytes = new byte[sectors * SECTOR];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  /// Returns the message with which something is refused.
  static String refusal(Executable what) {
    return String.valueOf(assertThrows(SyncException.class, what).getMessage());
  }
}
