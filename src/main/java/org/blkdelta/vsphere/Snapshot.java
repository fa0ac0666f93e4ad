package org.blkdelta.vsphere;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A snapshot of a virtual machine.
///
/// @param ref the object of the service
/// @param name as people see it
/// @param isOurs whether blkdelta took it
public record Snapshot(Ref ref, String name, boolean isOurs) {

  /// What ours is called.
  static final String NAME = "blkdelta";

  /// What says that it is ours.
  static final String DESCRIPTION =
      "Taken by blkdelta for a first copy; what changes later is sent from here. Remove it when the machine has moved.";

  private static final Duration LIMIT = Duration.ofMinutes(30);
  private static final int MAX_DEPTH = 64;

  /// Takes one of ours: of the disks alone, and without asking the guest.
  static Snapshot take(Login login, String name) throws IOException {
    var method = "CreateSnapshot_Task";
    var service = login.service();
    var call =
        new Call(login.machine().ref(), method)
            .value("name", name)
            .value("description", DESCRIPTION)
            .value("memory", false)
            .value("quiesce", false);
    var made =
        service
            .await(service.make(call), method, LIMIT)
            .orElseThrow(() -> service.malformed(method))
            .ref();
    return new Snapshot(made, name, true);
  }

  /// Removes it: what was written since becomes part of the base.
  void remove(Service service) throws IOException {
    var method = "RemoveSnapshot_Task";
    var call = new Call(ref, method).value("removeChildren", false).value("consolidate", true);
    service.await(service.make(call), method, LIMIT);
  }

  /// Removes it if that can be done.
  void giveUp(Login login) {
    try {
      remove(login.service());
    } catch (IOException left) {
      login
          .told()
          .accept(
              "warning: %s; snapshot \"%s\" is left: the same command uses it, or remove it by hand"
                  .formatted(left.getMessage(), name));
    }
  }

  /// Returns all snapshots of a machine, parents first.
  ///
  /// @param snapshots the value of `snapshot`
  static List<Snapshot> of(Element snapshots) {
    var found = new ArrayList<Snapshot>();
    snapshots.all("rootSnapshotList").forEach(tree -> collect(tree, 0, found));
    return found;
  }

  private static void collect(Element tree, int depth, List<Snapshot> found) {
    var ref = tree.child("snapshot");
    if (ref.isPresent() && depth < MAX_DEPTH) {
      var name = tree.textAt("name");
      boolean isOurs = tree.textAt("description").equals(DESCRIPTION);
      found.add(new Snapshot(ref.get().ref(), name, isOurs));
      tree.all("childSnapshotList").forEach(child -> collect(child, depth + 1, found));
    }
  }
}
