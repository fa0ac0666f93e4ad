package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.InputCommands;
import org.blkdelta.host.LvmName;
import org.blkdelta.migrate.Journal.Phase;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.Reporter;

/// Defines a machine of libvirt at the destination as it is at the source, on the copies. One that
/// is there is left as it is. The passwords of its console are in no file, no message and no list
/// of processes of ours.
///
/// @param name of the machine, at both ends
/// @param source runs programs at the source
/// @param there runs programs at the destination
record Definition(Job job, String name, Commands source, InputCommands there) {

  /// A file's end is where the pipe's is, whatever kind of descriptor the login gives. What virsh
  /// says may quote the machine's text.
  private static final List<String> DEFINE =
      List.of("sh", "-c", "cat | virsh define /dev/stdin 2>&1");

  /// Prints what names this run of a host's kernel.
  private static final List<String> BOOT = List.of("cat", "/proc/sys/kernel/random/boot_id");

  /// Prints the numbers of the paths that aren't there.
  private static final List<String> TEST =
      List.of("sh", "-c", "i=0; for p; do test -e \"$p\" || echo $i; i=$((i+1)); done", "sh");

  /// Tells what would be done, and what is in the way.
  void look(List<String> steps, List<SyncException> findings) throws IOException {
    try {
      var missing = missing(List.of());
      if (missing.isEmpty()) {
        steps.add("cutover: %s: has the machine %s, which is left as it is".formatted(at(), name));
        return;
      }
      var domain = missing.get();
      steps.add(
          "cutover: %s: virsh define: %s as it is at the source, not started by the host"
              .formatted(at(), name));
      for (var change : domain.changes()) {
        var from = Printable.of(change.from());
        var to = Printable.of(change.edit().value());
        steps.add(
            from.equals(to)
                ? "cutover: %s: %s: stays %s".formatted(at(), change.drive(), to)
                : "cutover: %s: %s: %s becomes %s".formatted(at(), change.drive(), from, to));
      }
      findings.addAll(faults(domain));
    } catch (SyncException fault) {
      findings.add(fault);
    }
  }

  /// Makes all checks that come before it is defined.
  ///
  /// @throws SyncException if it cannot be; nothing was stopped
  void check(Reporter reporter) throws IOException {
    var missing = missing(List.of());
    if (missing.isPresent()) {
      checkFaults(missing.get(), reporter);
    }
  }

  private void checkFaults(Domain domain, Reporter reporter) throws IOException {
    var faults = faults(domain);
    if (!faults.isEmpty()) {
      faults.forEach(fault -> reporter.say(SyncException.describe(fault)));
      throw new RefusedException(
          "job %s: the machine cannot be defined at the destination; nothing was stopped; do what is said above first"
              .formatted(job.name()));
    }
  }

  /// Defines it.
  ///
  /// @throws SyncException if it cannot be; nothing was stopped
  void make(Journal journal, Reporter reporter) throws IOException {
    var missing = missing(List.of("--security-info"));
    if (missing.isEmpty()) {
      return;
    }
    var domain = missing.get();
    checkFaults(domain, reporter);
    reporter.news("job %s: defines the machine at the destination".formatted(job.name()));
    long round = new JobState(journal.lines()).lastRound();
    journal.write(round, Step.DEFINE, Phase.INTENT, name);
    var outcome = there.run(DEFINE, domain.moved().getBytes(UTF_8));
    if (outcome.status() != 0) {
      var why = errors(outcome.out());
      journal.write(round, Step.DEFINE, Phase.FAILED, why);
      throw new RefusedException(
          "%s: %s is not defined: %s; nothing was stopped; define it there yourself"
              .formatted(at(), name, why));
    }
    journal.write(round, Step.DEFINE, Phase.DONE, name);
  }

  private String at() {
    return job.destination().map(Object::toString).orElse("here");
  }

  /// Returns what is to be defined; nothing if it is there.
  ///
  /// @param more what `virsh dumpxml` is to tell besides
  private Optional<Domain> missing(List<String> more) throws IOException {
    checkHosts();
    return isThere() ? Optional.empty() : Optional.of(domain(more));
  }

  /// A host has one machine of a name, and that must not be taken for the copy of itself.
  private void checkHosts() throws IOException {
    if (list(BOOT).equals(said(BOOT).lines().map(String::strip).toList())) {
      throw new RefusedException(
          "job %s: source and destination are the same host, where %s is defined already; remove define = true"
              .formatted(job.name(), name));
    }
  }

