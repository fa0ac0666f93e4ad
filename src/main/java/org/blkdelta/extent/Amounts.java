package org.blkdelta.extent;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// Reads sizes, rates and times as people write them.
///
/// `K`, `M`, `G`, `T` and `P` are powers of 1024, with or without `iB` after them, as for `rsync`,
/// `pv` and LVM; with `B` alone they are powers of 1000: `10MB`. Capitals mean nothing.
public final class Amounts {

  /// What [#bytes] takes, for messages.
  public static final String SIZES =
      "write bytes, or a number with a unit: 500K, 10M, 1.5GiB, 10MB";

  /// What [#time] takes, for messages.
  public static final String TIMES = "write seconds, or a time such as 90s, 10m, 1.5h, 1h30m, 2d";

  private static final Pattern SIZE =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?)(?:([kmgtp])(ib|b)?|b)?");
  private static final Pattern TIME =
      Pattern.compile("([0-9]{1,7}(?:\\.[0-9]{1,3})?)(s|sec|m|min|h|d)?");
  private static final Pattern HOURS_AND_LESS =
      Pattern.compile(
          "(?:([0-9]{1,3})d)?(?:([0-9]{1,3})h)?(?:([0-9]{1,3})m(?:in)?)?(?:([0-9]{1,3})s)?");
  private static final String UNITS = "kmgtp";

  private Amounts() {}

  /// Returns the bytes that a text such as `1.5G` names, rounded down. A part of a byte is nothing
  /// that anybody means: `1.5` lacks its unit.
  public static OptionalLong bytes(String text) {
    var parts = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      return OptionalLong.empty();
    }
    int power = parts.group(2) == null ? 0 : UNITS.indexOf(parts.group(2)) + 1;
    var unit = BigDecimal.valueOf("b".equals(parts.group(3)) ? 1000 : 1024).pow(power);
    var number = new BigDecimal(parts.group(1));
    try {
      long bytes = number.multiply(unit).toBigInteger().longValueExact();
      boolean isLost =
          (bytes == 0 && number.signum() > 0) // and 0 often means something else
              || (power == 0 && number.scale() > 0);
      return isLost ? OptionalLong.empty() : OptionalLong.of(bytes);
    } catch (ArithmeticException tooLarge) {
      return OptionalLong.empty();
    }
  }

  /// Returns the time that a text such as `90`, `10m` or `1h30m` names: more than nothing, and a
  /// whole number of seconds.
  public static Optional<Duration> time(String text) {
    var small = text.toLowerCase(Locale.ROOT);
    var single = TIME.matcher(small);
    return Optional.of(
            single.matches() ? seconds(single.group(1), single.group(2)) : composed(small))
        .filter(time -> !time.isZero());
  }

  private static Duration seconds(String number, String unit) {
    long each =
        switch (unit == null ? "s" : unit) {
          case "d" -> 86_400;
          case "h" -> 3600;
          case "m", "min" -> 60;
          default -> 1;
        };
    return Duration.ofSeconds(
        new BigDecimal(number).multiply(BigDecimal.valueOf(each)).longValue());
  }

  private static Duration composed(String text) {
    var parts = HOURS_AND_LESS.matcher(text);
    if (!parts.matches()) {
      return Duration.ZERO;
    }
    return Duration.ofDays(number(parts.group(1)))
        .plusHours(number(parts.group(2)))
        .plusMinutes(number(parts.group(3)))
        .plusSeconds(number(parts.group(4)));
  }

  private static long number(String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }
}
