package org.blkdelta.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A man page made of one of the guides in `docs`: headings, paragraphs, lists and blocks of code
/// are all that they use.
final class GuidePage {

  private static final String FENCE = "```";

  private final StringBuilder page = new StringBuilder();
  private final List<String> paragraph = new ArrayList<>();

  /// Returns the page.
  ///
  /// @param name its name, without the section
  /// @param guide the Markdown text
  static String of(String name, String guide) {
    return new GuidePage().text(name, guide);
  }

  private String text(String name, String guide) {
    page.append(Roff.head("a guide in docs", name, "7", "Guides"));
    boolean code = false;
    for (var line : guide.lines().toList()) {
      if (line.startsWith(FENCE)) {
        finish();
        code = !code;
        page.append(code ? gap() + Roff.EXAMPLE : Roff.END_OF_EXAMPLE);
      } else if (code) {
        page.append(Roff.kept(roff(line)));
      } else {
        text(name, line, line.startsWith("#"));
      }
    }
    finish();
    return page.toString();
  }

  private void text(String name, String line, boolean heading) {
    if (heading || line.isEmpty() || line.startsWith("- ")) {
      finish();
    }
    if (line.startsWith("# ")) {
      page.append(".SH \"NAME\"\n%s \\- %s\n".formatted(roff(name), roff(line.substring(2))));
      page.append(".SH \"DESCRIPTION\"\n");
    } else if (heading) {
      page.append(".SH \"%s\"\n".formatted(roff(line.substring(3)).toUpperCase(Locale.ROOT)));
    } else if (!line.isEmpty()) {
      paragraph.add(line.strip());
    }
  }

  private void finish() {
    if (paragraph.isEmpty()) {
      return;
    }
    var text = String.join(" ", paragraph);
    boolean item = text.startsWith("- ");
    page.append(item ? ".IP \\(bu 2\n" : gap());
    page.append(Roff.filled(marked(roff(item ? text.substring(2) : text))));
    paragraph.clear();
  }

  /// Returns what separates a paragraph from the one before, if there is one.
  private String gap() {
    return page.substring(page.lastIndexOf("\n", page.length() - 2) + 1).startsWith(".SH")
        ? ""
        : ".PP\n";
  }

  /// Turns marks for code and strong words into bold, and links into their words.
  private static String marked(String text) {
    return text.replaceAll("\\\\\\(ga(.*?)\\\\\\(ga", "\\\\fB$1\\\\fR")
        .replaceAll("\\*\\*(.*?)\\*\\*", "\\\\fB$1\\\\fR")
        .replaceAll("\\[(.*?)\\]\\(.*?\\)", "$1");
  }

  private static String roff(String text) {
    return Roff.escaped(text);
  }
}
