package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
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

  /// Prints the numbers of the paths that aren't there.
  private static final List<String> TEST =
      List.of("sh", "-c", "i=0; for p; do test -e \"$p\" || echo $i; i=$((i+1)); done", "sh");

  /// Tells what would be done, and what is in the way.
  void look(List<String> steps, List<SyncException> findings) throws IOException {
    try {
      if (isThere()) {
        steps.add("cutover: %s: has the machine %s, which is left as it is".formatted(at(), name));
        return;
      }
      var domain = domain(List.of());
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

  /// Defines it.
  ///
  /// @throws SyncException if it cannot be; nothing was stopped
  void make(Journal journal, Reporter reporter) throws IOException {
    if (isThere()) {
      return;
    }
    var domain = domain(List.of("--security-info"));
    var faults = faults(domain);
    if (!faults.isEmpty()) {
      faults.forEach(fault -> reporter.say(SyncException.describe(fault)));
      throw new RefusedException(
          "job %s: the machine cannot be defined at the destination; nothing was stopped; do what is said above first"
              .formatted(job.name()));
    }
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

  /// @throws RefusedException if another machine has the name
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
    return true;
  }

  private List<String> list(List<String> command) throws IOException {
    var outcome = there.run(command);
    if (outcome.status() != 0) {
      throw new RefusedException(
          "%s: %s: %s"
              .formatted(at(), String.join(" ", command.subList(0, 2)), outcome.complaint()));
    }
    return outcome.out().lines().map(String::strip).toList();
  }

  /// @param more what `virsh dumpxml` is to tell besides
  private Domain domain(List<String> more) throws IOException {
    var words = new ArrayList<>(List.of("virsh", "dumpxml", "--inactive"));
    words.addAll(more);
    words.add(name);
    var document = said(words);
    var copies = new HashMap<LvmName, String>();
    job.disks().forEach(disk -> copies.put(disk.volume(), disk.to()));
    return Domain.read(name, document, copies);
  }

  private String said(List<String> command) throws IOException {
    var outcome = source.run(command);
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
