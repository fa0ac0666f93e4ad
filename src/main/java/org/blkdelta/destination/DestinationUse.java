package org.blkdelta.destination;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.HostCommands;
import org.blkdelta.host.HostDevices;
import org.blkdelta.host.Signatures;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceStack;
import org.blkdelta.linux.DeviceUse;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.linux.DeviceUse.Use;
import org.blkdelta.linux.Openers;
import org.blkdelta.linux.Openers.Opener;

/// Whose a destination is: everything that uses it or depends on it at the moment.
final class DestinationUse {

  private static final HostCommands COMMANDS = new HostCommands();

  /// udev and monitoring programs look into devices now and then, for a moment.
  private static final int LOOKS = 4;

  private static final long BETWEEN_LOOKS_MILLIS = 250;

  private final Path sys;
  private final DeviceUse uses;
  private final Openers openers;

  DestinationUse(Path proc, Path sys) {
    this.sys = sys;
    this.uses = new DeviceUse(proc, sys);
    this.openers = new Openers(proc);
  }

  /// Returns what the destination holds.
  ///
  /// @param opened the destination, which this process has open
  /// @param disk the same; whoever closed another descriptor of a file would lose the lock on it
  List<Use> contents(Path opened, Disk disk) throws IOException {
    return new Signatures(COMMANDS).of(forOthers(opened), disk);
  }

  /// Returns what is worth saying of the destination, and does not speak against it.
  List<String> remarks(Path opened) throws IOException {
    var device = DeviceNumber.of(opened);
    return device.isEmpty() ? List.of() : HostDevices.MAPPED.remarks(device.get());
  }

  /// Returns a name of a file of this process's own that means the same to its children.
  private static Path forOthers(Path opened) {
    var own = Path.of("/proc/self");
    return opened.startsWith(own)
        ? Path.of("/proc", Long.toString(ProcessHandle.current().pid()))
            .resolve(own.relativize(opened))
        : opened;
  }

  /// Returns every use of the destination.
  ///
  /// @param opened the destination, which this process has open
  /// @param isExclusive whether this process keeps others away from it
  List<Use> of(Path opened, boolean isExclusive) throws IOException {
    var found = new LinkedHashSet<>(uses.of(opened));
    var stack = DeviceStack.of(opened, sys);
    var device = DeviceNumber.of(opened);
    found.addAll(HostDevices.MAPPED.of(device, stack));
    var opens = opens(device, stack, isExclusive);
    found.addAll(opens.uses());
    if (!isExclusive && !opens.hasWriter() && found.stream().noneMatch(DestinationUse::isHold)) {
      found.add(new Use(Reason.HELD, "is open exclusively, or locked, by " + opens.holder()));
    }
    return new ArrayList<>(found);
  }

  private static boolean isHold(Use use) {
    return switch (use.reason()) {
      case MOUNTED, SWAP, HELD -> true;
      default -> false;
    };
  }

  /// Who has the destination open beside this process.
  ///
  /// @param uses what of it speaks against writing
  /// @param hasWriter whether somebody can write to it, who then is who holds it too
  /// @param readers those that can only read
  private record Opens(List<Use> uses, boolean hasWriter, List<String> readers) {

    /// Returns who may hold it, if nobody else is found.
    String holder() {
      return readers.isEmpty()
          ? "another program: a VM, a mount, a second blkdelta"
          : "another program, perhaps " + String.join(" or ", readers);
    }
  }

  /// Looks several times before it finds somebody.
  private Opens opens(Optional<DeviceNumber> device, DeviceStack stack, boolean isExclusive)
      throws IOException {
    var found = open(device, stack, isExclusive);
    for (int look = 1; look < LOOKS && !found.uses().isEmpty(); look++) {
      pause();
      found = open(device, stack, isExclusive);
    }
    return found;
  }

  private Opens open(Optional<DeviceNumber> device, DeviceStack stack, boolean isExclusive) {
    List<Opener> seen;
    try {
      seen = openers.of(stack);
    } catch (IOException unknown) {
      var words = "may be open for writing: " + SyncException.describe(unknown);
      return new Opens(List.of(new Use(Reason.OPEN, words)), false, List.of());
    }
    var readers = names(seen, false);
    var writers = names(seen, true);
    if (!writers.isEmpty()) {
      var words = "is open for writing by " + String.join(", ", writers);
      return new Opens(List.of(new Use(Reason.OPEN, words)), true, readers);
    }
    boolean isCounted = isExclusive && device.isPresent();
    return new Opens(isCounted ? unseen(device.get(), seen.size()) : List.of(), false, readers);
  }

  private static List<String> names(List<Opener> seen, boolean areWriters) {
    return seen.stream()
        .filter(opener -> opener.isWriter() == areWriters && !opener.isOwn())
        .map(Opener::toString)
        .distinct()
        .toList();
  }

  /// The kernel counts those too whom this process cannot see.
  private static List<Use> unseen(DeviceNumber device, int seen) {
    int more = HostDevices.MAPPED.opens(device).orElse(seen) - seen;
    return more <= 0
        ? List.of()
        : List.of(
            new Use(
                Reason.OPEN,
                "is open %s more than the processes here show: in a container, or in the kernel"
                    .formatted(more == 1 ? "once" : more + " times")));
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MILLIS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }
}
