package org.blkdelta.vsphere;

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

  private static final int MAX_DEPTH = 64;

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
      boolean isOurs = name.equals(NAME) && tree.textAt("description").equals(DESCRIPTION);
      found.add(new Snapshot(ref.get().ref(), name, isOurs));
      tree.all("childSnapshotList").forEach(child -> collect(child, depth + 1, found));
    }
  }
}
