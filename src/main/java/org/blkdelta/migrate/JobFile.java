package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.extent.Amounts;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.LvmName;
import org.blkdelta.linux.SmallFile;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Job.SnapshotSize;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Location;
import org.blkdelta.run.Limit;
import org.tomlj.Toml;
import org.tomlj.TomlTable;

/// Reads job files. Format: TOML 1.0. What is not known is refused, with line and column.
final class JobFile {

  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
  private static final Pattern PERCENT = Pattern.compile("([1-9][0-9]?|100)%");
  private static final Pattern BYTES = Pattern.compile("[1-9][0-9]{0,8}[KMGT]");

  private final String file;

  private JobFile(String file) {
    this.file = file;
  }

  /// Reads a file.
  ///
  /// @throws UsageException if it cannot be read, or asks for something that cannot be done
  static Job read(Path path) throws UsageException {
    try {
      var bytes = SmallFile.read(path, MAX_BYTES);
      var text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return parse(path.toString(), text);
    } catch (UsageException told) {
      throw told;
    } catch (IOException fault) {
      var said = SyncException.describe(fault);
      throw new UsageException(said.startsWith(path + ":") ? said : path + ": " + said, fault);
    }
  }

  /// Reads the text of a file.
  ///
  /// @param file its name, for messages
  static Job parse(String file, String text) throws UsageException {
    return new JobFile(file).job(text);
  }

  private Job job(String text) throws UsageException {
    var toml = Toml.parse(text);
    if (toml.hasErrors()) {
      var first = toml.errors().getFirst();
      var at = first.position();
      throw new UsageException(
          "%s:%d:%d: %s".formatted(file, at.line(), at.column(), first.getMessage()));
    }
    var top = new Table("", toml);
    top.only("name", "source", "destination", "disk", "rounds");
    var source = side(top, "source");
    var destination = side(top, "destination");
    if (source.isPresent() && destination.isPresent()) {
      throw top.fault("destination", "name a host at one side only, and run the job on the other");
    }
    return new Job(name(top), source, destination, disks(top), limit(top));
  }

  private static String name(Table top) throws UsageException {
    var name = top.text("name");
    if (!NAME.matcher(name).matches()) {
      throw top.fault("name", "use at most 32 of a-z, 0-9 and -, and begin with a letter or digit");
    }
    return name;
  }

  private static Optional<Host> side(Table top, String key) throws UsageException {
    var side = top.table(key);
    side.only("host");
    if (!side.has("host")) {
      return Optional.empty();
    }
    var text = side.text("host");
    try {
      var location = Location.parse(text + (text.contains("://") ? "/" : ":/"));
      if (location.host().isPresent() && location.path().equals("/")) {
        return location.host();
      }
    } catch (UsageException unnamed) {
      throw side.fault("host", String.valueOf(unnamed.getMessage()));
    }
    throw side.fault("host", "write [USER@]HOST or ssh://[USER@]HOST:PORT");
  }

  private static List<JobDisk> disks(Table top) throws UsageException {
    var disks = new ArrayList<JobDisk>();
    var volumes = new HashSet<LvmName>();
    var destinations = new HashSet<String>();
    for (var table : top.tables("disk")) {
      table.only("from", "to", "snapshot");
      var from = volume(table);
      var to = table.text("to");
      if (!to.startsWith("/")) {
        throw table.fault("to", "write the whole path, from /");
      }
      if (!volumes.add(from)) {
        throw table.fault("from", from + " is another disk's already");
      }
      if (!destinations.add(to)) {
        throw table.fault("to", to + " is another disk's already");
      }
      disks.add(new JobDisk(from, to, snapshot(table)));
    }
    return disks;
  }

  private static LvmName volume(Table disk) throws UsageException {
    var from = LvmName.parse(disk.text("from"));
    if (from.isEmpty()) {
      throw disk.fault("from", "write VG/LV, the volume whose snapshots are sent");
    }
    return from.get();
  }

  private static SnapshotSize snapshot(Table disk) throws UsageException {
    var snapshot = disk.table("snapshot");
    snapshot.only("size");
    if (!snapshot.has("size")) {
      return SnapshotSize.USUAL;
    }
    var percent = PERCENT.matcher(snapshot.text("size"));
    return percent.matches()
        ? new SnapshotSize(Integer.parseInt(percent.group(1)), 0)
        : new SnapshotSize(0, snapshot.bytes("size", "20% of the volume, or 10G"));
  }

  private static Limit limit(Table top) throws UsageException {
    var rounds = top.table("rounds");
    rounds.only("bwlimit");
    return rounds.has("bwlimit")
        ? new Limit(rounds.bytes("bwlimit", "bytes a second, such as 80M"))
        : Limit.NONE;
  }

  /// One table of the file, whose faults have a line and a column. Its name has a dot after it; the
  /// name of the top is empty.
  private final class Table {

    private final String name;
    private final TomlTable toml;

    Table(String name, TomlTable toml) {
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

    /// Returns a table, empty if it is not there.
    Table table(String key) throws UsageException {
      if (has(key) && !toml.isTable(List.of(key))) {
        throw fault(key, "is a table: write [" + key + "]");
      }
      return new Table(name + key + ".", toml.getTableOrEmpty(List.of(key)));
    }

    /// Returns the tables of an array, at least one.
    List<Table> tables(String key) throws UsageException {
      if (!has(key)) {
        throw new UsageException(
            "%s: %s%s is missing; write [[%s]]".formatted(file, name, key, key));
      }
      var tables = new ArrayList<Table>();
      if (toml.isArray(List.of(key))) {
        for (var each : toml.getArrayOrEmpty(List.of(key)).toList()) {
          if (each instanceof TomlTable table) {
            tables.add(new Table(name + key + ".", table));
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
}
