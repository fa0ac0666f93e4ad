package org.blkdelta.host;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.blkdelta.failure.SourceException;

/// What `lvs` says about the volumes of a group. Format: lvmreport(7), with its JSON report.
public final class LvmTools {

  private static final String FIELDS = "vg_name,lv_name,lv_attr,segtype,lv_merging,lv_time";

  private static final String THIN_FIELDS =
      "vg_name,lv_name,lv_attr,segtype,lv_size,origin,pool_lv,thin_id,transaction_id,lv_merging,lv_time";

  private static final String TAGGED_FIELDS =
      "vg_name,lv_name,lv_attr,segtype,lv_size,origin,pool_lv,lv_tags,lv_active,lv_snapshot_invalid,vg_free,vg_extent_size,vg_size,data_percent";

  private static final String GROUP_FIELDS = "vg_name,vg_size,vg_free";

  /// What lvm.conf may say otherwise, and what would then be printed in another way.
  private static final String CONFIGURATION =
      String.join(
          " ",
          "log/prefix=\"\"",
          "log/indent=0",
          "log/command_names=0",
          "log/verbose=0",
          "log/report_command_log=0",
          "report/output_format=\"json\"",
          "report/prefixes=0",
          "report/quoted=1",
          "report/compact_output=0",
          "report/compact_output_cols=\"\"",
          "report/columns_as_rows=0",
          "report/binary_values_as_numeric=1",
          "report/time_format=\"%s\"");

  /// Notices of a shell or a plugin may come before a report; more than this says nothing new.
  private static final int MAX_SHOWN = 200;

  /// A logical volume.
  ///
  /// @param name without the brackets that mark hidden volumes
  /// @param attributes the ten letters of lv_attr
  /// @param createdSeconds when LVM made it, in seconds since 1970; 0 if that is not said
  public record Volume(
      String group,
      String name,
      String attributes,
      String segmentType,
      boolean merging,
      long createdSeconds) {

    /// Returns whether it is a snapshot of the classic, copy-on-write kind.
    public boolean isClassicSnapshot() {
      return attributes.length() > 6
          && (attributes.charAt(0) == 's' || attributes.charAt(0) == 'S')
          && attributes.charAt(6) == 's';
    }

    /// Returns whether it lives in a thin pool.
    public boolean isThin() {
      return segmentType.equals("thin");
    }

    /// Returns whether LVM leaves it out when it activates volumes; see lvs(8), lv_attr.
    public boolean isSkipped() {
      return attributes.length() > 9 && attributes.charAt(9) == 'k';
    }

    /// Returns whether it is a volume of its own, and no part of another one; see lvs(8), lv_attr.
    public boolean isVisible() {
      return !attributes.isEmpty() && "eTiIvlD".indexOf(attributes.charAt(0)) < 0;
    }
  }

  /// What LVM knows about thin provisioning of a volume; of volumes that are not thin, most is
  /// empty or 0.
  ///
  /// @param name without the brackets that mark hidden volumes
  /// @param attributes the ten letters of lv_attr
  /// @param size in bytes
  /// @param origin name of the volume that it was taken from, in the same group; empty where there
  ///     is none any more
  /// @param pool name of the pool that it is in
  /// @param thinId its number in the pool
  /// @param transaction of a pool its current transaction, of a thin volume that of its creation
  /// @param createdSeconds when LVM made it, in seconds since 1970; 0 if that is not said
  public record ThinVolume(
      String group,
      String name,
      String attributes,
      String segmentType,
      long size,
      String origin,
      String pool,
      int thinId,
      long transaction,
      boolean merging,
      long createdSeconds) {

    /// Returns what people know its present state by.
    public String label() {
      var created = createdSeconds == 0 ? OptionalLong.empty() : OptionalLong.of(createdSeconds);
      return origin.isEmpty() ? group + "/" + name : new LvmName(group, origin).asOf(created, name);
    }

    /// Returns whether it lives in a thin pool.
    public boolean isThin() {
      return segmentType.equals("thin");
    }

    /// Returns whether LVM lets nobody write to it.
    public boolean isReadOnly() {
      return attributes.length() > 1 && Character.toLowerCase(attributes.charAt(1)) == 'r';
    }
  }

