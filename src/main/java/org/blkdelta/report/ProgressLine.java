package org.blkdelta.report;

import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.StoreUsage;

/// How far a run is, in one line. What is urgent comes first: a snapshot that fills.
///
/// @param phase what is done
/// @param bytes what is done already
/// @param totalBytes of how many; 0 if unknown
/// @param rate bytes a second
/// @param secondsLeft -1 if unknown
/// @param fuel how full the source's snapshot is, if it has one
record ProgressLine(
    String phase,
    long bytes,
    long totalBytes,
    long rate,
    long secondsLeft,
    Optional<StoreUsage> fuel) {

  private static final String RED = "\u001b[1;31m";
  private static final String PLAIN = "\u001b[0m";
  private static final double NEARLY_FULL = 0.9;
  private static final int MAX_CELLS = 40;

  /// One way to say it.
  ///
  /// @param first what is urgent
  /// @param before what stands before the bar, and `after` it
  /// @param cells the shortest bar; 0 for none
  private record Form(String first, String before, String after, int cells) {

    int length() {
      return first.length() + before.length() + after.length() + (cells == 0 ? 0 : cells + 3);
    }
  }

  /// Returns it for a log, or for whoever asks.
  String text() {
    var total = totalBytes == 0 ? "" : " of %s (%d%%)".formatted(binary(totalBytes), percent());
    return "%s%s: %s%s, %s/s%s%s"
        .formatted(urgent(), phase, binary(bytes), total, binary(rate), left(), calm());
  }

  /// Returns it for a terminal, as wide as there is room at most.
  ///
  /// @param unicode whether the terminal shows more than ASCII
  /// @param colors whether what is urgent may be red
  String fitted(int room, boolean unicode, boolean colors) {
    var forms = forms();
    var form =
        forms.stream().filter(one -> one.length() <= room).findFirst().orElse(forms.getLast());
    int cells = form.cells() == 0 ? 0 : Math.min(MAX_CELLS, form.cells() + room - form.length());
    var rest = form.before() + (cells == 0 ? "" : " " + bar(cells, unicode)) + form.after();
    var first = form.first().substring(0, Math.min(room, form.first().length()));
    rest = rest.substring(0, Math.min(rest.length(), room - first.length()));
    return colors && isLost() ? RED + first + PLAIN + rest : first + rest;
  }

  /// From the longest to the shortest.
  private List<Form> forms() {
    var amount = binary(bytes) + (totalBytes == 0 ? "" : " of " + binary(totalBytes));
    var wide = " %s, %s/s%s".formatted(amount, binary(rate), left());
    var small = Sizes.brief(bytes) + (totalBytes == 0 ? "" : "/" + Sizes.brief(totalBytes));
    var left = secondsLeft < 0 ? "" : " " + Sizes.briefDuration(secondsLeft);
    var brief = " %s %s/s%s".formatted(small, Sizes.brief(rate), left);
    if (totalBytes == 0) {
      return List.of(
          new Form(urgent(), phase + ":", wide + calm(), 0),
          new Form(urgent(), phase + ":", wide, 0),
          new Form(brieflyUrgent(), phase + ":", brief, 0),
          new Form(brieflyUrgent(), "", brief.strip(), 0));
    }
    var share = percent() + "%";
    return List.of(
        new Form(urgent(), phase + " " + share, wide + calm(), 10),
        new Form(urgent(), phase + " " + share, wide, 10),
        new Form(brieflyUrgent(), phase + " " + share, brief, 3),
        new Form(brieflyUrgent(), phase + " " + share, brief, 0),
        new Form(brieflyUrgent(), share, brief, 0),
        new Form(brieflyUrgent(), share, left, 0));
  }

  private String bar(int cells, boolean unicode) {
    int done = (int) Math.min(cells, (double) bytes / totalBytes * cells);
    return unicode
        ? "▕" + "█".repeat(done) + "░".repeat(cells - done) + "▏"
        : "[" + "#".repeat(done) + "-".repeat(cells - done) + "]";
  }

  /// Rounds down: what is shown as done is done.
  private long percent() {
    return (long) Math.min(100, 100.0 * bytes / totalBytes);
  }

  private String left() {
    return secondsLeft < 0 ? "" : ", " + Sizes.duration(secondsLeft) + " left";
  }

  private String urgent() {
    return fuel.filter(ProgressLine::isUrgent).map(usage -> words(usage) + "; ").orElse("");
  }

  private String calm() {
    return fuel.filter(usage -> !isUrgent(usage)).map(usage -> "; " + words(usage)).orElse("");
  }

  private String brieflyUrgent() {
    return fuel.filter(ProgressLine::isUrgent)
        .map(
            usage ->
                usage.secondsToFull().isPresent()
                    ? "full in %s! "
                        .formatted(Sizes.briefDuration(usage.secondsToFull().getAsLong()))
                    : percent(usage) + "% full! ")
        .orElse("");
  }

  private static String words(StoreUsage usage) {
    var time = usage.secondsToFull();
    return "snapshot %d%% full%s"
        .formatted(
            percent(usage), time.isEmpty() ? "" : ", 100% in " + Sizes.duration(time.getAsLong()));
  }

  /// Rounds down, too: what is shown as full is full.
  private static int percent(StoreUsage usage) {
    return (int) (100 * usage.share());
  }

  private static boolean isUrgent(StoreUsage usage) {
    return usage.secondsToFull().isPresent() || usage.share() >= NEARLY_FULL;
  }

  /// Returns whether the snapshot is full before the run ends.
  private boolean isLost() {
    return fuel.filter(usage -> usage.isFullWithin(secondsLeft)).isPresent();
  }

  private static String binary(long bytes) {
    return Sizes.binary(bytes);
  }
}
