package org.blkdelta.vmdk;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads a line of a descriptor that names an extent: `ACCESS SIZE TYPE "FILE" OFFSET`.
final class ExtentLine {

  private static final Pattern START =
      Pattern.compile("(RW|RDONLY|NOACCESS)[ \\t].*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final Pattern LINE =
      Pattern.compile(
          "(RW|RDONLY|NOACCESS)[ \\t]++([0-9]{1,19})[ \\t]++([A-Z0-9]++)"
              + "(?:[ \\t]++\"([^\"]*+)\"(?:[ \\t]++([0-9]{1,19}))?([ \\t].*)?)?",
          Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

  private static final int ACCESS = 1;
  private static final int SIZE = 2;
  private static final int TYPE = 3;
  private static final int FILE = 4;
  private static final int OFFSET = 5;
  private static final int DEVICE = 6;

  /// Says what is wrong with a line.
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String what) {
      super(what);
    }
  }

  private ExtentLine() {}

  /// Returns whether a line names an extent, or is meant to.
  static boolean is(String text) {
    return START.matcher(text).matches();
  }

  static DescriptorExtent parse(int line, String text) throws Malformed {
    var fields = LINE.matcher(text);
    if (!fields.matches()) {
      throw new Malformed("is not a whole extent");
    }
    var type = type(fields.group(TYPE));
    long sectors = number(fields.group(SIZE));
    if (sectors == 0) {
      throw new Malformed("an extent of no sectors");
    }
    if (fields.group(DEVICE) != null) {
      throw new Malformed("an extent on a device of the host");
    }
    var file = Optional.ofNullable(fields.group(FILE));
    if (file.isPresent() == (type == ExtentType.ZERO)) {
      throw new Malformed(file.isPresent() ? "zeros in a file" : "an extent without a file");
    }
    boolean readable = !fields.group(ACCESS).equalsIgnoreCase("NOACCESS");
    return new DescriptorExtent(line, readable, sectors, type, file, start(fields, type));
  }

  private static ExtentType type(String word) throws Malformed {
    return Arrays.stream(ExtentType.values())
        .filter(type -> type.name().equals(word.toUpperCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> new Malformed("extents of type " + word + " cannot be read"));
  }

  private static long start(Matcher fields, ExtentType type) throws Malformed {
    var text = fields.group(OFFSET);
    if (text == null) {
      if (type == ExtentType.FLAT) {
        throw new Malformed("a flat extent without its place in the file");
      }
      return 0;
    }
    long start = number(text);
    if (start != 0 && type.isSparse()) {
      throw new Malformed("a sparse extent that does not begin where its file does");
    }
    return start;
  }

  /// Returns a number of sectors whose bytes are a `long`.
  private static long number(String digits) throws Malformed {
    try {
      long sectors = Long.parseLong(digits);
      if (sectors <= Long.MAX_VALUE / Fields.SECTOR) {
        return sectors;
      }
    } catch (NumberFormatException large) {
      // said below
    }
    throw new Malformed("the number " + digits + " is too large");
  }
}
