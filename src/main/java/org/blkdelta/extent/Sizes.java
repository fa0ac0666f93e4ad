package org.blkdelta.extent;

import java.util.Locale;

/// Bytes, counts and seconds in words for people.
public final class Sizes {

  private static final int HOUR = 3600;
  private static final int DAY = 24 * HOUR;
  private static final String UNITS = "KMGTPE";

  private Sizes() {}

  /// Returns bytes with a binary unit: `512 B`, `1.5 MiB`.
  public static String binary(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int power = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    double value = bytes / Math.scalb(1.0, 10 * power);
    if (value >= 1023.95) { // would be printed as 1024.0
      value /= 1024;
      power++;
    }
    return String.format(Locale.ROOT, "%.1f %ciB", value, UNITS.charAt(power - 1));
  }

  /// Returns a number of things: `1 extent`, `3 extents`.
  ///
  /// @param thing one of them; several take an s
  public static String count(long number, String thing) {
    return number + " " + thing + (number == 1 ? "" : "s");
  }

  /// Returns seconds as `45 s`, `3 min 5 s`, `2 h 10 min` or `3 d 4 h`.
  public static String duration(long seconds) {
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < HOUR) {
      return seconds / 60 + " min " + seconds % 60 + " s";
    }
    return seconds < 2 * DAY
        ? seconds / HOUR + " h " + seconds % HOUR / 60 + " min"
        : seconds / DAY + " d " + seconds % DAY / HOUR + " h";
  }
}
