package org.blkdelta.host;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What `lvs` says about the volumes of a group. Format: lvmreport(7), with its JSON report.
public final class LvmTools {

  private static final String FIELDS = "vg_name,lv_name,lv_attr,segtype,lv_merging,lv_time";

  /// Times as numbers, whatever lvm.conf and the locale say.
  private static final String TIME = "report/time_format=\"%s\"";

  /// A logical volume.
  ///
  /// @param name without the brackets that mark hidden volumes
  /// @param attributes the ten letters of lv_attr
  /// @param createdSeconds when LVM made it, in seconds since 1970; 0 where that is not said
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
  }

  private final Commands commands;

  /// Creates one that runs `lvs` by `commands`.
  public LvmTools(Commands commands) {
    this.commands = commands;
  }

  /// Returns all volumes of a group, hidden ones too.
  public Set<Volume> volumes(String group) throws IOException {
    var command =
        List.of(
            "lvs",
            "-a",
            "--reportformat",
            "json",
            "--binary",
            "--config",
            TIME,
            "-o",
            FIELDS,
            group);
    var outcome = commands.run(command);
    if (outcome.status() != 0) {
      throw new IOException(
          "lvs: exit status %d: %s".formatted(outcome.status(), outcome.complaint()));
    }
    try {
      return parse(outcome.out());
    } catch (JsonParseException
        | IllegalStateException
        | NullPointerException
        | ClassCastException
        | UnsupportedOperationException fault) {
      throw new IOException("lvs: printed something that is not its JSON report", fault);
    }
  }

  private static Set<Volume> parse(String json) {
    var found = new LinkedHashSet<Volume>(); // lvs repeats a volume for each of its segments
    for (var report : JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("report")) {
      for (var volume : report.getAsJsonObject().getAsJsonArray("lv")) {
        found.add(volume(volume.getAsJsonObject()));
      }
    }
    return found;
  }

  private static Volume volume(JsonObject fields) {
    return new Volume(
        text(fields, "vg_name"),
        text(fields, "lv_name").replaceAll("^\\[|\\]$", ""),
        text(fields, "lv_attr"),
        text(fields, "segtype"),
        text(fields, "lv_merging").equals("1"),
        fields.has("lv_time") ? Long.parseLong(text(fields, "lv_time")) : 0);
  }

  private static String text(JsonObject fields, String name) {
    return fields.get(name).getAsString();
  }
}
