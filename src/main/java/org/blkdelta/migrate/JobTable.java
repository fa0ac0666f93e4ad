package org.blkdelta.migrate;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.blkdelta.extent.Amounts;
import org.blkdelta.failure.UsageException;
import org.tomlj.TomlTable;

/// One table of a job file, whose faults have a line and a column. Its name has a dot after it; the
/// name of the top is empty.
final class JobTable {

  private static final Pattern BYTES = Pattern.compile("[1-9][0-9]{0,8}[KMGT]");
  private static final Pattern SECONDS = Pattern.compile("([1-9][0-9]{0,5})([smh])");

  private final String file;
  private final String name;
  private final TomlTable toml;

  JobTable(String file, String name, TomlTable toml) {
    this.file = file;
    this.name = name;
    this.toml = toml;
  }

  void only(String... known) throws UsageException {
    for (var key : toml.keySet()) {
      if (!List.of(known).contains(key)) {
        throw fault(key, "is unknown; known here: " + String.join(", ", known));
      }
    }
  }

  boolean has(String key) {
    return toml.contains(List.of(key));
  }

  String text(String key) throws UsageException {
    var found = toml.get(List.of(key));
    if (found == null) {
      throw new UsageException("%s: %s%s is missing".formatted(file, name, key));
    }
    if (found instanceof String text && !text.isEmpty()) {
      return text;
    }
    throw fault(key, "write a text in quotes");
  }

  long bytes(String key, String advice) throws UsageException {
    var text = text(key);
    if (!BYTES.matcher(text).matches()) {
      throw fault(key, "write " + advice);
    }
    return Amounts.bytes(text).orElseThrow(() -> fault(key, "is too large; write " + advice));
  }

  /// Returns bytes that are added to something: `+5G`.
  long added(String key, String advice) throws UsageException {
    var text = text(key);
    if (!text.startsWith("+") || !BYTES.matcher(text.substring(1)).matches()) {
      throw fault(key, "write " + advice);
    }
    return Amounts.bytes(text.substring(1))
        .orElseThrow(() -> fault(key, "is too large; write " + advice));
  }

  /// Returns a time in seconds.
  ///
  /// @param usual what it is if nobody says
  long seconds(String key, long usual) throws UsageException {
    if (!has(key)) {
      return usual;
    }
    var found = SECONDS.matcher(text(key));
    if (!found.matches()) {
      throw fault(key, "write a time, such as \"90s\", \"15m\" or \"1h\"");
    }
    long unit =
        switch (found.group(2)) {
          case "s" -> 1;
          case "m" -> 60;
          default -> 3600;
        };
    return Long.parseLong(found.group(1)) * unit;
  }

  /// Returns whether something is true; it is not if nobody says so.
  boolean isTrue(String key) throws UsageException {
    if (!has(key)) {
      return false;
    }
    if (toml.get(List.of(key)) instanceof Boolean whether) {
      return whether;
    }
    throw fault(key, "write true or false");
  }

  /// Returns a number from 1.
  ///
  /// @param usual what it is if nobody says
  /// @param most the largest one
  int number(String key, int usual, int most) throws UsageException {
    if (!has(key)) {
      return usual;
    }
    if (toml.get(List.of(key)) instanceof Long number && number >= 1 && number <= most) {
      return number.intValue();
    }
    throw fault(key, "write a number from 1 to " + most);
  }

  /// Returns a program and its arguments.
  ///
  /// @param usual what they are if nobody says
  List<String> words(String key, List<String> usual) throws UsageException {
    if (!has(key)) {
      return usual;
    }
    var words = new ArrayList<String>();
    var list = toml.isArray(List.of(key)) ? toml.getArrayOrEmpty(List.of(key)).toList() : List.of();
    for (var word : list) {
      if (word instanceof String text && text.indexOf('\0') < 0) {
        words.add(text);
      }
    }
    if (words.isEmpty() || words.size() != list.size()) {
      throw fault(key, "write a list of texts, such as [\"virsh\", \"shutdown\", \"web\"]");
    }
    if (words.getFirst().isEmpty() || words.getFirst().startsWith("-")) {
      throw fault(key, "the first word is the program");
    }
    return words;
  }

  /// Returns a table, empty if it is not there.
  JobTable table(String key) throws UsageException {
    if (has(key) && !toml.isTable(List.of(key))) {
      throw fault(key, "is a table: write [" + key + "]");
    }
    return new JobTable(file, name + key + ".", toml.getTableOrEmpty(List.of(key)));
  }

  /// Returns the tables of an array, at least one.
  List<JobTable> tables(String key) throws UsageException {
    if (!has(key)) {
      throw new UsageException("%s: %s%s is missing; write [[%s]]".formatted(file, name, key, key));
    }
    var tables = new ArrayList<JobTable>();
    if (toml.isArray(List.of(key))) {
      for (var each : toml.getArrayOrEmpty(List.of(key)).toList()) {
        if (each instanceof TomlTable table) {
          tables.add(new JobTable(file, name + key + ".", table));
        }
      }
    }
    if (tables.isEmpty() || tables.size() < toml.getArrayOrEmpty(List.of(key)).size()) {
      throw fault(key, "is a list of tables: write [[" + key + "]]");
    }
    return tables;
  }

  UsageException fault(String key, String what) {
    var at = toml.inputPositionOf(List.of(key));
    var where = at == null ? file : "%s:%d:%d".formatted(file, at.line(), at.column());
    return new UsageException("%s: %s%s: %s".formatted(where, name, key, what));
  }
}
