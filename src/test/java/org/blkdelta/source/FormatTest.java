package org.blkdelta.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.blkdelta.disk.MemoryDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FormatTest {

  private static final String DESCRIPTOR = "# Disk DescriptorFile\r\nversion=1\r\nCID=fffffffe\r\n";

  /// The beginning or the end of a file of each format, as its document or its writer has it.
  static Stream<Arguments> signs() {
    return Stream.of(
        head(Format.CHANGE_STREAM, "\u0089BLKD1\r\n\u001a\n"),
        head(Format.CHANGE_STREAM, "lvmsync PROTO[3]\n"),
        head(Format.VMDK, "KDMV\1\0\0\0"),
        head(Format.VMDK, "COWD\1\0\0\0"),
        head(Format.VMDK, "\u00be\u00ba\u00fe\u00ca\0\0\0\0"),
        head(Format.VMDK, DESCRIPTOR),
        head(Format.WIDE_DESCRIPTOR, new String(DESCRIPTOR.getBytes(UTF_16LE), ISO_8859_1)),
        head(Format.WIDE_DESCRIPTOR, latin1(("\ufeff" + DESCRIPTOR).getBytes(UTF_16LE))),
        head(Format.WIDE_DESCRIPTOR, latin1(("\ufeff" + DESCRIPTOR).getBytes(UTF_16BE))),
        // qemu, docs/interop/qcow2.rst and docs/qcow.txt: magic, version
        head(Format.QCOW2, "QFI\u00fb\0\0\0\3"),
        head(Format.QCOW2, "QFI\u00fb\0\0\0\2"),
        head(Format.QCOW, "QFI\u00fb\0\0\0\1"),
        // qemu, docs/interop/qed_spec.rst
        head(Format.QED, "QED\0\0\0\1\0"),
        // MS-VHDX 2.2.1, File Type Identifier
        head(Format.VHDX, "vhdxfileq\0e\0m\0u\0"),
        // Virtual Hard Disk Image Format Specification 1.0: a copy of the footer, the footer
        head(Format.VHD, "conectix\0\0\0\2\0\1\0\0"),
        tail(Format.VHD, "conectix\0\0\0\2\0\1\0\0", 512),
        tail(Format.VHD, "conectix\0\0\0\2\0\1\0\0", 511),
        // qemu, block/vdi.c
        head(
            Format.VDI,
            "<<< QEMU VM Virtual Disk Image >>>\n".concat("\0".repeat(29))
                + "\u007f\u0010\u00da\u00be\1\0\1\0"),
        // qemu, docs/interop/parallels.rst
        head(Format.PARALLELS, "WithoutFreeSpace\2\0\0\0"),
        head(Format.PARALLELS, "WithouFreSpacExt\2\0\0\0"),
        // Bochs, iodev/hdimage/hdimage.h
        head(Format.BOCHS, "Bochs Virtual HD Image\0\0\0\0\0\0\0\0\0\0Redolog\0"),
        // cloop-utils; qemu, block/cloop.c
        head(
            Format.CLOOP,
            "#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$0 && mount -r -t iso9660 /dev/cloop $1\n"),
        // the koly block of UDIF; qemu, block/dmg.c
        tail(Format.DMG, "koly\0\0\0\4\0\0\2\0\0\0\0\1", 512),
        // Proxmox, vma_spec.txt
        head(Format.VMA, "VMA\0\0\0\0\1"),
        // RFC 1952, 2.3
        head(Format.GZIP, "\u001f\u008b\u0008\0\0\0\0\0"),
        head(Format.BZIP2, "BZh91AY&SY"),
        head(Format.BZIP2, "BZh9\u0017rE8P\u0090"),
        // the .xz file format 1.1, 2.1.1.1
        head(Format.XZ, "\u00fd7zXZ\0\0\4"),
        // XZ Utils, lzma-file-format.txt: dictionaries of 8 MiB and 1.5 MiB, size unknown and known
        head(Format.LZMA, "]\0\0\u0080\0" + "\u00ff".repeat(8) + "\0\1"),
        head(Format.LZMA, "]\0\0\u0018\0\0\0\0\0\1\0\0\0\0\1"),
        // RFC 8878, 3.1.1 and 3.1.2
        head(Format.ZSTD, "(\u00b5/\u00fd\u0004"),
        head(Format.ZSTD, "P*M\u0018\u0004"),
        // lz4_Frame_format.md
        head(Format.LZ4, "\4\"M\u0018dp"),
        head(Format.LZOP, "\u0089LZO\0\r\n\u001a\n"),
        head(Format.LZIP, "LZIP\1"),
        // APPNOTE.TXT, 4.3.7, 4.3.16, 8.5.3
        head(Format.ZIP, "PK\3\4\u0014\0"),
        head(Format.ZIP, "PK\5\6\0\0"),
        head(Format.ZIP, "PK\7\10PK\3\4"),
        // 7zFormat.txt
        head(Format.SEVEN_ZIP, "7z\u00bc\u00af'\u001c\0\4"),
        head(Format.RAR, "Rar!\u001a\7\1\0"),
        head(Format.HTML, "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">"),
        head(Format.HTML, "\r\n<html><head><title>404 Not Found</title>"),
        head(Format.XML, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Envelope>"),
        head(Format.XML, "\u00ef\u00bb\u00bf<?xml version=\"1.0\"?>"));
  }

  @ParameterizedTest
  @MethodSource("signs")
  void each_format_is_known_by_its_bytes(Format format, byte[] file) throws IOException {
    assertEquals(Optional.of(format), Format.of(new MemoryDisk("x", file)));
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void each_format_has_a_vector_here(Format format) {
    var shown = EnumSet.of(Format.TAR); // in TarInputTest
    signs().forEach(sign -> shown.add((Format) sign.get()[0]));
    assertEquals(true, shown.contains(format));
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void each_format_says_what_to_do_with_the_file_by_its_name(Format format) {
    for (var words : new String[] {format.asSource("x'y"), format.asStream("x'y")}) {
      assertFalse(words.contains("%"), words);
      assertEquals(words.contains("x'"), words.contains("'x'\\''y'"), words);
    }
    assertFalse(format.asDestination("x").contains("%"), format.asDestination("x"));
  }

  @Test
  void what_holds_a_system_or_nothing_known_is_a_raw_disk() throws IOException {
    var ext4 = new byte[4096];
    ext4[1080] = 0x53;
    ext4[1081] = (byte) 0xef;
    var iso = new byte[40 << 10];
    System.arraycopy("\1CD001\1".getBytes(ISO_8859_1), 0, iso, 32 << 10, 7);
    var luks = Arrays.copyOf("LUKS\u00ba\u00be\0\2".getBytes(ISO_8859_1), 4096);
    var lvm = new byte[4096];
    System.arraycopy("LABELONE".getBytes(ISO_8859_1), 0, lvm, 512, 8);
    var boot = new byte[512];
    boot[510] = 0x55;
    boot[511] = (byte) 0xaa;
    for (var disk : new byte[][] {ext4, iso, luks, lvm, boot, {}, {'P'}, new byte[511]}) {
      assertEquals(Optional.empty(), Format.of(new MemoryDisk("x", disk)));
    }
    var random = new Random(13);
    for (int i = 0; i < 2000; i++) {
      var noise = new byte[random.nextInt(2000)];
      random.nextBytes(noise);
      assertEquals(Optional.empty(), Format.of(new MemoryDisk("x", noise)), "of seed 13");
    }
  }

  @Test
  void a_sign_that_is_cut_off_or_elsewhere_is_none() throws IOException {
    var cut = "QFI".getBytes(ISO_8859_1);
    assertEquals(Optional.empty(), Format.of(new MemoryDisk("x", cut)));
    var inside = Arrays.copyOf("xQFI\u00fb".getBytes(ISO_8859_1), 9000);
    System.arraycopy("conectix".getBytes(UTF_8), 0, inside, 9000 - 513, 8);
    assertEquals(Optional.empty(), Format.of(new MemoryDisk("x", inside)));
  }

  @Test
  void only_what_looks_like_lzma_all_over_is_lzma() throws IOException {
    for (var other :
        new String[] {
          "]\0\0\u0081\0" + "\u00ff".repeat(8) + "\0", // no such dictionary
          "]\0\0\u0080\0" + "\u00ff".repeat(7) + "\0\0", // larger than any file
          "]\0\0\u0080\0" + "\u00ff".repeat(8) + "\1", // no coder begins with that
          "]" + "\0".repeat(30),
          "]\0\0\u0080\0" + "\u00ff".repeat(8)
        }) {
      var bytes = other.getBytes(ISO_8859_1);
      assertEquals(Optional.empty(), Format.of(new MemoryDisk("x", bytes)), other);
    }
  }

  @Test
  void names_promise_a_format_in_any_case_and_flat_files_are_raw() {
    assertEquals(Optional.of(Format.VMDK), Format.promisedBy("Web.VMDK"));
    assertEquals(Optional.of(Format.GZIP), Format.promisedBy("web.img.gz"));
    assertEquals(Optional.of(Format.TAR), Format.promisedBy("web.ova"));
    for (var raw :
        new String[] {"web-flat.vmdk", "web-f001.vmdk", "web.img", "web", "qcow2", "a.iso"}) {
      assertEquals(Optional.empty(), Format.promisedBy(raw), raw);
    }
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  private static Arguments head(Format format, String bytes) {
    return Arguments.of(format, Arrays.copyOf(bytes.getBytes(ISO_8859_1), 9000));
  }

  private static Arguments tail(Format format, String bytes, int distance) {
    var file = new byte[9000];
    System.arraycopy(bytes.getBytes(ISO_8859_1), 0, file, file.length - distance, bytes.length());
    return Arguments.of(format, file);
  }
}
