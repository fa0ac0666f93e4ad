package org.blkdelta.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.destination.DestinationState;
import org.blkdelta.destination.Destinations;
import org.blkdelta.destination.StateFile;
import org.blkdelta.destination.StateStore;
import org.blkdelta.extent.Generation;
import org.jspecify.annotations.Nullable;

/// What is shown of one remembered destination.
///
/// @param found what is at its path now
public record StateReport(StateStore.Entry entry, Found found) {

  /// What is at the path of a destination.
  public enum Found {
    HERE(""),
    REPLACED(" (something else is there now)"),
    ABSENT(" (nothing is there now)"),
    UNKNOWN("");

    private final String words;

    Found(String words) {
      this.words = words;
    }
  }

  private static final int VERSION = 1;

  /// Looks for the destination.
  public static StateReport of(StateStore.Entry entry) {
    var content = entry.content();
    return new StateReport(entry, content.isEmpty() ? Found.ABSENT : found(content.get()));
  }

  private static Found found(StateFile content) {
    try {
      var name = DestinationName.of(content.path());
      if (name.file().isEmpty()) {
        return Found.UNKNOWN; // a server would have to be asked, and could not tell
      }
      if (!name.exists()) {
        return Found.ABSENT;
      }
      return Destinations.isAt(name, content) ? Found.HERE : Found.REPLACED;
    } catch (IOException unseen) {
      return Found.REPLACED;
    }
  }

  /// Returns lines for people.
  public String text() {
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

  /// What programs are told of several.
  private record AllFacts(int version, String folder, List<Facts> destinations) {}

  /// What programs are told of one; only the file and the trouble, if the file is not believed.
  private record Facts(
      String file,
      @Nullable String trouble,
      @Nullable String destination,
      @Nullable String path,
      @Nullable String since,
      @Nullable String found,
      @Nullable StateFacts state) {}

  private record StateFacts(
      String words,
      @Nullable String base,
      @Nullable String result,
      boolean complete,
      boolean whole,
      long durableUpTo,
      @Nullable String lastRun,
      List<String> undo) {}

  /// Returns one JSON object of several.
  public static String json(Path folder, List<StateReport> reports) {
    var all = reports.stream().map(StateReport::facts).toList();
    return Json.page(new AllFacts(VERSION, folder.toString(), all));
  }

  private Facts facts() {
    var file = entry.file().toAbsolutePath().toString();
    if (entry.content().isEmpty()) {
      return new Facts(file, entry.trouble(), null, null, null, null, null);
    }
    var content = entry.content().get();
    return new Facts(
        file,
        null,
        content.destination(),
        content.path(),
        content.since(),
        found.name().toLowerCase(Locale.ROOT),
        facts(content.state()));
  }

  private static StateFacts facts(DestinationState state) {
    return new StateFacts(
        state.text(),
        state.delta().base().map(Generation::id).orElse(null),
        state.delta().result().map(Generation::id).orElse(null),
        state.isComplete(),
        state.isWhole(),
        state.durableUpTo(),
        state.lastRun().orElse(null),
        state.ways().stream().map(DestinationState.Way::run).toList());
  }

  /// What a file says cannot steer the terminal.
  private static String plain(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}]", "?");
  }
}
