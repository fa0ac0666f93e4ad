package org.blkdelta.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.ReflectionAccessFilter.FilterResult;
import java.util.Optional;

/// What programs read, and what this one wrote earlier. Its objects are made from records: a
/// component's name is the property's, and
/// one that is null is left out.
public final class Json {

  private static final Gson LINE = builder().create();
  private static final Gson PAGE = builder().setPrettyPrinting().create();

  private Json() {}

  /// Returns a record as an object in one line.
  public static String line(Object facts) {
    return LINE.toJson(facts);
  }

  /// Returns a record as an object over several lines.
  public static String page(Object facts) {
    return PAGE.toJson(facts);
  }

  /// Returns the record that an object in one line is, or empty if it is none. What the object
  /// lacks is null or 0.
  public static <T extends Record> Optional<T> parsed(String line, Class<T> type) {
    try {
      return Optional.ofNullable(LINE.fromJson(line, type));
    } catch (JsonParseException fault) {
      return Optional.empty();
    }
  }

  /// Returns seconds as they are told: to the millisecond.
  public static double seconds(double seconds) {
    return Math.round(seconds * 1000) / 1000.0;
  }

  private static GsonBuilder builder() {
    return new GsonBuilder()
        .disableHtmlEscaping()
        .addReflectionAccessFilter(
            type -> type.isRecord() ? FilterResult.ALLOW : FilterResult.BLOCK_INACCESSIBLE);
  }
}
