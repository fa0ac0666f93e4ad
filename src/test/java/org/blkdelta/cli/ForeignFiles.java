package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.blkdelta.disk.Programs;

/// Files of other formats that hold one disk, made by the programs that people make them with; by
/// hand if no program of a usual host writes them.
final class ForeignFiles {

  /// What blkdelta makes of a file.
  enum Kind {
    /// It holds a disk, and is refused.
    CONTAINER,
    /// A disk image that is read by its name.
    IMAGE,
    /// `copy` reads the disk that it holds.
    VMWARE_DISK,
    /// `copy` reads the disk that it holds, and so does `apply`.
    EXPORT,
    /// `apply` writes the disk that it holds.
    ARCHIVE,
    /// It is a disk.
    DISK
  }

  /// One of them.
  ///
  /// @param suffix what its name usually ends with; empty if there is nothing usual
  /// @param format what blkdelta calls it
  /// @param way the program that the advice names for reading it as a disk
  record ForeignFile(Path path, String suffix, Kind kind, String format, String way) {

    @Override
    public String toString() {
      return path.getFileName().toString();
    }
  }

  /// A multiple of what each format rounds sizes to.
  static final int SIZE = 1 << 20;

  private static final String VMDK = "a file of a VMware disk";
  private static final String KEY = "--object=secret,id=key,data=secret";
  private static final String OVF =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1"
          xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
        <References><File ovf:id="file1" ovf:href="export.vmdk"/></References>
        <DiskSection><Disk ovf:diskId="disk1" ovf:fileRef="file1"/></DiskSection>
      </Envelope>
      """;

  private final Path folder;
  private final Path raw;
  private final List<ForeignFile> made = new ArrayList<>();

  private ForeignFiles(Path folder) {
    this.folder = folder;
    this.raw = folder.resolve("raw.img");
  }

  /// Skips the test where a program is missing that makes them; fails it on a CI server.
  static void require() {
    Programs.require(
        "qemu-img",
        "genisoimage",
        "mkfs.ext4",
        "mkswap",
        "sfdisk",
        "cryptsetup",
        "tar",
        "gzip",
        "bzip2",
        "xz",
        "zstd",
        "zip");
  }

  /// Makes all of them.
  static List<ForeignFile> in(Path folder) throws IOException {
    var files = new ForeignFiles(folder);
    Files.write(files.raw, disk());
    files.images();
    files.vmwareDisks();
    files.imagesByHand();
    files.packed();
    files.archives();
    files.disks();
    return List.copyOf(files.made);
  }

  /// Returns the disk that they hold: noise that does not compress, and a hole.
  static byte[] disk() {
    var noise = new byte[SIZE / 4];
    new Random(41).nextBytes(noise);
    return Arrays.copyOf(noise, SIZE);
  }

  private void images() throws IOException {
    image("qcow", "a qcow image", ".qcow");
    image("qcow2", "a qcow2 image", ".qcow2");
    image("qcow2", "a qcow2 image", ".qcow2", "-o", "compat=0.10");
    image("qcow2", "a qcow2 image", ".qcow2", "-c");
    image("qcow2", "a qcow2 image", ".qcow2", "-c", "-o", "compression_type=zstd");
    image("qcow2", "a qcow2 image", ".qcow2", "-o", "extended_l2=on,cluster_size=128k");
    // not with LUKS: qemu-img times its key derivation, and gives up where CPU time is coarse
    image(
        "qcow2", "a qcow2 image", ".qcow2", KEY, "-o", "encrypt.format=aes,encrypt.key-secret=key");
    image("qcow2", "a qcow2 image", ".qcow2", "-o", "data_file=" + folder.resolve("its-data.img"));
    var overlay = add("overlay", ".qcow2", Kind.IMAGE, "a qcow2 image", "qemu-nbd");
    run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", raw, overlay);
    image("qed", "a QED image", ".qed");
    image("vpc", "a VHD image", ".vhd", "-o", "force_size=on");
    image("vpc", "a VHD image", ".vhd", "-o", "subformat=fixed,force_size=on");
    image("vhdx", "a VHDX image", ".vhdx");
    image("vhdx", "a VHDX image", ".vhdx", "-o", "subformat=fixed");
    image("vdi", "a VDI image", ".vdi");
    image("vdi", "a VDI image", ".vdi", "-o", "static=on");
    image("parallels", "a Parallels image", ".hdd");
  }

  private void image(String qemuName, String format, String suffix, Object... options)
      throws IOException {
    var more = List.of(options).toString();
    boolean isOpened =
        List.of("qcow2", "vpc", "vhdx", "vdi").contains(qemuName)
            && !more.contains("encrypt")
            && !more.contains("data_file");
    var kind = isOpened ? Kind.IMAGE : Kind.CONTAINER;
    var path = add(qemuName, suffix, kind, format, "qemu-nbd");
    convert(qemuName, path, options);
  }

  private void vmwareDisks() throws IOException {
    for (var type :
        List.of(
            "monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat")) {
      var path = add(type, ".vmdk", Kind.VMWARE_DISK, VMDK, "");
      convert("vmdk", path, "-o", "subformat=" + type);
    }
    var esx = add("vmfs", ".vmdk", Kind.VMWARE_DISK, VMDK, "");
    convert("vmdk", esx, "-o", "subformat=monolithicSparse,compat6");
    var export = add("export", ".vmdk", Kind.EXPORT, VMDK, "");
    convert("vmdk", export, "-o", "subformat=streamOptimized");
  }

  private void imagesByHand() throws IOException {
    var noise = Arrays.copyOf(disk(), 64 << 10);
    write("bochs", ".img", "a Bochs image", join(latin1("Bochs Virtual HD Image\0\0"), noise));
    var script =
        "#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$0 && mount -r -t iso9660 /dev/cloop $1\n";
    write("cloop", ".cloop", "a cloop image", join(latin1(script), noise));
    var trailer = ByteBuffer.allocate(512).put(latin1("koly\0\0\0\4\0\0\2\0")).array();
    write("apple", ".dmg", "an Apple disk image (DMG)", join(noise, trailer));
  }

  private void write(String name, String suffix, String format, byte[] bytes) throws IOException {
    Files.write(add(name, suffix, Kind.CONTAINER, format, "qemu-nbd"), bytes);
  }

  private void packed() throws IOException {
    pack(raw, ".gz", "a gzip file", "gunzip -k", "gzip", "-c");
    pack(raw, ".bz2", "a bzip2 file", "bunzip2 -k", "bzip2", "-c");
    pack(raw, ".xz", "an xz file", "unxz -k", "xz", "-0", "-c");
    pack(raw, ".zst", "a zstd file", "zstd -d", "zstd", "-q", "-c");
    pack(folder.resolve("export.vmdk"), ".gz", "a gzip file", "gunzip -k", "gzip", "-c");
    pack(raw, ".lzma", "an lzma file", "unlzma -k", "xz", "-0", "--format=lzma", "-c");
  }

  private void pack(Path of, String suffix, String format, String way, Object... command)
      throws IOException {
    var name = of.getFileName().toString();
    var path = add(name, suffix, Kind.CONTAINER, format, way);
    packed(of, path, command);
  }

  private void archives() throws IOException {
    for (var dialect : List.of("ustar", "gnu", "pax", "v7")) {
      var path = add(dialect, ".tar", Kind.CONTAINER, "a tar archive", "tar -xf");
      run("tar", "--format=" + dialect, "-C", folder, "-cf", path, "raw.img");
    }
    Files.writeString(folder.resolve("export.ovf"), OVF, UTF_8);
    var ova = add("export", ".ova", Kind.ARCHIVE, "a tar archive", "blkdelta apply");
    run("tar", "--format=ustar", "-C", folder, "-cf", ova, "export.ovf", "export.vmdk");
    var gzipped = add("ova", ".tgz", Kind.CONTAINER, "a gzip file", "gunzip -k");
    packed(ova, gzipped, "gzip", "-c");
    var zipped = add("ova", ".zip", Kind.CONTAINER, "a zip archive", "unzip");
    run("zip", "-q", "-j", zipped, raw, folder.resolve("export.vmdk"));
    var stored = add("stored", ".zip", Kind.CONTAINER, "a zip archive", "unzip");
    run("zip", "-q", "-j", "-0", stored, raw);
    var description = add("described", ".ovf", Kind.CONTAINER, "an XML file", "disk's own file");
    Files.writeString(description, OVF + " ".repeat(SIZE), UTF_8);
  }

  private void disks() throws IOException {
    var iso = add("cd", ".iso", Kind.DISK, "", "");
    run("genisoimage", "-quiet", "-o", iso, raw);
    var ext4 = sparse("ext4");
    run("mkfs.ext4", "-q", "-F", ext4);
    var swap = sparse("swap");
    run("mkswap", swap);
    var partitions = sparse("partitions");
    var table = folder.resolve("table");
    Files.writeString(table, "label: gpt\nsize=1MiB\n", UTF_8);
    run("sh", "-c", "sfdisk -q \"$1\" < \"$2\"", "sh", partitions, table);
    var luks = sparse("luks");
    var format =
        "cryptsetup luksFormat -q --type=luks1 --pbkdf-force-iterations=1000 \"$1\" \"$2\"";
    run("sh", "-c", format, "sh", luks, Files.writeString(folder.resolve("key"), "secret", UTF_8));
    Files.write(add("flat", "-flat.vmdk", Kind.DISK, "", ""), disk());
    Files.write(add("extent", "-f001.vmdk", Kind.DISK, "", ""), disk());
    Files.write(add("noise", ".raw", Kind.DISK, "", ""), disk());
    Files.write(add("zeros", ".img", Kind.DISK, "", ""), new byte[SIZE]);
  }

  private Path sparse(String name) throws IOException {
    return Files.write(add(name, ".img", Kind.DISK, "", ""), new byte[4 * SIZE]);
  }

  private void convert(String format, Path to, Object... options) throws IOException {
    var words =
        new ArrayList<Object>(
            List.of("qemu-img", "convert", "-t", "unsafe", "-f", "raw", "-O", format));
    words.addAll(Arrays.asList(options));
    words.addAll(List.of(raw, to));
    run(words.toArray());
  }

  private void packed(Path from, Path to, Object... command) throws IOException {
    var words = Arrays.stream(command).map(Object::toString).toList();
    run("sh", "-c", String.join(" ", words) + " \"$1\" > \"$2\"", "sh", from, to);
  }

  private Path add(String name, String suffix, Kind kind, String format, String way) {
    var path = folder.resolve(name + suffix);
    for (int i = 2; isTaken(path); i++) {
      path = folder.resolve(name + "-" + i + suffix);
    }
    made.add(new ForeignFile(path, suffix, kind, format, way));
    return path;
  }

  private boolean isTaken(Path path) {
    return made.stream().anyMatch(file -> file.path().equals(path));
  }

  private static void run(Object... words) throws IOException {
    Programs.run(Arrays.stream(words).map(Object::toString).toArray(String[]::new));
  }

  private static byte[] latin1(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static byte[] join(byte[] one, byte[] other) {
    return ByteBuffer.allocate(one.length + other.length).put(one).put(other).array();
  }
}
