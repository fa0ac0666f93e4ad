package org.blkdelta.thin;

import static java.util.stream.Collectors.joining;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.LvmName;
import org.blkdelta.host.LvmTools.ThinVolume;

/// What LVM knows of a group, and the volume of it that was asked for.
record ThinGroup(Set<ThinVolume> volumes, LvmName name) {

  /// So many names fit into a message.
  private static final int MAX_LISTED = 12;

  String asked() {
    return name.volume();
  }

  /// Returns the names of the thin volumes, the first ones if there are many.
  String thinNames() {
    var names = volumes.stream().filter(ThinVolume::isThin).map(ThinVolume::name).sorted();
    var listed = names.limit(MAX_LISTED).collect(joining(", "));
    return listed.isEmpty() ? "none" : listed;
  }

  Optional<ThinVolume> volume(String volume) {
    return volumes.stream().filter(one -> one.name().equals(volume)).findFirst();
  }

  /// Returns whether a volume was taken from another, directly or by others between them. If one of
  /// those is gone, LVM does not know any more; then only the order in which they were made tells.
  boolean descends(ThinVolume newer, ThinVolume older) {
    var passed = new HashSet<String>();
    var one = newer;
    while (passed.add(one.name())) {
      if (one.name().equals(older.name())) {
        return true;
      }
      var origin = volume(one.origin());
      if (origin.isEmpty() || !origin.get().isThin()) {
        break;
      }
      one = origin.get();
    }
    return one.transaction() > older.transaction();
  }

  ThinVolume thin(String text) throws SourceException {
    var found =
        volume(asked())
            .orElseThrow(
                () ->
                    new SourceException(
                        "%s: no such volume; thin ones in %s: %s"
                            .formatted(text, name.group(), thinNames())));
    if (!found.isThin()) {
      throw new SourceException(
          text + ": is not a thin volume; name one (lvs -o lv_name,pool_lv,origin)");
    }
    return found;
  }

  ThinVolume origin(ThinVolume snapshot, String text) throws SourceException {
    if (snapshot.origin().isEmpty()) {
      throw unclear(text, "is a thin volume that is not a snapshot, or whose origin is gone");
    }
    return volume(snapshot.origin())
        .filter(volume -> volume.isThin() && volume.pool().equals(snapshot.pool()))
        .orElseThrow(() -> unclear(text, "its origin is not in its pool"));
  }

  /// Follows the origins: the last of a line may be a volume outside the pool, whose content the
  /// others show where they have no blocks of their own.
  Optional<String> externalOrigin(ThinVolume volume) throws SourceException {
    var passed = new HashSet<String>();
    var one = volume;
    while (!one.origin().isEmpty() && passed.add(one.name())) {
      var name = one.origin();
      one =
          volume(name)
              .orElseThrow(() -> new SourceException(name + ": LVM does not know this origin"));
      if (!one.isThin() || !one.pool().equals(volume.pool())) {
        return Optional.of(name);
      }
    }
    return Optional.empty();
  }

  static SourceException unclear(String name, String why) {
    return new SourceException(
        "%s: %s; say which state the destination has: --since VG/OLD %s"
            .formatted(name, why, name));
  }
}
