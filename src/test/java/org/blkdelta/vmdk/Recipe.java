package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How to make the files of a virtual disk, good or hostile, and what is to come of them: a block
/// of lines in `testdata/vmdk`, whose README says what each word means.
///
/// @param title what the block is about
/// @param from the title of the good disk whose files are made first; empty for none
/// @param steps the lines that make files
/// @param facts the other lines
public record Recipe(String title, String from, List<Line> steps, List<Line> facts) {

  private static final Path FOLDER = Path.of("testdata/vmdk");

  /// A line of a recipe.
  ///
  /// @param word its first word
  /// @param rest what follows that and a blank
  public record Line(String word, String rest) {

    static Line of(String text) {
      int blank = text.indexOf(' ');
      return blank < 0
          ? new Line(text, "")
          : new Line(text.substring(0, blank), text.substring(blank + 1));
    }
  }

  /// Copies the lists.
  public Recipe {
    steps = List.copyOf(steps);
    facts = List.copyOf(facts);
  }

  /// Returns the recipes of a file, in its order.
  public static List<Recipe> all(String file) throws IOException {
    var recipes = new ArrayList<Recipe>();
    for (var block : Files.readString(FOLDER.resolve(file)).split("\n\n+")) {
      var lines = block.lines().filter(line -> !line.startsWith("#")).toList();
      if (!lines.isEmpty()) {
        recipes.add(parse(lines));
      }
    }
    return recipes;
  }

  /// Returns the recipe of a good disk.
  public static Recipe good(String title) throws IOException {
    return all("good.txt").stream()
        .filter(recipe -> recipe.title.equals(title))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no good disk is called " + title));
  }

  /// Makes the files in an empty folder.
  public void make(Path folder) throws IOException {
    if (!from.isEmpty()) {
      good(from).make(folder);
    }
    var bench = new RecipeSteps(folder);
    for (var step : steps) {
      bench.follow(step);
    }
  }

  /// Returns a fact: its own, or that of the good disk it starts from, or `otherwise`.
  public String fact(String word, String otherwise) throws IOException {
    for (var fact : facts) {
      if (fact.word.equals(word)) {
        return fact.rest;
      }
    }
    return from.isEmpty() ? otherwise : good(from).fact(word, otherwise);
  }

  /// Returns all of its own facts of a kind.
  public List<String> facts(String word) {
    return facts.stream().filter(fact -> fact.word.equals(word)).map(Line::rest).toList();
  }

  @Override
  public String toString() {
    return title;
  }

  private static Recipe parse(List<String> lines) {
    var from = "";
    var steps = new ArrayList<Line>();
    var facts = new ArrayList<Line>();
    for (var text : lines.subList(1, lines.size())) {
      var line = Line.of(text);
      switch (line.word) {
        case "from" -> from = line.rest;
        case "says", "warns", "exit", "inspect", "source", "options", "sectors", "sha256" ->
            facts.add(line);
        default -> steps.add(line);
      }
    }
    return new Recipe(lines.getFirst(), from, steps, facts);
  }
}
