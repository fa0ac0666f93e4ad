package org.blkdelta.vsphere;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.UsageException;

/// What a job does to a machine at its host: its power, and the snapshot that is the job's. Each
/// may be asked for again.
public final class MachineControl implements Closeable {

  private static final Duration POWER_LIMIT = Duration.ofMinutes(3);
  private static final String TWICE =
      "is started by its host (autostart); turn that off first, or it might run twice";

  private static final String AUTOSTART = "config.autoStart.powerInfo";
  private static final String RUNTIME_HOST = "runtime.host";
  private static final int MAX_SHOWN = 160;

  private final Login login;

  private MachineControl(Login login) {
    this.login = login;
  }

  /// Logs in, and finds the machine; the caller closes this.
  ///
  /// @param told told what the user should know
  public static MachineControl open(MachineUri uri, Access access, Consumer<String> told)
      throws IOException {
    return new MachineControl(Login.at(uri, access, told));
  }

  /// Returns the disk that a URI means.
  ///
  /// @throws UsageException if there is none, or more than one
  public MachineDisk disk(MachineUri uri) throws UsageException {
    return login.machine().disk(uri);
  }

  /// Returns the disks of the machine, in the order of its devices.
  public List<MachineDisk> disks() {
    return login.machine().disks();
  }

  /// Returns in words all that is in the way of a job.
  ///
  /// @param disks those that are to be moved
  /// @param snapshot what the job's own is called
  public List<String> inTheWay(List<MachineDisk> disks, String snapshot) throws IOException {
    var machine = login.machine();
    var found = new ArrayList<>(machine.obstacles());
    disks.forEach(disk -> found.addAll(disk.inTheWay()));
    for (var other : others(snapshot)) {
      found.add("has another snapshot (\"%s\"): remove it first".formatted(other));
    }
    if (startsByItself()) {
      found.add(TWICE);
    }
    return found.stream()
        .map(why -> "%s: %s".formatted(login.name(), Printable.of(why, MAX_SHOWN)))
        .toList();
  }

  /// Returns the names of the machine's snapshots, but for the job's.
  public List<String> others(String snapshot) {
    return login.machine().snapshots().stream()
        .filter(each -> !(each.isOurs() && each.name().equals(snapshot)))
        .map(Snapshot::name)
        .toList();
  }

  /// Returns whether the machine's host starts it when the host itself starts. A vCenter's cluster
  /// says nothing of that.
  private boolean startsByItself() throws IOException {
    var service = login.service();
    var ref = login.machine().ref();
    var host = service.properties(ref, List.of(RUNTIME_HOST)).get(RUNTIME_HOST);
    if (host == null) {
      return false;
    }
    var infos = service.properties(host.ref(), List.of(AUTOSTART)).get(AUTOSTART);
    return infos != null
        && infos.children().stream()
            .anyMatch(
                info ->
                    info.child("key").map(Element::ref).equals(Optional.of(ref))
                        && info.textAt("startAction").equalsIgnoreCase("powerOn"));
  }

  /// Checks that the machine's host does not start it by itself.
  ///
  /// @throws RefusedException if it does
  public void checkHeld() throws IOException {
    if (startsByItself()) {
      throw new RefusedException(login.name() + ": " + TWICE);
    }
  }

  /// Returns `poweredOn`, `poweredOff` or `suspended`.
  public String power() {
    return login.machine().power();
  }

  private boolean isOff() {
    return login.machine().isOff();
  }

  /// Asks the guest to shut down, unless it is off; does not wait for that.
  public void shutDown() throws IOException {
    if (!isOff()) {
      login.service().call(new Call(login.machine().ref(), "ShutdownGuest"));
    }
  }

  /// Turns the machine off at once, unless it is off.
  public void powerOff() throws IOException {
    if (!isOff()) {
      power("PowerOffVM_Task");
    }
  }

  /// Turns the machine on, unless it is on.
  public void powerOn() throws IOException {
    if (!power().equals("poweredOn")) {
      power("PowerOnVM_Task");
    }
  }

  private void power(String method) throws IOException {
    var service = login.service();
    service.await(service.make(new Call(login.machine().ref(), method)), method, POWER_LIMIT);
  }

  /// Returns whether the machine has the job's snapshot.
  ///
  /// @throws RefusedException if one of that name is somebody else's
  public boolean hasSnapshot(String name) throws RefusedException {
    return own(name).isPresent();
  }

  private Optional<Snapshot> own(String name) throws RefusedException {
    var found = login.machine().snapshots().stream().filter(each -> each.name().equals(name));
    var all = found.toList();
    if (all.size() > 1 || all.stream().anyMatch(each -> !each.isOurs())) {
      throw new RefusedException(
          "%s: snapshot \"%s\" is not this job's, or is there twice; remove it"
              .formatted(login.name(), name));
    }
    return all.stream().findFirst();
  }

  /// Takes the job's snapshot.
  public void takeSnapshot(String name) throws IOException {
    Snapshot.take(login, name);
  }

  /// Removes the job's snapshot; returns whether it was there.
  public boolean removeSnapshot(String name) throws IOException {
    var found = own(name);
    if (found.isPresent()) {
      found.get().remove(login.service());
    }
    return found.isPresent();
  }

  @Override
  public void close() {
    login.close();
  }
}
