package org.blkdelta.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ReflectionAccessFilter.FilterResult;

/// What programs read. Its objects are made from records: a component's name is the property's, and
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
