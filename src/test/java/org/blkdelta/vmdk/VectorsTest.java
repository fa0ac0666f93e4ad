package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.blkdelta.vmdk.SeSparseBuilder.seSparse;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files whose digests, and those of the disks that they make, were worked out once and confirmed
/// by qemu: neither the builders nor the readers can drift.
class VectorsTest {

  private static final int SECTOR = 512;

  @TempDir Path folder;

  static CowdBuilder cowdVector() {
    return cowd(9426)
        .grain(0, 0xa1)
        .grain(1, 0xa2)
        .grain(5, 0)
        .grain(4095, 0xa3)
        .grain(8192, 0xa4)
        .grain(9425, 0xa5);
  }

  static SeSparseBuilder seSparseVector() {
    return seSparse(65579)
        .grain(0, 0xb1)
        .zero(1)
        .unmapped(2, 7)
        .grain(3, 0xb2)
        .grain(4095, 0xb3)
        .grain(8192, 0xb4)
        .grain(8197, 0xb5);
  }

  @Test
  void a_cowd_delta_has_these_extents_and_makes_this_disk() throws IOException {
    var delta = cowdVector().build().write(folder.resolve("a-000001-delta.vmdk"));
    assertEquals(
        "890dfddcc3fbe2a64a4005b400ea0160fff97d4402ef9377b96b107cdbdc48b2",
        digest(Files.readAllBytes(delta)));
    var base = base(9426);
    assertEquals("b626b6cc09cca0f338e0ea49e0d9ef1c5c4cbdfb51cc206e5914edd97fecf28b", digest(base));
    descriptor("vmfs").extent(9426, "VMFS", "a-flat.vmdk").write(folder.resolve("a.vmdk"));
    var top =
        descriptor("vmfsSparse")
            .cid(0x0a000002)
            .parent(0x0a000001, "a.vmdk")
            .extent(9426, "VMFSSPARSE", "a-000001-delta.vmdk")
            .write(folder.resolve("a-000001.vmdk"));

    assertEquals(
        List.of("0+2 DATA", "5+1 DATA", "4095+1 DATA", "8192+1 DATA", "9425+1 DATA"),
        Chains.extents(top));
    assertEquals(
        "68b6b4891a3a5c60b0a2ae4850ec02899f2cd31ed63be0fa87a014097ad91fe0",
        digest(Chains.applied(base, top)));
  }

  @Test
  void an_sesparse_delta_has_these_extents_and_makes_this_disk() throws IOException {
    var delta = seSparseVector().build().write(folder.resolve("b-000001-sesparse.vmdk"));
    assertEquals(
        "c79033140c91de7003c05ac52da9b78eef18042677627990775553e110cde9e8",
        digest(Files.readAllBytes(delta)));
    var base = base(65579);
    assertEquals("8556f6bfc574328a66e4a62a61310a23dfe216fc9209d141a312d0f186341ef1", digest(base));
    descriptor("vmfs")
        .cid(0x0b000001)
        .extent(65579, "VMFS", "b-flat.vmdk")
        .write(folder.resolve("b.vmdk"));
    var top =
        descriptor("seSparse")
            .cid(0x0b000002)
            .parent(0x0b000001, "b.vmdk")
            .extent(65579, "SESPARSE", "b-000001-sesparse.vmdk")
            .write(folder.resolve("b-000001.vmdk"));

    assertEquals(
        List.of(
            "0+8 DATA", "8+16 ZERO", "24+8 DATA", "32760+8 DATA", "65536+8 DATA", "65576+3 DATA"),
        Chains.extents(top));
    assertEquals(
        "49d48f295d2dd941b562827d3af48a20cc5bb23c579ae5bacba5fd4298225d49",
        digest(Chains.applied(base, top)));
  }

  @Test
  void sesparse_slots_beyond_4096_are_found() throws IOException {
    seSparse(1048576)
        .grain(0, 0xc1)
        .slot(0, 4096)
        .grain(1, 0xc2)
        .slot(1, 5000)
        .zero(5)
        .grain(4096, 0xc3)
        .slot(4096, 0x12345)
        .grain(131071, 0xc4)
        .slot(131071, 0)
        .tableNumber(0, 2)
        .tableNumber(1, 1)
        .tableNumber(31, 0)
        .build()
        .write(folder.resolve("c-sesparse.vmdk"));
    var base =
        descriptor("seSparse")
            .extent(1048576, "SESPARSE", "c-sesparse.vmdk")
            .write(folder.resolve("c.vmdk"));

    assertEquals(0xc1, Chains.byteAt(base, 0));
    assertEquals(0xc2, Chains.byteAt(base, 8));
    assertEquals(0, Chains.byteAt(base, 40));
    assertEquals(0xc3, Chains.byteAt(base, 32768));
    assertEquals(0xc4, Chains.byteAt(base, 1048575));
    assertEquals(
        List.of(
            "0+16 DATA", "16+32752 ZERO", "32768+8 DATA", "32776+1015792 ZERO", "1048568+8 DATA"),
        Chains.extents(base));
  }

  /// Returns a disk whose sectors are full of their own number, modulo 251.
  private static byte[] base(int sectors) {
    var base = new byte[sectors * SECTOR];
    for (int sector = 0; sector < sectors; sector++) {
      Arrays.fill(base, sector * SECTOR, (sector + 1) * SECTOR, (byte) (sector % 251));
    }
    return base;
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException missing) {
      throw new AssertionError(missing);
    }
  }
}
