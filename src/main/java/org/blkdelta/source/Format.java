package org.blkdelta.source;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.disk.Disk;

/// All that a file can be and a raw disk is not, one entry each; what comes first is tried first.
/// Disks by themselves are not among them, whatever they hold: file systems, ISO images, LUKS.
@SuppressWarnings("ImmutableEnumChecker") // its lists are of List.of, and its signs have no state
public enum Format {
  CHANGE_STREAM(
      "a change stream",
      List.of(),
      Way.words("write it with: blkdelta apply %1$s DESTINATION"),
      Sign::changeStream),
  VMDK(
      "a file of a VMware disk",
      List.of(".vmdk"),
      Way.image("vmdk").asStream("name it as the source: blkdelta copy %1$s DESTINATION"),
      Sign::vmdk),
  WIDE_DESCRIPTOR(
      "the descriptor of a VMware disk, saved as UTF-16",
      List.of(),
      Way.words("save it as UTF-8: iconv -f UTF-16 -t UTF-8 %1$s"),
      Sign::wideDescriptor),
  QCOW("a qcow image", List.of(".qcow"), Way.image("qcow"), Sign.first("QFI\u00fb\0\0\0\1")),
  QCOW2("a qcow2 image", List.of(".qcow2"), Way.opened(".qcow2"), Sign.first("QFI\u00fb")),
  QED("a QED image", List.of(".qed"), Way.image("qed"), Sign.first("QED\0")),
  VHDX("a VHDX image", List.of(".vhdx", ".avhdx"), Way.opened(".vhdx"), Sign.first("vhdxfile")),
  VHD(
      "a VHD image",
      List.of(".vhd", ".avhd", ".vpc"),
      Way.opened(".vhd"),
      Sign.first("conectix"),
      Sign.beforeEnd(512, "conectix"),
      Sign.beforeEnd(511, "conectix")),
  VDI("a VDI image", List.of(".vdi"), Way.opened(".vdi"), Sign.at(64, "\u007f\u0010\u00da\u00be")),
  PARALLELS(
      "a Parallels image",
      List.of(".hdd", ".hds"),
      Way.image("parallels"),
      Sign.first("WithoutFreeSpace"),
      Sign.first("WithouFreSpacExt")),
  BOCHS("a Bochs image", List.of(), Way.image("bochs"), Sign.first("Bochs Virtual HD Image")),
  CLOOP("a cloop image", List.of(".cloop"), Way.image("cloop"), Sign::cloop),
  DMG(
      "an Apple disk image (DMG)",
      List.of(".dmg"),
      Way.image("dmg"),
      Sign.beforeEnd(512, "koly\0\0\0\u0004\0\0\u0002\0")),
  VMA(
      "a backup of Proxmox (VMA)",
      List.of(".vma"),
      Way.words("unpack it with: vma extract %1$s FOLDER"),
      Sign.first("VMA\0")),
  TAR(
      "a tar archive",
      List.of(".tar", ".ova"),
      Way.archive("tar -xf", "tar -xOf %1$s MEMBER")
          .asSource(
              "if it is an OVA, write its disk with: blkdelta apply %1$s DESTINATION; else unpack it first: tar -xf %1$s"),
      Sign::tar),
  GZIP(
      "a gzip file",
      List.of(".gz", ".tgz"),
      Way.packed("gunzip -k", "gunzip -c"),
      Sign.first("\u001f\u008b\u0008")),
  BZIP2(
      "a bzip2 file",
      List.of(".bz2", ".tbz2"),
      Way.packed("bunzip2 -k", "bunzip2 -c"),
      Sign.at(4, "1AY&SY"),
      Sign.at(4, "\u0017rE8P\u0090")),
  XZ(
      "an xz file",
      List.of(".xz", ".txz"),
      Way.packed("unxz -k", "xz -dc"),
      Sign.first("\u00fd7zXZ\0")),
  LZMA("an lzma file", List.of(".lzma"), Way.packed("unlzma -k", "xz -dc"), Sign::lzma),
  ZSTD(
      "a zstd file",
      List.of(".zst", ".tzst"),
      Way.packed("zstd -d", "zstd -dc"),
      Sign.first("(\u00b5/\u00fd"),
      Sign.at(1, "*M\u0018")),
  LZ4("an lz4 file", List.of(".lz4"), Way.packed("lz4 -d", "lz4 -dc"), Sign.first("\4\"M\u0018")),
  LZOP(
      "an lzop file",
      List.of(".lzo"),
      Way.packed("lzop -d", "lzop -dc"),
      Sign.first("\u0089LZO\0\r\n\u001a\n")),
  LZIP("an lzip file", List.of(".lz"), Way.packed("lzip -dk", "lzip -dc"), Sign.first("LZIP\1")),
  ZIP(
      "a zip archive",
      List.of(".zip"),
      Way.archive("unzip", "unzip -p %1$s MEMBER"),
      Sign.first("PK\3\4"),
      Sign.first("PK\5\6"),
      Sign.first("PK\7\10PK\3\4")),
  SEVEN_ZIP(
      "a 7z archive",
      List.of(".7z"),
      Way.archive("7z x", "7z e -so %1$s MEMBER"),
      Sign.first("7z\u00bc\u00af'\u001c")),
  RAR(
      "a RAR archive",
      List.of(".rar"),
      Way.archive("unrar x", "unrar p -inul %1$s MEMBER"),
      Sign.first("Rar!\u001a\7")),
  HTML(
      "a web page",
      List.of(".html", ".htm"),
      Way.words("a server sent it instead of the file; fetch the file again"),
      Sign.text("<!doctype html", "<html")),
  XML(
      "an XML file",
      List.of(".ovf", ".xml"),
      Way.words("name the disk's own file"),
      Sign.text("<?xml", "<envelope", "<ovf:envelope"));

