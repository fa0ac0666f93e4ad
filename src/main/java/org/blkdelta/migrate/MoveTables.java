package org.blkdelta.migrate;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.failure.UsageException;
import org.blkdelta.guardian.Order;
import org.blkdelta.migrate.Move.Verify;
import org.blkdelta.vsphere.MachineUri;

/// Reads what a job file says of the move of the machine: `cutover`, `hooks`, the machines' names,
/// and when the rounds are enough.
///
/// @param top the file's table
record MoveTables(JobTable top) {

  private static final long DOWNTIME_SECONDS = 60;
  private static final int MOST = 12;
  private static final int AT_LEAST = 2;
  private static final int MAX_ROUNDS = 1000;
  private static final long STOP_SECONDS = 300;
  private static final long DEADLINE_SECONDS = 900;
  private static final long LEASE_SECONDS = 60;

  /// Three words of whoever leads it: a busy machine may lose one.
  private static final long MIN_LEASE_SECONDS = 15;

  private static final String TIME = "([01][0-9]|2[0-3]):[0-5][0-9]";
  private static final Pattern WINDOW = Pattern.compile(TIME + "-" + TIME);

  /// Returns it.
  Move move() throws UsageException {
    var rounds = top.table("rounds");
    var cutover = top.table("cutover");
    cutover.only("when", "at_least", "stop_within", "deadline", "lease", "verify");
    long stop = cutover.seconds("stop_within", STOP_SECONDS);
    long deadline = cutover.seconds("deadline", DEADLINE_SECONDS);
    if (deadline <= stop) {
      throw cutover.fault("deadline", "is not later than stop_within; make it longer");
    }
    long lease = cutover.seconds("lease", LEASE_SECONDS);
    if (lease < MIN_LEASE_SECONDS) {
      throw cutover.fault("lease", "write %ds or more".formatted(MIN_LEASE_SECONDS));
    }
    return new Move(
        rounds.seconds("max_downtime", DOWNTIME_SECONDS),
        rounds.number("most", MOST, MAX_ROUNDS),
        cutover.number("at_least", AT_LEAST, MAX_ROUNDS),
        when(cutover),
        stop,
        deadline,
        lease,
        verify(cutover),
        source(hooks()),
        there(hooks()),
        new Move.Here(
            hooks().words("before_cutover", List.of()), hooks().words("notify", List.of())));
  }

  /// Returns what holds the machine's file systems still; empty hooks if there are none.
  Freezing freezing(String job) throws UsageException {
    var usual = usual("source");
    return new Freezing(job, of("freeze", hooks(), usual), of("thaw", hooks(), usual));
  }

  private JobTable hooks() throws UsageException {
    var hooks = top.table("hooks");
    hooks.only(
        "stop",
        "is_off",
        "kill",
        "start_source",
        "hold",
        "release",
        "start",
        "is_up",
        "is_off_there",
        "rehearse",
        "freeze",
        "thaw",
        "before_cutover",
        "notify");
    return hooks;
  }

  private Order.Hooks source(JobTable hooks) throws UsageException {
    var usual = usual("source");
    return new Order.Hooks(
        of("stop", hooks, usual),
        of("is_off", hooks, usual),
        of("kill", hooks, usual),
        of("start_source", hooks, usual),
        of("hold", hooks, usual),
        of("release", hooks, usual));
  }

  private Move.There there(JobTable hooks) throws UsageException {
    var usual = usual("destination");
    return new Move.There(
        of("start", hooks, usual),
        of("is_up", hooks, usual),
        of("is_off_there", hooks, usual),
        hooks.words("rehearse", List.of()),
        defined());
  }

  private Optional<String> defined() throws UsageException {
    var source = top.table("source");
    var destination = top.table("destination");
    if (!destination.isTrue("define")) {
      return Optional.empty();
    }
    boolean isSame =
        source.has("vm")
            && destination.has("vm")
            && source.text("vm").equals(destination.text("vm"));
    var name = isSame ? Preset.ofLibvirt(source.text("vm")) : Optional.<String>empty();
    if (name.isEmpty()) {
      throw destination.fault(
          "define",
          "is for a machine of libvirt: write vm = \"libvirt:NAME\", the same, at both ends");
    }
    if (!source.has("host") && !destination.has("host")) {
      throw destination.fault(
          "define", "is for another host: here, the machine is defined already");
    }
    for (var disk : top.tables("disk")) {
      if (!disk.text("to").startsWith("/dev/")) {
        throw disk.fault("to", "write a device, in /dev: destination.define is for those");
      }
    }
    return name;
  }

  private static List<String> of(String name, JobTable hooks, Map<String, List<String>> usual)
      throws UsageException {
    return hooks.words(name, usual.getOrDefault(name, List.of()));
  }

  private Map<String, List<String>> usual(String side) throws UsageException {
    var table = top.table(side);
    if (!table.has("vm")) {
      return Map.of();
    }
    var machine = side.equals("source") ? MachineTable.of(top) : Optional.<MachineUri>empty();
    if (machine.isPresent()) {
      return Preset.vsphere(machine.get());
    }
    return Preset.of(table.text("vm"))
        .orElseThrow(
            () ->
                table.fault(
                    "vm",
                    "write libvirt:NAME or proxmox:ID%s, or leave it and write hooks"
                        .formatted(side.equals("source") ? " or vsphere:NAME" : "")));
  }

  private static String when(JobTable cutover) throws UsageException {
    if (!cutover.has("when")) {
      return Move.ASK;
    }
    var when = cutover.text("when");
    if (!when.equals(Move.NOW) && !when.equals(Move.ASK) && !WINDOW.matcher(when).matches()) {
      throw cutover.fault("when", "write now, ask, or a window such as 02:00-04:00");
    }
    return when;
  }

  private static Verify verify(JobTable cutover) throws UsageException {
    if (!cutover.has("verify")) {
      return Verify.NONE;
    }
    return switch (cutover.text("verify")) {
      case "none" -> Verify.NONE;
      case "written" -> Verify.WRITTEN;
      case "all" -> Verify.ALL;
      default -> throw cutover.fault("verify", "write none, written or all");
    };
  }
}
