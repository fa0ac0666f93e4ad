package org.blkdelta.migrate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.LvmName;
import org.blkdelta.host.LvmTools;
import org.blkdelta.host.LvmTools.Group;
import org.blkdelta.host.LvmTools.TaggedVolume;
import org.blkdelta.host.NoSuchGroupException;

/// Writes a job file for a machine: its disks, as far as they are logical volumes, and where they
/// would go. What cannot be moved is a comment that says why. Nothing is guessed that somebody must
/// decide.
///
/// @param vm the machine, such as `libvirt:web`
/// @param source where it is, as the job file says it; empty for this machine
/// @param destination where it goes; empty for this machine
/// @param here runs programs at the source
/// @param there runs programs at the destination
record NewJob(
    String vm,
    Optional<String> source,
    Optional<String> destination,
    Commands here,
    Commands there) {

  private static final int MAX_NAME = 32;

  /// A tag that no volume has: all volumes of some groups are asked for.
  private static final String NO_TAG = "blkdelta.none";

  /// What was written.
  ///
  /// @param text of the file
  /// @param warnings what is left out, and what would be overwritten
  record Written(String text, List<String> warnings) {}

  /// What LVM has at one end.
  private record End(Map<String, Group> groups, Map<LvmName, TaggedVolume> volumes) {}

  /// Checks that a file can be written: nothing is ever overwritten.
  static void checkNew(Path file) throws RefusedException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new RefusedException(file + ": is there already; name another file, or remove it");
    }
  }

  /// Returns what the file is to hold.
  ///
  /// @throws SourceException if the machine cannot be looked at, or has no logical volume
  Written write() throws IOException {
    if (Preset.of(vm).isEmpty()) {
      throw new UsageException("--vm=" + vm + ": write libvirt:NAME or proxmox:ID");
    }
    var drives = new Drives(vm, here).list();
    var named = new LinkedHashSet<String>();
    drives.forEach(drive -> drive.volume().ifPresent(volume -> named.add(volume.group())));
    var from = end(here, named);
    var to = end(there, named);
    var text = new StringBuilder(head());
    var warnings = new ArrayList<String>();
    int disks = 0;
    for (var drive : drives) {
      var volume = drive.volume().map(from.volumes()::get);
      if (drive.volume().isPresent() && volume.isPresent()) {
        text.append(disk(drive, volume.get(), from, to, warnings));
        disks++;
      } else {
        var why = drive.why().isEmpty() ? "is not a logical volume" : drive.why();
        var left = Printable.of("%s: %s: %s".formatted(drive.name(), drive.source(), why));
        text.append("\n# left out: %s\n".formatted(left));
        if (!drive.isRemovable()) {
          warnings.add(left + "; the machine would lack it at the destination");
        }
      }
    }
    if (disks == 0) {
      throw new SourceException(
          "%s: has no disk that is a logical volume; nothing was written".formatted(vm));
    }
    return new Written(text.toString(), warnings);
  }

  private static End end(Commands commands, Set<String> named) throws IOException {
    var tools = new LvmTools(commands);
    var groups = tools.groups();
    var volumes = new HashMap<LvmName, TaggedVolume>();
    var known = new LinkedHashSet<>(named);
    known.retainAll(groups.keySet());
    if (!known.isEmpty()) {
      try {
        tools
            .taggedVolumes(known, NO_TAG)
            .forEach(volume -> volumes.put(volume.fullName(), volume));
      } catch (NoSuchGroupException goneMeanwhile) {
        throw new SourceException(String.valueOf(goneMeanwhile.getMessage()));
      }
    }
    return new End(groups, volumes);
  }

  private String head() {
    var text = new StringBuilder("# Look at each line; then: blkdelta migrate plan FILE\n");
    text.append("name = %s\n".formatted(quoted(name())));
    side(text, "source", source);
    side(text, "destination", destination);
    return text.toString();
  }

  private void side(StringBuilder text, String key, Optional<String> host) {
    text.append("\n[%s]\n".formatted(key));
    host.ifPresent(name -> text.append("host = %s\n".formatted(quoted(name))));
    text.append("vm = %s\n".formatted(quoted(vm)));
    boolean isElsewhere = source.isPresent() || destination.isPresent();
    if (key.equals("destination") && isElsewhere && Preset.ofLibvirt(vm).isPresent()) {
      text.append(
          "# is defined there as it is at the source, with the paths below, unless it is there already\n");
      text.append("define = true\n");
    }
  }

  /// Returns the job's name: what a job may be called of what the machine is.
  private String name() {
    var machine = vm.substring(vm.indexOf(':') + 1).toLowerCase(Locale.ROOT);
    var bare = machine.replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
    var named = bare.isEmpty() ? "vm" : vm.startsWith("proxmox:") ? "vm-" + bare : bare;
    return named.substring(0, Math.min(MAX_NAME, named.length())).replaceAll("-$", "");
  }

  private String disk(
      Drives.Drive drive, TaggedVolume volume, End from, End to, List<String> warnings) {
    var name = volume.fullName();
    var text = new StringBuilder();
    text.append(
        "\n# %s: %s, %s; volume group %s has %s free%s\n"
            .formatted(
                drive.name(),
                Sizes.binary(volume.size()),
                volume.isThin() ? "thin" : "classic",
                name.group(),
                free(from, name.group()),
                volume.isThin() ? "" : " for snapshots"));
    text.append("[[disk]]\nfrom = %s\n".formatted(quoted(name.toString())));
    text.append("to = %s\n".formatted(quoted("/dev/" + name)));
    text.append(destination(volume, to, warnings));
    return text.toString();
  }

  private String destination(TaggedVolume volume, End to, List<String> warnings) {
    var name = volume.fullName();
    var where = destination.orElse("here");
    if (to.volumes().containsKey(name)) {
      long size = to.volumes().get(name).size();
      warnings.add(
          "%s: %s is there already, %s: it would be overwritten"
              .formatted(where, name, Sizes.binary(size)));
      return "# is there already, %s: all that it holds would be overwritten\n"
          .formatted(Sizes.binary(size));
    }
    if (!to.groups().containsKey(name.group())) {
      warnings.add("%s: has no volume group %s: change `to`".formatted(where, name.group()));
      var groups = new ArrayList<String>();
      to.groups()
          .forEach(
              (group, room) ->
                  groups.add("%s with %s free".formatted(group, Sizes.binary(room.free()))));
      return "# there is no such volume group; there is %s\ncreate = true\n"
          .formatted(groups.isEmpty() ? "none" : String.join(", ", groups));
    }
    var pool = new LvmName(name.group(), volume.pool());
    boolean isPooled =
        volume.isThin()
            && to.volumes().containsKey(pool)
            && to.volumes().get(pool).segmentType().equals("thin-pool");
    return "# %s has %s free there\ncreate = true\n%s"
        .formatted(
            name.group(),
            free(to, name.group()),
            isPooled ? "pool = %s\n".formatted(quoted(volume.pool())) : "");
  }

  private static String free(End end, String group) {
    var found = end.groups().get(group);
    return Sizes.binary(found == null ? 0 : found.free());
  }

  /// Returns a text as TOML's basic strings have it.
  static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
              } else if (Character.isISOControl(c)) {
                quoted.append("\\u%04X".formatted(c));
              } else {
                quoted.appendCodePoint(c);
              }
            });
    return quoted.append('"').toString();
  }
}