  /// Flat files of VMware disks are raw, and have the suffix of descriptors.
  private static final Pattern FLAT = Pattern.compile(".*-(?:flat|f[0-9]{3})\\.vmdk");

  private final String words;
  private final List<String> suffixes;
  private final Way way;
  private final List<Sign> signs;

  Format(String words, List<String> suffixes, Way way, Sign... signs) {
    this.words = words;
    this.suffixes = suffixes;
    this.way = way;
    this.signs = List.of(signs);
  }

  /// Returns whether it is a disk image that is read as a disk by its name.
  public boolean isImage() {
    return this == QCOW2 || this == VHDX || this == VHD || this == VDI;
  }

  /// Tells what a file or device is by the bytes at both ends; empty for a raw disk.
  public static Optional<Format> of(Disk disk) throws IOException {
    return of(Window.of(disk));
  }

  /// Tells what a stream is by its first bytes; empty for whatever is not known.
  public static Optional<Format> of(byte[] head) {
    return of(Window.of(head));
  }

  /// Returns the format that a file's name promises; empty when it promises none.
  public static Optional<Format> promisedBy(String fileName) {
    var name = fileName.toLowerCase(Locale.ROOT);
    if (FLAT.matcher(name).matches()) {
      return Optional.empty();
    }
    return Arrays.stream(values())
        .filter(format -> format.suffixes.stream().anyMatch(name::endsWith))
        .findFirst();
  }

  /// Returns what it is, in words for people: `a qcow2 image`.
  public String words() {
    return words;
  }

  /// Returns what to do with a file of this format instead of reading it as a raw disk.
  ///
  /// @param file its name
  public String asSource(String file) {
    return Way.naming(way.source(), file);
  }

  /// Returns what to do with a file of this format instead of applying it.
  ///
  /// @param file its name
  public String asStream(String file) {
    return Way.naming(way.stream(), file);
  }

  /// Returns what to do with a file of this format instead of writing to it.
  ///
  /// @param file its name
  public String asDestination(String file) {
    return way.destination()
        .map(words -> Way.naming(words, file))
        .orElse("name another destination");
  }

  private static Optional<Format> of(Window window) {
    return Arrays.stream(values())
        .filter(format -> format.signs.stream().anyMatch(sign -> sign.isIn(window)))
        .findFirst();
  }
}
