package org.blkdelta.migrate;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Where on a disk each round wrote, as inline SVG: a row for each round, a column for each part of
/// the disk. All places of one strength are one path, so that a page stays small.
final class HeatChart {

  private static final double LEFT = 78;
  private static final double TOP = 10;
  private static final double WIDTH = 642;
  private static final double HEIGHT = 200;
  private static final int MAX_LABELS = 16;

  private static final Map<String, String> LEGEND =
      new TreeMap<>(
          Map.of("h1", "a trace", "h5", "a thousandth or more", "h9", "a quarter or more of it"));

  private record Row(String label, String places) {}

  private final List<Row> rows = new ArrayList<>();

  /// Adds a row.
  ///
  /// @param places as [Spread] has them; empty if they aren't known
  void add(String label, String places) {
    rows.add(new Row(label, places));
  }

  /// Returns it with its title.
  ///
  /// @param disk what it is about
  String figure(String disk) {
    double step = Math.clamp(HEIGHT / rows.size(), 2, 14);
    double bottom = TOP + step * rows.size();
    var title = Chart.escaped("Where each round wrote: " + disk);
    var told =
        "%s; rounds %s to %s from top to bottom, the disk's beginning at the left"
            .formatted(title, rows.getFirst().label(), rows.getLast().label());
    var text = new StringBuilder("<h2>%s</h2>\n<figure>\n".formatted(title));
    add(text, "<svg viewBox=\"0 0 730 %.0f\" role=\"img\" aria-label=\"%s\"", bottom + 26, told);
    add(text, " xmlns=\"http://www.w3.org/2000/svg\">\n<title>%s</title>\n", told);
    add(text, "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\"", LEFT, TOP);
    add(text, " width=\"%.1f\" height=\"%.1f\"/>\n", WIDTH, bottom - TOP);
    addPlaces(text, step);
    int every = Math.ceilDiv(rows.size(), MAX_LABELS);
    for (int i = 0; i < rows.size(); i += every) {
      label(text, LEFT - 6, TOP + step * (i + 0.5) + 4, "end", rows.get(i).label());
    }
    label(text, LEFT, bottom + 16, "start", "beginning of the disk");
    label(text, LEFT + WIDTH, bottom + 16, "end", "end");
    text.append("</svg>\n<figcaption class=\"note\">");
    text.append("The stronger the color, the more of that place was sent.");
    LEGEND.forEach((kind, name) -> text.append(Chart.named(kind, name)));
    return text.append("</figcaption>\n</figure>\n").toString();
  }

  /// A unit is a column wide and a row high.
  private void addPlaces(StringBuilder text, double step) {
    double column = WIDTH / Spread.MAX_COLUMNS;
    add(text, "<g transform=\"translate(%.1f %.1f) scale(%.5f %.5f)\"", LEFT, TOP, column, step);
    text.append(" shape-rendering=\"crispEdges\">\n");
    for (int level = 1; level <= Spread.MAX_LEVEL; level++) {
      var path = path((char) ('0' + level));
      if (!path.isEmpty()) {
        add(text, "<path class=\"h%d\" d=\"%s\"/>\n", level, path);
      }
    }
    text.append("</g>\n");
  }

  @FormatMethod
  private static void add(StringBuilder text, @FormatString String format, Object... what) {
    text.append(String.format(Locale.ROOT, format, what));
  }

  private static void label(StringBuilder text, double x, double y, String anchor, String label) {
    add(text, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    add(text, "%s</text>\n", Chart.escaped(label));
  }

  /// Returns lines along all places of a strength, in columns and rows.
  private String path(char level) {
    var path = new StringBuilder();
    for (int row = 0; row < rows.size(); row++) {
      var places = rows.get(row).places();
      for (int from = places.indexOf(level); from >= 0; ) {
        int to = from;
        while (to < places.length() && places.charAt(to) == level) {
          to++;
        }
        double step = (double) Spread.MAX_COLUMNS / places.length();
        path.append("M%s %s.5h%s".formatted(number(from * step), row, number((to - from) * step)));
        from = places.indexOf(level, to);
      }
    }
    return path.toString();
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.2f", value);
  }
}
