package org.blkdelta.host;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// A logical volume's name, in LVM's form `VG/LV` and in device-mapper's, where hyphens inside the
/// two names are doubled and a single one separates them.
///
/// @param group the volume group
/// @param volume the volume, without the group
public record LvmName(String group, String volume) {

  private static final String WORD = "([A-Za-z0-9+_.][A-Za-z0-9+_.-]*)";
  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);
  private static final Pattern GROUP_AND_VOLUME = Pattern.compile("(?:/dev/)?" + WORD + "/" + WORD);

  /// Returns what `VG/LV` or `/dev/VG/LV` names, or empty if the text has another form.
  public static Optional<LvmName> parse(String text) {
    var parts = GROUP_AND_VOLUME.matcher(text);
    return parts.matches()
        ? Optional.of(new LvmName(parts.group(1), parts.group(2)))
        : Optional.empty();
  }

  /// Returns the volume whose device-mapper name this is; of a name that is none of LVM's, the
  /// volume is empty.
  public static LvmName ofMapped(String mapped) {
    var parts = mapped.replace("--", "\0").split("-", 2);
    return new LvmName(
        parts[0].replace('\0', '-'), parts.length > 1 ? parts[1].replace('\0', '-') : "");
  }

  /// Returns the device-mapper name.
  public String mapped() {
    return group.replace("-", "--") + "-" + volume.replace("-", "--");
  }

  /// Returns words for the state that a snapshot of this volume keeps, such as `vg0/web as of
  /// 2026-03-02 14:05 (snapshot web-2)`.
  ///
  /// @param createdSeconds when the snapshot was made, in seconds since 1970, if that is known
  /// @param snapshot its name, without the group
  public String asOf(OptionalLong createdSeconds, String snapshot) {
    var time = createdSeconds.isPresent() ? " as of " + minute(createdSeconds.getAsLong()) : "";
    return "%s%s (snapshot %s)".formatted(this, time, snapshot);
  }

  private static String minute(long seconds) {
    return MINUTE.format(Instant.ofEpochSecond(seconds).atZone(ZoneId.systemDefault()));
  }

  @Override
  public String toString() {
    return group + "/" + volume;
  }
}