  /// @throws RefusedException if another machine has the name, or it is not on the copies
  private boolean isThere() throws IOException {
    if (!list(List.of("virsh", "list", "--all", "--name")).contains(name)) {
      return false;
    }
    var identity = List.of("virsh", "domuuid", name);
    if (!list(identity).contains(said(identity).strip())) {
      throw new RefusedException(
          "%s: has another machine %s: its UUID is not that of the source; rename it, or remove define = true"
              .formatted(at(), name));
    }
    var disks = Domain.disks(name, String.join("\n", list(dump(List.of()))));
    for (var disk : job.disks()) {
      var copy = Drives.volume(disk.to());
      if (disks.stream()
          .noneMatch(
              path ->
                  path.equals(disk.to())
                      || (copy.isPresent() && copy.equals(Drives.volume(path))))) {
        throw new RefusedException(
            "%s: has the machine %s, but not on %s; see virsh edit %s there, or have it defined anew: virsh undefine --keep-nvram %s"
                .formatted(at(), name, disk.to(), name, name));
      }
    }
    return true;
  }

  private List<String> list(List<String> command) throws IOException {
    var outcome = ran(there, command, at());
    if (outcome.status() != 0) {
      throw new RefusedException(
          "%s: %s: %s"
              .formatted(at(), String.join(" ", command.subList(0, 2)), outcome.complaint()));
    }
    return outcome.out().lines().map(String::strip).toList();
  }

  private Domain domain(List<String> more) throws IOException {
    var document = said(dump(more));
    var copies = new HashMap<LvmName, String>();
    job.disks().forEach(disk -> copies.put(disk.volume(), disk.to()));
    return Domain.read(name, document, copies);
  }

  private List<String> dump(List<String> more) {
    var words = new ArrayList<>(List.of("virsh", "dumpxml", "--inactive"));
    words.addAll(more);
    words.add(name);
    return words;
  }

  /// Runs a program that may not be installed.
  private static Commands.Outcome ran(Commands host, List<String> command, String where)
      throws IOException {
    try {
      return host.run(command);
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new RefusedException(
          "%s: %s: %s; install it there"
              .formatted(where, command.getFirst(), SyncException.describe(fault)),
          fault);
    }
  }

  private String said(List<String> command) throws IOException {
    var outcome = ran(source, command, "libvirt:" + name);
    if (outcome.status() != 0) {
      throw new SourceException(
          "libvirt:%s: %s: %s"
              .formatted(name, String.join(" ", command.subList(0, 2)), outcome.complaint()));
    }
    return outcome.out();
  }

  /// Returns why the machine would not start there, or not as it is.
  private List<SyncException> faults(Domain domain) throws IOException {
    var faults = new ArrayList<SyncException>();
    for (var why : domain.byHand()) {
      faults.add(
          new RefusedException(
              "libvirt:%s: %s; define the machine at the destination yourself"
                  .formatted(name, why)));
    }
    var paths = new ArrayList<>(domain.needed().keySet());
    var test = new ArrayList<>(TEST);
    test.addAll(paths);
    var missing = paths.isEmpty() ? List.of() : list(test);
    for (int i = 0; i < paths.size(); i++) {
      if (missing.contains(Integer.toString(i))) {
        var path = paths.get(i);
        faults.add(
            new RefusedException(
                "%s: %s: is not there, and %s needs it (%s); copy or make it there yourself"
                    .formatted(at(), Printable.of(path), name, domain.needed().get(path))));
      }
    }
    var networks = new ArrayList<>(domain.networks());
    if (!networks.isEmpty()) {
      networks.removeAll(list(List.of("virsh", "net-list", "--name")));
    }
    for (var network : networks) {
      faults.add(
          new RefusedException(
              "%s: has no active network %s of libvirt; make or start it: virsh net-start"
                  .formatted(at(), Printable.of(network))));
    }
    return faults;
  }

  /// Returns the errors of virsh, without the lines that it quotes.
  private static String errors(String said) {
    return said.lines()
        .filter(line -> line.startsWith("error: "))
        .map(line -> Printable.of(line.substring("error: ".length()), 256))
        .collect(Collectors.joining("; "));
  }
}
