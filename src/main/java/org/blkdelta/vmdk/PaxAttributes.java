package org.blkdelta.vmdk;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.blkdelta.failure.SourceException;

/// What a pax header says of the member after it: records `LENGTH KEY=VALUE\n`, each with its
/// length, itself included, in decimal (POSIX.1-2001, pax, "pax Extended Header").
final class PaxAttributes {

  private static final int MAX_DIGITS = 18;

  private Optional<String> path = Optional.empty();
  private OptionalLong size = OptionalLong.empty();

  /// Returns the member's name, when it is here.
  Optional<String> path() {
    return path;
  }

  /// Returns the member's size, when it is here.
  OptionalLong size() {
    return size;
  }

  /// Takes the records of one header; later ones hold.
  ///
  /// @param damaged makes the failure that says what is wrong
  void read(byte[] records, Function<String, SourceException> damaged) throws SourceException {
    for (int at = 0; at < records.length; ) {
      int space = at;
      while (space < records.length && records[space] != ' ') {
        space++;
      }
      long length = number(new String(records, at, space - at, StandardCharsets.US_ASCII));
      if (length <= space - at + 1 || length > records.length - at) {
        throw damaged.apply("a pax record whose length is wrong");
      }
      int end = at + (int) length - 1;
      take(new String(records, space + 1, end - space - 1, StandardCharsets.UTF_8), damaged);
      at = end + 1;
    }
  }

  private void take(String record, Function<String, SourceException> damaged)
      throws SourceException {
    int equals = record.indexOf('=');
    var key = equals < 0 ? record : record.substring(0, equals);
    var value = record.substring(equals + 1);
    if (key.equals("path")) {
      path = Optional.of(value);
    } else if (key.equals("size")) {
      long bytes = number(value);
      if (bytes < 0) {
        throw damaged.apply("a member whose size is not a number of bytes");
      }
      size = OptionalLong.of(bytes);
    }
  }

  /// Returns a number, or -1 for what is not one, or none that a length can be.
  private static long number(String digits) {
    boolean isOne =
        !digits.isEmpty()
            && digits.length() <= MAX_DIGITS
            && digits.chars().allMatch(digit -> digit >= '0' && digit <= '9');
    return isOne ? Long.parseLong(digits) : -1;
  }
}
