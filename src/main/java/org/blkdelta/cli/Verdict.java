package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.util.Locale;

/// What a comparison found.
///
/// @param extents runs that differ
/// @param differentBytes their bytes, in units of 4096
/// @param bytes what was compared
/// @param destinationSize bytes of the whole destination
/// @param wireBytes bytes of the stream; 0 in a local run, and where the source is remote
/// @param seconds of the whole run
/// @param digest what both ends agreed to have compared with
record Verdict(
    long extents,
    long differentBytes,
    long bytes,
    long destinationSize,
    long wireBytes,
    double seconds,
    String digest) {

  boolean isSame() {
    return extents == 0;
  }

  /// Prints it.
  void print(ReportOptions report, Streams streams) {
    report.print(streams, json(), text());
  }

  /// Returns it for programs.
  JsonObject json() {
    var object = new JsonObject();
    object.addProperty("same", isSame());
    object.addProperty("extents", extents);
    object.addProperty("differentBytes", differentBytes);
    object.addProperty("bytes", bytes);
    object.addProperty("destinationSize", destinationSize);
    object.addProperty("wireBytes", wireBytes);
    object.addProperty("seconds", Math.round(seconds * 1000) / 1000.0);
    object.addProperty("digest", digest);
    return object;
  }

  String text() {
    var amount = "compared %s".formatted(Sizes.binary(bytes));
    var found =
        isSame()
            ? "the same"
            : "different: %s, %s"
                .formatted(Sizes.count(extents, "extent"), Sizes.binary(differentBytes));
    return String.format(Locale.ROOT, "%s; %s in %.1f s%s", found, amount, seconds, sizes());
  }

  private String sizes() {
    if (destinationSize < bytes) {
      return "; the destination has %d bytes, the source %d".formatted(destinationSize, bytes);
    }
    return destinationSize == bytes
        ? ""
        : "; %d more bytes of the destination were not looked at"
            .formatted(destinationSize - bytes);
  }
}