  /// A volume with what was written on it, and the room beside it.
  ///
  /// @param name without the brackets that mark hidden volumes
  /// @param attributes the ten letters of lv_attr
  /// @param size in bytes
  /// @param origin name of the volume that it was taken from, in the same group, or empty
  /// @param pool name of the thin pool that it is in, or empty
  /// @param isActive whether it is there on this host
  /// @param isInvalid whether it is a classic snapshot that overflowed
  /// @param groupFree bytes of its group that no volume has
  /// @param extentSize bytes of the group's physical extents
  /// @param groupSize bytes of its group
  /// @param usedPercent how full it is, of a classic snapshot, a pool or a thin volume; else 0
  public record TaggedVolume(
      String group,
      String name,
      String attributes,
      String segmentType,
      long size,
      String origin,
      String pool,
      List<String> tags,
      boolean isActive,
      boolean isInvalid,
      long groupFree,
      long extentSize,
      long groupSize,
      double usedPercent) {

    /// Copies the list.
    public TaggedVolume {
      tags = List.copyOf(tags);
    }

    /// Returns its whole name.
    public LvmName fullName() {
      return new LvmName(group, name);
    }

    /// Returns whether it lives in a thin pool.
    public boolean isThin() {
      return segmentType.equals("thin");
    }

    /// Returns whether it is a snapshot of the classic, copy-on-write kind.
    public boolean isClassicSnapshot() {
      return !origin.isEmpty() && pool.isEmpty() && attributes.matches("[sS].*");
    }
  }

  /// A volume group.
  ///
  /// @param size bytes
  /// @param free bytes that no volume has
  public record Group(long size, long free) {}

  private final Commands commands;

  /// Creates one that runs `lvs` by `commands`.
  public LvmTools(Commands commands) {
    this.commands = commands;
  }

  /// Returns all volumes of a group, hidden ones too.
  ///
  /// @throws SourceException if what `lvs` prints is not its report
  /// @throws NoSuchGroupException if LVM doesn't know the group
  public Set<Volume> volumes(String group) throws IOException {
    return volumes(FIELDS, List.of(group), LvmTools::volume);
  }

  /// Returns all volumes of a group, hidden ones too, with what LVM knows about thin provisioning.
  public Set<ThinVolume> thinVolumes(String group) throws IOException {
    return volumes(THIN_FIELDS, List.of(group), LvmTools::thinVolume);
  }

  /// Returns all volumes of some groups, hidden ones too, and those of any group that have a tag.
  public Set<TaggedVolume> taggedVolumes(Set<String> groups, String tag) throws IOException {
    var selected = new ArrayList<>(groups);
    selected.add("@" + tag);
    return volumes(TAGGED_FIELDS, selected, LvmTools::taggedVolume);
  }

  /// Returns all groups of the host by their names.
  public Map<String, Group> groups() throws IOException {
    var groups = new TreeMap<String, Group>();
    report(
        List.of("vgs"),
        "vg",
        GROUP_FIELDS,
        List.of(),
        fields ->
            groups.put(
                text(fields, "vg_name"),
                new Group(number(fields, "vg_size"), number(fields, "vg_free"))));
    return groups;
  }

  private <T> Set<T> volumes(String fields, List<String> selected, Function<JsonObject, T> each)
      throws IOException {
    var found = new LinkedHashSet<T>(); // lvs repeats a volume for each of its segments
    report(List.of("lvs", "-a"), "lv", fields, selected, row -> found.add(each.apply(row)));
    return found;
  }

