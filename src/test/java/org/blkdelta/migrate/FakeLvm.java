package org.blkdelta.migrate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.blkdelta.host.Commands;

/// A volume group with volumes of a few blocks, and the commands that look at it and change it. Any
/// thread may run them.
final class FakeLvm implements Commands {

  /// A volume.
  static final class Volume {
    final int[] blocks;
    final String origin;
    final String tag;
    final boolean isThin;
    boolean isInvalid;
    double used;

    Volume(int[] blocks, String origin, String tag, boolean isThin) {
      this.blocks = blocks;
      this.origin = origin;
      this.tag = tag;
      this.isThin = isThin;
    }
  }

  static final int BLOCKS = 8;

  final Map<String, Volume> volumes = new ConcurrentSkipListMap<>();

  /// Returns a volume that is there.
  Volume volume(String name) {
    return Objects.requireNonNull(volumes.get(name), name);
  }

  /// The kinds of those that are neither linear nor thin.
  final Map<String, String> kinds = new HashMap<>();

  private final List<String> acts = new ArrayList<>();

  /// What fails of the hooks and of the taking of snapshots.
  String fails = "";

  /// Runs while a volume is made.
  Runnable slowly = () -> {};

  /// Those that are not active.
  final Set<String> inactive = new HashSet<>();

  /// The commands that made volumes that are no snapshots.
  final List<String> made = new ArrayList<>();

  /// Bytes that no volume has.
  long free = 1_000_000;

  final Runnable before;

  /// @param before runs before each command
  FakeLvm(Runnable before) {
    this.before = before;
  }

  void add(String name, boolean isThin) {
    volumes.put(name, new Volume(new int[BLOCKS], "", "", isThin));
  }

  void snapshot(String name, String origin, String tag) {
    var from = volume(origin);
    volumes.put(name, new Volume(from.blocks.clone(), origin, tag, from.isThin));
  }

  synchronized void write(Random random) {
    for (var volume : volumes.values()) {
      if (volume.origin.isEmpty()) {
        volume.blocks[random.nextInt(BLOCKS)] = random.nextInt();
      }
    }
  }

  List<String> tagged() {
    return volumes.entrySet().stream()
        .filter(entry -> !entry.getValue().tag.isEmpty())
        .map(Map.Entry::getKey)
        .toList();
  }

  @Override
  public synchronized Outcome run(List<String> command) {
    before.run();
    if (command.getFirst().equals("sh")) {
      return hook(command.getLast());
    }
    if (command.getFirst().equals("lvcreate")) {
      acts.add("lvcreate");
      slowly.run();
      if (fails.equals("lvcreate")) {
        return new Outcome(5, "", "no");
      }
    }
    return switch (command.getFirst()) {
      case "lvs" -> list(command);
      case "vgs" ->
          new Outcome(
              0,
              "{\"report\":[{\"vg\":[{\"vg_name\":\"vg\",\"vg_size\":\"2000000\",\"vg_free\":\"%d\"}]}]}"
                  .formatted(free),
              "");
      case "lvcreate" -> create(command);
      case "lvremove" -> remove(command.getLast());
      case "lvextend" -> extend(command);
      default -> throw new AssertionError(command);
    };
  }

  /// Returns what was done of the hooks that hold file systems still, and what while they did.
  List<String> acts() {
    return List.copyOf(acts);
  }

  private Outcome hook(String script) {
    var name = script.substring(script.lastIndexOf(' ') + 1);
    acts.add(name);
    return new Outcome(name.equals(fails) ? 1 : 0, "", "");
  }

  private Outcome list(List<String> command) {
    var selected = command.subList(command.indexOf("-o") + 2, command.size());
    for (var group : selected) {
      if (!group.equals("vg") && !group.startsWith("@")) {
        return new Outcome(5, "", "Volume group \"%s\" not found".formatted(group));
      }
    }
    return new Outcome(0, report(), "");
  }

  private Outcome create(List<String> command) {
    var name = command.get(command.indexOf("-n") + 1);
    var tags = new ArrayList<String>();
    for (int i = 0; i < command.size(); i++) {
      if (command.get(i).equals("--addtag")) {
        tags.add(command.get(i + 1));
      }
    }
    var tag = String.join(",", tags);
    if (!command.contains("-s")) {
      return make(name, tag, command);
    }
    var origin = command.getLast().replace("vg/", "");
    if (volumes.containsKey(name)) {
      return new Outcome(5, "", "Logical Volume \"%s\" already exists".formatted(name));
    }
    if (volume(origin).isThin == command.contains("-L")) {
      throw new AssertionError(command);
    }
    snapshot(name, origin, tag);
    return new Outcome(0, "", "");
  }

  private Outcome make(String name, String tag, List<String> command) {
    boolean isThin = command.contains("-V");
    if (!isThin && free < 4096) {
      return new Outcome(5, "", "insufficient free space");
    }
    made.add(String.join(" ", command));
    free -= isThin ? 0 : 4096;
    volumes.put(name, new Volume(new int[BLOCKS], "", tag, isThin));
    return new Outcome(0, "", "");
  }

  private Outcome extend(List<String> command) {
    var words = List.of("lvextend", "-qq", "-y", "-L");
    var by = command.get(words.size());
    if (!command.subList(0, words.size()).equals(words) || !by.matches("\\+[0-9]+b")) {
      throw new AssertionError(command);
    }
    var volume = volumes.get(command.getLast().replace("vg/", ""));
    if (volume == null || volume.tag.isEmpty() || volume.isThin) {
      throw new AssertionError(command);
    }
    long bytes = Long.parseLong(by.substring(1, by.length() - 1));
    if (bytes > free) {
      return new Outcome(5, "", "Insufficient free space");
    }
    free -= bytes;
    volume.used /= 2;
    return new Outcome(0, "", "");
  }

  private Outcome remove(String name) {
    var removed = volumes.remove(name.replace("vg/", ""));
    if (removed == null) {
      return new Outcome(5, "", "Failed to find logical volume");
    }
    if (removed.tag.isEmpty()) {
      throw new AssertionError(name + " is somebody else's");
    }
    return new Outcome(0, "", "");
  }

  private String report() {
    var rows = new ArrayList<String>();
    volumes.forEach(
        (name, volume) ->
            rows.add(
                """
                {"vg_name":"vg","lv_name":"%s","lv_attr":"%s","segtype":"%s","lv_size":"4096",
                "origin":"%s","pool_lv":"%s","lv_tags":"%s","lv_active":"%s",
                "lv_snapshot_invalid":"%d","vg_free":"%d","vg_extent_size":"512",
                "vg_size":"2000000","data_percent":"%s"}
                """
                    .formatted(
                        name,
                        (volume.isThin ? "V" : volume.origin.isEmpty() ? "-" : "s") + "wi-a-----",
                        kinds.getOrDefault(name, volume.isThin ? "thin" : "linear"),
                        volume.origin,
                        volume.isThin ? "pool" : "",
                        volume.tag,
                        inactive.contains(name) ? "" : "active",
                        volume.isInvalid ? 1 : 0,
                        free,
                        volume.isThin || !volume.origin.isEmpty() ? volume.used : "")));
    return "{\"report\":[{\"lv\":[" + String.join(",", rows) + "]}]}";
  }

  static boolean same(int[] one, int[] other) {
    return Arrays.equals(one, other);
  }
}
