package org.blkdelta.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// Two pages of 4096 bytes that XXH3-128 with seed 0 cannot tell apart, kept in
/// `testdata/collision`. XXH3 multiplies the two halves of each word, after they were combined with
/// a secret that everybody knows: if one half becomes 0, the other one counts only in a sum.
public final class CollidingPages {

  private static final Path FOLDER = Path.of("testdata/collision");
  private static final int STRIPE = 64;

  /// The lower halves of words 1 and 3 of XXH3's secret, which the first words of stripes 1 and 3
  /// are combined with.
  private static final int SECRET_1 = 0x2c81017c;

  private static final int SECRET_3 = 0xa4a44072;

  private CollidingPages() {}

  /// Returns the first page.
  public static byte[] first() throws IOException {
    return Files.readAllBytes(FOLDER.resolve("first.bin"));
  }

  /// Returns the other one.
  public static byte[] second() throws IOException {
    return Files.readAllBytes(FOLDER.resolve("second.bin"));
  }

  /// Makes a page; those of all numbers have one digest.
  static byte[] made(int number) {
    var page = new byte[4096];
    new Random(13).nextBytes(page);
    var words = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
    words.putInt(STRIPE, SECRET_1).putInt(STRIPE + 4, 1000 + number);
    words.putInt(3 * STRIPE, SECRET_3).putInt(3 * STRIPE + 4, 1000 - number);
    return page;
  }
}
