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
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.LvmName;
import org.blkdelta.linux.SmallFile;
import org.blkdelta.migrate.Job.Growth;
import org.blkdelta.migrate.Job.JobDisk;
import org.blkdelta.migrate.Job.Made;
import org.blkdelta.migrate.Job.SnapshotSize;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Location;
import org.blkdelta.run.Limit;
import org.tomlj.Toml;

/// Reads job files. Format: TOML 1.0. What is not known is refused, with line and column.
final class JobFile {

  private static final int MAX_BYTES = 1 << 20;
  private static final int PARALLEL = 2;

  /// A snapshot that is extended later than that may be full before.
  private static final int MAX_FILL = 95;

  /// Each may need 64 MiB for the list of what changed, and the program has 256 MiB.
  private static final int MAX_PARALLEL = 3;

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
  private static final Pattern POOL = Pattern.compile("[A-Za-z0-9+_.][A-Za-z0-9+_.-]{0,126}");
  private static final Pattern PERCENT = Pattern.compile("([1-9][0-9]?|100)%");

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
    var top = new JobTable(file, "", toml);
    top.only("name", "source", "destination", "disk", "rounds", "cutover", "hooks");
    var source = MachineTable.isOne(top) ? Optional.<Host>empty() : side(top, "source");
    var destination = side(top, "destination");
    var machine = MachineTable.of(top);
    if (machine.isPresent() && destination.isPresent()) {
      throw top.fault(
          "destination", "name no host: the machine that gets the copies runs a job of vSphere");
    }
    var move = new MoveTables(top).move();
    return new Job(
        name(top),
        source,
        destination,
        disks(top, machine.isPresent()),
        parallel(top),
        limit(top),
        freezing(top),
        move,
        machine);
  }

  private static String name(JobTable top) throws UsageException {
    var name = top.text("name");
    if (!NAME.matcher(name).matches()) {
      throw top.fault("name", "use at most 32 of a-z, 0-9 and -, and begin with a letter or digit");
    }
    return name;
  }

  private static Optional<Host> side(JobTable top, String key) throws UsageException {
    var side = top.table(key);
    if (key.equals("destination")) {
      side.only("host", "vm", "define");
    } else {
      side.only("host", "vm");
    }
    if (!side.has("host")) {
      return Optional.empty();
    }
    Optional<Host> host;
    try {
      host = host(side.text("host"));
    } catch (UsageException unnamed) {
      throw side.fault("host", String.valueOf(unnamed.getMessage()));
    }
    if (host.isEmpty()) {
      throw side.fault("host", "write [USER@]HOST or ssh://[USER@]HOST:PORT");
    }
    return host;
  }

  /// Returns the host that a text names, or empty if it is none.
  static Optional<Host> host(String text) throws UsageException {
    var location = Location.parse(text + (text.contains("://") ? "/" : ":/"));
    return location.host().isPresent() && location.path().equals("/")
        ? location.host()
        : Optional.empty();
  }

  private static List<JobDisk> disks(JobTable top, boolean isMachine) throws UsageException {
    var disks = new ArrayList<JobDisk>();
    var volumes = new HashSet<String>();
    var destinations = new HashSet<String>();
    for (var table : top.tables("disk")) {
      table.only("from", "to", "create", "pool", "snapshot");
      var from = isMachine ? MachineTable.disk(table) : volume(table);
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
      var snapshot = table.table("snapshot");
      snapshot.only("size", "extend", "at", "keep_free");
      var size = amount(snapshot, "size", SnapshotSize.USUAL, "20% of the volume, or 10G");
      disks.add(new JobDisk(from, to, size, growth(snapshot), made(table, to)));
    }
    return disks;
  }

  private static String volume(JobTable disk) throws UsageException {
    var from = LvmName.parse(disk.text("from"));
    if (from.isEmpty()) {
      throw disk.fault("from", "write VG/LV, the volume whose snapshots are sent");
    }
    return from.get().toString();
  }

  private static Optional<Made> made(JobTable disk, String to) throws UsageException {
    if (!disk.isTrue("create")) {
      if (disk.has("pool")) {
        throw disk.fault("pool", "is for a volume that is made: write create = true, too");
      }
      return Optional.empty();
    }
    if (LvmName.parse(to).isEmpty() || to.startsWith("/dev/mapper/")) {
      throw disk.fault("to", "write /dev/VG/LV, so that it can be made");
    }
    if (!disk.has("pool")) {
      return Optional.of(new Made(Optional.empty()));
    }
    var pool = disk.text("pool");
    if (!POOL.matcher(pool).matches()) {
      throw disk.fault("pool", "write the name of a thin pool, without its volume group");
    }
    return Optional.of(new Made(Optional.of(pool)));
  }

  private static Growth growth(JobTable snapshot) throws UsageException {
    var usual = Growth.USUAL;
    var kept = amount(snapshot, "keep_free", usual.keepFree(), "10% of the volume group, or 10G");
    long extend = snapshot.has("extend") ? snapshot.added("extend", "+5G") : usual.extend();
    if (extend == 0 && snapshot.has("keep_free")) {
      throw snapshot.fault("keep_free", "is for snapshots that are extended: write extend, too");
    }
    return new Growth(extend, snapshot.number("at", usual.atPercent(), MAX_FILL), kept);
  }

  private static SnapshotSize amount(JobTable table, String key, SnapshotSize usual, String advice)
      throws UsageException {
    if (!table.has(key)) {
      return usual;
    }
    var percent = PERCENT.matcher(table.text(key));
    return percent.matches()
        ? new SnapshotSize(Integer.parseInt(percent.group(1)), 0)
        : new SnapshotSize(0, table.bytes(key, advice));
  }

  private static int parallel(JobTable top) throws UsageException {
    return top.table("rounds").number("parallel", PARALLEL, MAX_PARALLEL);
  }

  private static Optional<Freezing> freezing(JobTable top) throws UsageException {
    var rounds = top.table("rounds");
    if (!rounds.isTrue("freeze")) {
      return Optional.empty();
    }
    var freezing = new MoveTables(top).freezing(name(top));
    if (freezing.freeze().isEmpty() || freezing.thaw().isEmpty()) {
      throw rounds.fault("freeze", "without the hooks freeze and thaw, it cannot be done");
    }
    return Optional.of(freezing);
  }

  private static Limit limit(JobTable top) throws UsageException {
    var rounds = top.table("rounds");
    rounds.only("bwlimit", "max_downtime", "most", "parallel", "freeze");
    return rounds.has("bwlimit")
        ? new Limit(rounds.bytes("bwlimit", "bytes a second, such as 80M"))
        : Limit.NONE;
  }
}
