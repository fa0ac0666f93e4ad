package org.blkdelta.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleFunction;
import org.blkdelta.failure.Printable;

/// Bars and marks over columns, as inline SVG. What it says of a bar is its title, which a browser
/// shows without any script.
final class Chart {

  private static final double LEFT = 78;
  private static final double WIDTH = 642;
  private static final double TOP = 10;
  private static final double HEIGHT = 150;
  private static final int MAX_LABELS = 16;

  /// A bar.
  ///
  /// @param from its lower end
  /// @param to its upper one
  /// @param kind its class in the style sheet
  /// @param told what it says
  record Bar(double from, double to, String kind, String told) {}

  private record Placed(int column, Bar bar, boolean isMark) {}

  private final List<String> labels;
  private final DoubleFunction<String> unit;
  private final List<Placed> placed = new ArrayList<>();
  private double highest;

  /// @param labels of the columns
  /// @param unit how a value is told
  Chart(List<String> labels, DoubleFunction<String> unit) {
    this.labels = List.copyOf(labels);
    this.unit = unit;
  }

  /// Adds a bar to a column.
  void add(int column, Bar bar) {
    placed.add(new Placed(column, bar, false));
    upTo(bar.to());
  }

  /// Adds a mark to a column.
  void mark(int column, double at, String kind, String told) {
    placed.add(new Placed(column, new Bar(at, at, kind, told), true));
    upTo(at);
  }

  /// Makes it reach a value.
  void upTo(double value) {
    highest = Math.max(highest, value);
  }

  /// Returns it with its title and what its colors mean.
  ///
  /// @param legend by their classes
  String figure(String title, String note, Map<String, String> legend) {
    var text = new StringBuilder("<h2>%s</h2>\n<figure>\n".formatted(escaped(title)));
    text.append("<svg viewBox=\"0 0 730 186\" role=\"img\" aria-label=\"");
    text.append("%s\" xmlns=\"http://www.w3.org/2000/svg\">\n".formatted(escaped(title)));
    for (int part = 0; part <= 2; part++) {
      double value = highest * part / 2;
      text.append(
          String.format(
              Locale.ROOT,
              "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
              LEFT,
              LEFT + WIDTH,
              y(value),
              y(value)));
      text.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
              LEFT - 6,
              y(value) + 4,
              escaped(unit.apply(value))));
    }
    placed.forEach(each -> text.append(rectangle(each)));
    for (int i = 0; i < labels.size(); i++) {
      if (i % Math.ceilDiv(labels.size(), MAX_LABELS) == 0 || !isNumber(labels.get(i))) {
        text.append(
            String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                x(i) + step() / 2,
                TOP + HEIGHT + 16,
                escaped(labels.get(i))));
      }
    }
    text.append("</svg>\n<figcaption class=\"note\">%s".formatted(escaped(note)));
    new TreeMap<>(legend).forEach((kind, name) -> text.append(named(kind, name)));
    return text.append("</figcaption>\n</figure>\n").toString();
  }

  private static boolean isNumber(String label) {
    return !label.isEmpty() && Character.isDigit(label.charAt(0));
  }

  /// Returns what a color means.
  static String named(String kind, String name) {
    return (" <svg viewBox=\"0 0 10 10\" style=\"width: 0.7em\" xmlns=\"http://www.w3.org/2000/svg\">"
            + "<rect class=\"%s\" width=\"10\" height=\"10\"/></svg> %s")
        .formatted(kind, escaped(name));
  }

  private String rectangle(Placed each) {
    var bar = each.bar();
    double gap = Math.min(4, step() / 5);
    double top = each.isMark() ? y(bar.to()) - 1.5 : y(bar.to());
    double height = each.isMark() ? 3 : Math.max(0.5, y(bar.from()) - y(bar.to()));
    return String.format(
        Locale.ROOT,
        "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"><title>%s</title></rect>\n",
        bar.kind(),
        x(each.column()) + gap / 2,
        top,
        step() - gap,
        height,
        escaped(labels.get(each.column()) + ": " + bar.told()));
  }

  private double step() {
    return WIDTH / Math.max(1, labels.size());
  }

  private double x(int column) {
    return LEFT + column * step();
  }

  private double y(double value) {
    return TOP + HEIGHT * (1 - (highest <= 0 ? 0 : value / highest));
  }

  /// Returns a text as HTML and XML have it, in one line that does no harm.
  static String escaped(String text) {
    return Printable.of(text)
        .replace('\t', ' ')
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