  /// @param rows what the report's list is called
  private void report(
      List<String> program,
      String rows,
      String fields,
      List<String> selected,
      Consumer<JsonObject> each)
      throws IOException {
    var name = program.getFirst();
    var command = new ArrayList<>(program);
    command.addAll(List.of("-qq", "--config", CONFIGURATION));
    command.addAll(List.of("--reportformat", "json", "--binary", "--units", "b", "--nosuffix"));
    command.addAll(List.of("-o", fields));
    command.addAll(selected);
    var outcome = commands.run(command);
    for (var group : selected) {
      if (outcome.err().contains("Volume group \"%s\" not found".formatted(group))) {
        throw new NoSuchGroupException(group);
      }
    }
    if (outcome.status() != 0) {
      throw new IOException(
          "%s: exit status %d: %s".formatted(name, outcome.status(), outcome.complaint()));
    }
    try {
      parse(outcome.out(), rows, each);
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | ClassCastException
        | NumberFormatException
        | UnsupportedOperationException fault) {
      throw new SourceException(
          "%s: printed something that is not its JSON report: \"%s\"; is %s in PATH LVM's own?"
              .formatted(name, shown(outcome), name),
          fault);
    }
  }

  /// Returns what was printed, complaints too, on one line that does no harm to a terminal.
  private static String shown(Commands.Outcome outcome) {
    var printed = (outcome.out().strip() + " " + outcome.err()).strip();
    var line = printed.replaceAll("[\\p{Cntrl}\\p{Cf}\\s]+", " ");
    return line.length() <= MAX_SHOWN ? line : line.substring(0, MAX_SHOWN) + "…";
  }

  private static void parse(String json, String rows, Consumer<JsonObject> each) {
    for (var report : JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("report")) {
      for (var volume : report.getAsJsonObject().getAsJsonArray(rows)) {
        each.accept(volume.getAsJsonObject());
      }
    }
  }

  private static Volume volume(JsonObject fields) {
    return new Volume(
        text(fields, "vg_name"),
        name(fields),
        text(fields, "lv_attr"),
        text(fields, "segtype"),
        text(fields, "lv_merging").equals("1"),
        created(fields));
  }

  private static ThinVolume thinVolume(JsonObject fields) {
    return new ThinVolume(
        text(fields, "vg_name"),
        name(fields),
        text(fields, "lv_attr"),
        text(fields, "segtype"),
        Long.parseLong(text(fields, "lv_size")),
        bare(text(fields, "origin")),
        bare(text(fields, "pool_lv")),
        (int) number(fields, "thin_id"),
        number(fields, "transaction_id"),
        text(fields, "lv_merging").equals("1"),
        created(fields));
  }

  private static TaggedVolume taggedVolume(JsonObject fields) {
    return new TaggedVolume(
        text(fields, "vg_name"),
        name(fields),
        text(fields, "lv_attr"),
        text(fields, "segtype"),
        number(fields, "lv_size"),
        bare(text(fields, "origin")),
        bare(text(fields, "pool_lv")),
        List.of(text(fields, "lv_tags").split(",")),
        text(fields, "lv_active").equals("1") || text(fields, "lv_active").startsWith("active"),
        isInvalid(text(fields, "lv_snapshot_invalid")),
        number(fields, "vg_free"),
        number(fields, "vg_extent_size"),
        number(fields, "vg_size"),
        percent(text(fields, "data_percent")));
  }

  /// A binary value is -1 if it does not apply to the volume.
  private static boolean isInvalid(String value) {
    return value.equals("1");
  }

  /// Returns 0 if the column is empty: it does not apply, or the volume is not active.
  private static double percent(String text) {
    return text.isEmpty() ? 0 : Double.parseDouble(text);
  }

  private static long created(JsonObject fields) {
    return fields.has("lv_time") ? number(fields, "lv_time") : 0;
  }

  private static String name(JsonObject fields) {
    return bare(text(fields, "lv_name"));
  }

  /// Takes the brackets off that mark hidden volumes.
  private static String bare(String name) {
    return name.replaceAll("^\\[|\\]$", "");
  }

  /// Returns a number, 0 if the column is empty: it does not apply to the volume.
  private static long number(JsonObject fields, String name) {
    var text = text(fields, name);
    return text.isEmpty() ? 0 : Long.parseLong(text);
  }

  private static String text(JsonObject fields, String name) {
    return fields.get(name).getAsString();
  }
}
