package org.blkdelta.nbd;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.extent.Generation;

/// The name of a dirty bitmap in which QEMU notes what is written since a round was frozen. It has
/// all that the next round needs to know of that state, and its random part names the state.
///
/// @param number of the round, from 1; a later one has a higher number
/// @param second when it was frozen, since 1970
/// @param size of the disk then, in bytes
/// @param random 32 digits
record RoundBitmap(long number, long second, long size, String random) {

  static final String SCHEME = "qemu:";

  private static final int RANDOM_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern FORM =
      Pattern.compile("blkdelta-([0-9]{1,18})-([0-9]{1,11})-([0-9]{1,18})-([0-9a-f]{32})");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm", Locale.ROOT);

  /// Returns the first one after a number.
  static RoundBitmap after(long number, Instant now, long size) {
    var bytes = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(bytes);
    return new RoundBitmap(number + 1, now.getEpochSecond(), size, HexFormat.of().formatHex(bytes));
  }

  /// Reads a name; empty if it is not one of ours.
  static Optional<RoundBitmap> parse(String name) {
    var parts = FORM.matcher(name);
    return parts.matches()
        ? Optional.of(
            new RoundBitmap(
                Long.parseLong(parts.group(1)),
                Long.parseLong(parts.group(2)),
                Long.parseLong(parts.group(3)),
                parts.group(4)))
        : Optional.empty();
  }

  /// Returns the name.
  String name() {
    return "blkdelta-%d-%d-%d-%s".formatted(number, second, size, random);
  }

  /// Returns the state of the disk when it begins.
  ///
  /// @param disk what people call that
  Generation generation(String disk) {
    return Generation.of(SCHEME + random, disk + " as of " + time());
  }

  private String time() {
    return TIME.format(Instant.ofEpochSecond(second).atZone(ZoneId.systemDefault()));
  }
}
