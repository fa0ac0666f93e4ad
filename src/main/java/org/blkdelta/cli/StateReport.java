package org.blkdelta.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// What is shown of one remembered destination.
///
/// @param found what is at its path now
record StateReport(StateStore.Entry entry, Found found) {

  /// What is at the path of a destination.
  enum Found {
    HERE(""),
    REPLACED(" (something else is there now)"),
    ABSENT(" (nothing is there now)");

    private final String words;

    Found(String words) {
      this.words = words;
    }
  }

  private static final int VERSION = 1;

  /// Looks for the destination.
  static StateReport of(StateStore.Entry entry) {
    var content = entry.content();
    return new StateReport(entry, content.isEmpty() ? Found.ABSENT : found(content.get()));
  }

  private static Found found(StateFile content) {
    var path = Path.of(content.path());
    try {
      if (!Files.exists(path)) {
        return Found.ABSENT;
      }
      return Remembered.identities(path).contains(content.destination())
          ? Found.HERE
          : Found.REPLACED;
    } catch (IOException unseen) {
      return Found.REPLACED;
    }
  }

  /// Returns lines for people.
  String text() {
    if (entry.content().isEmpty()) {
      return "%s%n  is not believed: %s".formatted(entry.file(), entry.trouble());
    }
    var content = entry.content().get();
    return "%s%s%n  %s%n  since %s%n  known as %s"
        .formatted(
            plain(content.path()),
            found.words,
            plain(content.state().text()),
            plain(content.since()),
            plain(content.destination()));
  }

  /// Returns one JSON object of several.
  static String json(Path folder, List<StateReport> reports) {
    var list = new JsonArray();
    reports.forEach(report -> list.add(report.json()));
    var json = new JsonObject();
    json.addProperty("version", VERSION);
    json.addProperty("folder", folder.toString());
    json.add("destinations", list);
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(json);
  }

  private JsonObject json() {
    var json = new JsonObject();
    json.addProperty("file", entry.file().toAbsolutePath().toString());
    if (entry.content().isEmpty()) {
      json.addProperty("trouble", entry.trouble());
      return json;
    }
    var content = entry.content().get();
    json.addProperty("destination", content.destination());
    json.addProperty("path", content.path());
    json.addProperty("since", content.since());
    json.addProperty("found", found.name().toLowerCase(Locale.ROOT));
    json.add("state", json(content.state()));
    return json;
  }

  private static JsonElement json(DestinationState state) {
    var json = new JsonObject();
    json.addProperty("words", state.text());
    state.delta().base().ifPresent(base -> json.addProperty("base", base.id()));
    state.delta().result().ifPresent(result -> json.addProperty("result", result.id()));
    json.addProperty("complete", state.isComplete());
    json.addProperty("whole", state.isWhole());
    json.addProperty("durableUpTo", state.durableUpTo());
    state.lastRun().ifPresent(run -> json.addProperty("lastRun", run));
    var undo = new JsonArray();
    state.ways().forEach(way -> undo.add(way.run()));
    json.add("undo", undo);
    return json;
  }

  /// What a file says cannot steer the terminal.
  private static String plain(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}]", "?");
  }
}
