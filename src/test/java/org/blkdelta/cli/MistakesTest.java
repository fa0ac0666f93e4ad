package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.blkdelta.vmdk.DescriptorBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What people do wrong with files and devices that are there, or are not: each with its exit code
/// and its message, and nothing is written.
class MistakesTest {

  /// Longer ones are not read at 3 a.m.
  private static final int MAX_LENGTH = 200;

  private static final int MIB = 1 << 20;

  @TempDir Path temp;

  private Path folder;

  @BeforeEach
  void filesOfAllKinds() throws IOException {
    folder = temp.toRealPath();
    disks();
    others();
    streams();
    chains();
  }

  /// A word that names what is in the folder stands for its path, and so does one that ends with an
  /// exclamation mark, for what is not there.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          copy nothere! b.img | 4 | nothere: no such file or directory; the source cannot be read
          copy a.img nothere! | 5 | nothere: does not exist; make the volume first, or let --create make a file
          inspect new:/srv/a | 2 | new:/srv/a: of another machine's, only VMware disks are inspected from here; run there: blkdelta inspect /srv/a
          state new:/srv/a | 2 | new:/srv/a: what is remembered of it is on that machine; run there: blkdelta state /srv/a
          copy a.img gone | 5 | gone: is a symbolic link to nowhere, which does not exist; make that first
          copy --create a.img gone | 5 | gone: is a symbolic link to nowhere, which does not exist; make that first
          copy dir b.img | 4 | dir: is neither a block device nor a file; the source cannot be read
          copy a.img rsync://new/web | 2 | rsync://new/web: is not a URI that is known here; write HOST:PATH, which is reached by ssh
          copy a.img new::web | 2 | new::web: has two colons; write HOST:PATH, which is reached by ssh, or [IPV6]:PATH
          copy a.img dir | 5 | dir: is neither a block device nor a file; name one
          copy /dev/null b.img | 4 | /dev/null: is neither a block device nor a file; the source cannot be read
          copy a.img /dev/full | 5 | /dev/full: is neither a block device nor a file; name one
          copy a.img small.img | 5 | small.img: has 512 KiB, the volume 1 MiB; make it larger
          copy empty.img b.img | 4 | empty.img: is empty (0 bytes); name a disk that has content
          copy a.img a.img | 5 | a.img: is the source, or on the same device; choose another destination
          verify a.img a.img | 5 | a.img: is the source, or on the same device; choose another destination
          verify a.img nothere! | 5 | nothere: does not exist; name what is to be compared
          verify nothere! b.img | 4 | nothere: no such file or directory; the source cannot be read
          sync a.img b.img | 2 | a.img: is a file, with no list of changes; send all of it: blkdelta copy, or what differs: blkdelta verify --repair
          sync cow.img b.img | 2 | cow.img: is a snapshot's exception store; name the origin that its changes are read from: --origin
          sync /dev/null b.img | 4 | /dev/null: is neither a block device nor a file; name one
          dump a.img | 2 | a.img: is a file, with no list of changes; send all of it: blkdelta copy, or what differs: blkdelta verify --repair
          dump cow.img | 2 | cow.img: is a snapshot's exception store; name the origin that its changes are read from: --origin
          inspect --extents --origin a.img full.img | 4 | full.img: at byte 4: the snapshot is invalid: it overflowed or met an I/O error, and later changes were not recorded; make a new snapshot and copy the whole volume again
          sync --origin a.img full.img b.img | 4 | full.img: at byte 4: the snapshot is invalid: it overflowed or met an I/O error, and later changes were not recorded; make a new snapshot and copy the whole volume again
          sync --origin nothere! cow.img b.img | 4 | nothere: no such file or directory; the source cannot be read
          sync --origin a.img notes.txt b.img | 4 | notes.txt: at byte 0: not an exception store (magic 6c6c6568); name the snapshot's -cow device or its image
          sync --origin a.img empty.img b.img | 4 | empty.img: at byte 0: 0 bytes are too few for a header; the store is damaged or not complete
          sync --origin a.img cow.img small.img | 5 | small.img: has 512 KiB, the volume 1 MiB; make it larger
          sync --origin a.img cow.img a.img | 5 | a.img: is the source, or on the same device; choose another destination
          sync --origin a.img cow.img nothere! | 5 | nothere: does not exist; make the volume first, or let --create make a file
          sync --origin a.img --since x cow.img b.img | 2 | --since goes with a VMware disk or a thin volume; cow.img is taken for an exception store
          copy c.qcow2 b.img | 4 | c.qcow2: is a qcow2 image that is damaged (its clusters' size), so it cannot be read; see: qemu-img check -f qcow2 FILE; to take its bytes as they are: --raw
          copy a.img.gz b.img | 4 | a.img.gz: is a gzip file, not a raw disk; unpack it first: gunzip -k a.img.gz; to take its bytes as they are: --raw
          copy raw.vmdk b.img | 4 | raw.vmdk: is not a file of a VMware disk, though its name says so; fetch the file again, or rename it if it is a raw disk, or take its bytes as they are: --raw
          copy a.qcow2 b.img | 4 | a.qcow2: is not a qcow2 image, though its name says so; fetch the file again, or rename it if it is a raw disk, or take its bytes as they are: --raw
          copy a.img c.qcow2 | 5 | c.qcow2: is a qcow2 image that is damaged (its clusters' size), so it cannot be read; see: qemu-img check -f qcow2 FILE
          copy --create --format qed a.img new!.img | 2 | --format=qed: is not known; give qcow2, vhdx, vhd, vdi or raw
          copy --create a.img new!.qcow2 | 5 | new.qcow2: would be a raw disk, and its name says that it is a qcow2 image; have an image made (--create --format), or name it otherwise, for example new.qcow2.img, or insist: --raw
          copy --format qcow2 a.img new!.qcow2 | 5 | new.qcow2: does not exist; let --create make it
          copy --format qcow2 a.img b.img | 5 | b.img: is a raw disk, and not a qcow2 image; leave out --format, or name another file
          copy --raw --format qcow2 a.img b.img | 2 | --raw and --format exclude each other; use one of them
          copy --create a.img new!.vmdk | 5 | new.vmdk: would be a raw disk, and its name says that it is a file of a VMware disk; name it otherwise, for example new.vmdk.img, or insist: --raw
          copy vm.vmdk small.img | 5 | small.img: has 512 KiB, the volume 1 MiB; make it larger
          copy long.vmdk b.img | 4 | long.vmdk: line 9: vm-flat.vmdk has 1 MiB, too few for 4096 sectors from sector 0 on; it is cut: copy it again
          copy lost.vmdk b.img | 4 | lost.vmdk: line 9: "lost-flat.vmdk" is missing; copy it into the same folder
          copy far.vmdk b.img | 4 | far.vmdk: line 9: "/vmfs/volumes/1/vm/far-flat.vmdk" is missing; copy it into the same folder
          copy out.vmdk b.img | 4 | out.vmdk: line 9: "../x-flat.vmdk" is missing; copy it into the same folder
          copy vsan.vmdk b.img | 4 | vsan.vmdk: line 9: the disk is on vSAN, and has no files that can be read; clone it to an ordinary datastore first (vmkfstools -i), and copy the clone
          copy vvol.vmdk b.img | 4 | vvol.vmdk: line 9: the disk is a virtual volume (vVol), and has no files that can be read; clone it to an ordinary datastore first (vmkfstools -i), and copy the clone
          copy rdm.vmdk b.img | 4 | rdm.vmdk: line 9: a raw device mapping, whose data is on the LUN itself; copy the LUN
          copy kind.vmdk b.img | 4 | kind.vmdk: line 9: an extent of type VMFS in a disk of createType "vmfsSparse"; the descriptor is damaged
          copy enc.vmdk b.img | 4 | enc.vmdk: is encrypted; decrypt the VM in vSphere first; refused
          copy orphan.vmdk b.img | 4 | orphan.vmdk: its parent "gone.vmdk" is not beside it; copy the parent's descriptor there, or send this delta alone: blkdelta vmdksync
          copy changed.vmdk b.img | 4 | changed.vmdk: was made on a state with CID 00000007, and vm.vmdk has 0a000001: it was written to since, or is another disk; refused unless you know better: --accept=cid
          copy a.img vm.vmdk | 5 | vm.vmdk: holds a file of a VMware disk, not a raw disk; attach it and name /dev/nbd0: qemu-nbd --connect=/dev/nbd0 --format=vmdk vm.vmdk; to overwrite it: --raw
          sync --since vm.vmdk vm.vmdk b.img | 2 | vm.vmdk: is the link named by --since itself; nothing to send
          sync --since orphan.vmdk vm.vmdk b.img | 4 | orphan.vmdk: is not among the parents of vm.vmdk; name a link of its chain
          apply nothere! b.img | 4 | nothere: no such file or directory; the stream cannot be read
          apply a.img b.img | 4 | a.img: at byte 0: not a change stream; name one that blkdelta dump made
          apply empty.img b.img | 4 | empty.img: at byte 0: the stream is empty; send it again
          apply c.qcow2 b.img | 4 | c.qcow2: is a qcow2 image, not a change stream; name it as the source: blkdelta copy c.qcow2 DESTINATION
          apply a.img.gz b.img | 4 | `a.img.gz: is a gzip file, not a change stream; unpack it on the way: gunzip -c a.img.gz | blkdelta apply - DESTINATION`
          apply cut.delta b.img | 5 | b.img: at byte 0: doesn't match the state that these changes start from (written to since?); nothing was written; send what differs: blkdelta verify --repair SOURCE b.img
          apply damaged.delta b.img | 4 | damaged.delta: at byte 84: the stream is damaged (no valid frame); send it again
          apply tail.delta b.img | 4 | tail.delta: at byte 0: not a change stream; name one that blkdelta dump made
          apply s.delta nothere! | 5 | nothere: does not exist; make the volume first, or let --create make a file
          apply s.delta small.img | 5 | small.img: has 512 KiB, the volume 1 MiB; make it larger
          apply s.delta s.delta | 5 | s.delta: is the stream itself; name the destination
          apply vm.vmdk b.img | 4 | vm.vmdk: is a file of a VMware disk, not a change stream; name it as the source: blkdelta copy vm.vmdk DESTINATION
          copy a.img /dev/loop99 | 5 | /dev/loop99: does not exist; make the volume first
          copy --create a.img /dev/x | 5 | /dev/x: does not exist; make the volume first; --create makes files, not devices
          copy --receipt dir a.img b.img | 5 | dir: is a folder, not a regular file, and is not replaced; name another file for the receipt
          apply --undo a.img s.delta b.img | 5 | a.img: already exists, perhaps the undo of an earlier run; name another file
          """)
  void each_is_told_in_one_line_with_what_to_do(String command, int status, String message)
      throws IOException {
    var before = Files.readAllBytes(path("b.img"));
    var run = Cli.run(Arrays.stream(command.split(" ")).map(this::word).toArray());
    assertEquals(
        "blkdelta: " + message + "\n",
        run.stderr().replace(folder + "/", ""),
        "exit " + run.status());
    assertEquals(status, run.status());
    assertTrue(message.length() <= MAX_LENGTH, () -> message.length() + " characters: " + message);
    assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(Files.readAllBytes(path("b.img"))));
  }

  @Test
  void the_rest_of_a_file_that_a_disk_leaves_out_is_told() throws IOException {
    var run = Cli.run("copy", path("short.vmdk"), path("b.img")).ok();
    assertEquals(
        "blkdelta: warning: short.vmdk: line 9: takes 512 KiB of the 1 MiB of vm-flat.vmdk,"
            + " and leaves the rest out; if the disk is larger, correct the number of sectors",
        run.stderr().lines().findFirst().orElseThrow().replace(folder + "/", ""));
  }

  private String word(String word) {
    boolean isName = !word.startsWith("-") && !word.contains("/") && !word.contains(":");
    boolean isThere = Files.exists(path(word.replace("!", "")), LinkOption.NOFOLLOW_LINKS);
    return isName && (isThere || word.contains("!"))
        ? path(word.replace("!", "")).toString()
        : word;
  }

  private void disks() throws IOException {
    var bytes = new byte[MIB];
    new Random(7).nextBytes(bytes);
    write("a.img", bytes);
    write("b.img", new byte[MIB]);
    write("other.img", new byte[MIB]);
    write("small.img", new byte[MIB / 2]);
    write("empty.img", new byte[0]);
    write("raw.vmdk", bytes);
    write("a.qcow2", bytes);
    write("cow.img", store(1));
    write("full.img", store(0));
  }

  private void others() throws IOException {
    Files.createDirectory(path("dir"));
    Files.createSymbolicLink(path("gone"), Path.of("nowhere"));
    write("notes.txt", "hello\n".repeat(1000).getBytes(UTF_8));
    var qcow2 = ByteBuffer.allocate(MIB).putInt(0x514649fb).putInt(3);
    write("c.qcow2", qcow2.array());
    try (var packed = new GZIPOutputStream(Files.newOutputStream(path("a.img.gz")))) {
      packed.write(Files.readAllBytes(path("a.img")));
    }
  }

  /// A stream, and what may become of one on its way.
  private void streams() throws IOException {
    var stream = Cli.run("dump", "--origin", path("a.img"), path("cow.img")).ok().bytes();
    write("s.delta", stream);
    write("cut.delta", Arrays.copyOf(stream, stream.length - 10));
    var damaged = stream.clone();
    damaged[stream.length / 2] ^= 1;
    write("damaged.delta", damaged);
    write("tail.delta", Arrays.copyOfRange(stream, 20, stream.length));
  }

  private void chains() throws IOException {
    write("vm-flat.vmdk", new byte[MIB]);
    vmdk("vm", descriptor("vmfs").extent(2048, "VMFS", "vm-flat.vmdk"));
    vmdk("short", descriptor("vmfs").extent(1024, "VMFS", "vm-flat.vmdk"));
    vmdk("long", descriptor("vmfs").extent(4096, "VMFS", "vm-flat.vmdk"));
    vmdk("lost", descriptor("vmfs").extent(2048, "VMFS", "lost-flat.vmdk"));
    vmdk("far", descriptor("vmfs").extent(2048, "VMFS", "/vmfs/volumes/1/vm/far-flat.vmdk"));
    vmdk("out", descriptor("vmfs").extent(2048, "VMFS", "../x-flat.vmdk"));
    vmdk("vsan", descriptor("vmfs").extent(2048, "VMFS", "vsan://52a1"));
    vmdk("vvol", descriptor("vmfs").extent(2048, "VMFS", "vvol://52a1"));
    vmdk("rdm", descriptor("vmfsRawDeviceMap").extent(2048, "VMFSRDM", "vm-flat.vmdk"));
    vmdk("kind", descriptor("vmfsSparse").extent(2048, "VMFS", "vm-flat.vmdk"));
    vmdk("enc", descriptor("vmfs").entry("encryptionKeys=x").extent(2048, "VMFS", "vm-flat.vmdk"));
    vmdk(
        "orphan",
        descriptor("vmfsSparse").parent(7, "gone.vmdk").extent(2048, "VMFSSPARSE", "o-delta.vmdk"));
    vmdk(
        "changed",
        descriptor("vmfsSparse").parent(7, "vm.vmdk").extent(2048, "VMFSSPARSE", "c-delta.vmdk"));
  }

  private static byte[] store(int valid) {
    var bytes = ByteBuffer.allocate(64 << 10).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putInt(0x70416e53).putInt(valid).putInt(1).putInt(8).array();
  }

  private void vmdk(String name, DescriptorBuilder text) throws IOException {
    text.write(path(name + ".vmdk"));
  }

  private void write(String name, byte[] bytes) throws IOException {
    Files.write(path(name), bytes);
  }

  private Path path(String name) {
    return folder.resolve(name);
  }
}
