package org.blkdelta.extent;

import java.util.Locale;

/// Bytes, counts and seconds in words for people.
public final class Sizes {

  private static final int HOUR = 3600;
  private static final int DAY = 24 * HOUR;
  private static final String UNITS = "KMGTPE";

  /// Larger numbers say less to people than bytes do.
  private static final int MAX_EXACT = 99_999;

  private Sizes() {}

  /// Returns a size that is compared with another, so it is exact: `200 MiB`, `1 byte`,
  /// `209715713 bytes`.
  public static String exact(long bytes) {
    int power = bytes == 0 ? 0 : Long.numberOfTrailingZeros(bytes) / 10;
    long units = bytes >> (10 * power);
    return power == 0 || units > MAX_EXACT
        ? count(bytes, "byte")
        : units + " " + UNITS.charAt(power - 1) + "iB";
  }

  /// Returns bytes with a binary unit: `512 B`, `1.5 MiB`, `64 MiB`, `396 KiB`.
  public static String binary(long bytes) {
    return bytes < 1024 ? bytes + " B" : rounded(bytes, " ", "iB");
  }

  /// Returns the same where there is little room: `512`, `1.5M`, `64M`, `396K`.
  public static String brief(long bytes) {
    return bytes < 1024 ? Long.toString(bytes) : rounded(bytes, "", "");
  }

  /// One digit after the point below 100, where it says something.
  private static String rounded(long bytes, String before, String after) {
    int power = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    double value = bytes / Math.scalb(1.0, 10 * power);
    if (value >= 1023.5) { // would be printed as 1024
      value /= 1024;
      power++;
    }
    var number = String.format(Locale.ROOT, value < 99.95 ? "%.1f" : "%.0f", value);
    return number.replace(".0", "") + before + UNITS.charAt(power - 1) + after;
  }

  /// Returns a number of things: `1 extent`, `3 extents`.
  ///
  /// @param thing one of them; several take an s
  public static String count(long number, String thing) {
    return number + " " + thing + (number == 1 ? "" : "s");
  }

  /// Returns seconds with what says something in so short a time: `0.4 s`, `14 s`, `3 min 5 s`.
  public static String elapsed(double seconds) {
    return seconds < 9.95
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : duration(Math.round(seconds));
  }

  /// Returns seconds where there is little room: `45s`, `3m05s`, `2h10m` or `3d4h`.
  public static String briefDuration(long seconds) {
    if (seconds < 60) {
      return seconds + "s";
    }
    if (seconds < HOUR) {
      return String.format(Locale.ROOT, "%dm%02ds", seconds / 60, seconds % 60);
    }
    return seconds < 2 * DAY
        ? String.format(Locale.ROOT, "%dh%02dm", seconds / HOUR, seconds % HOUR / 60)
        : seconds / DAY + "d" + seconds % DAY / HOUR + "h";
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
