package org.blkdelta.extent;

import java.util.List;

/// An option that says how a source is read. A format declares its own; the command line makes
/// options of them, here and for the far end of a run.
///
/// @param name as on the command line, such as `--origin`
/// @param label of its value in help texts, or nothing for one without value
/// @param choices what can be chosen; empty for all other kinds
public record SourceOption(
    String name, String label, String description, Kind kind, List<String> choices) {

  /// What an option says.
  public enum Kind {
    /// Names something that is read too: a volume, a link of a chain.
    NAME,
    /// Names a device or file that is read too.
    FILE,
    /// Names a part of the source, such as a bitmap in it.
    PART,
    /// A number.
    NUMBER,
    /// A number of bytes, which people write with a unit.
    SIZE,
    /// Allows something, by being there.
    FLAG,
    /// Allows some of several things.
    CHOICES
  }

  /// What files name others that are read too.
  public static final SourceOption ALLOW_OUTSIDE =
      flag(
          "--allow-outside",
          "Let a VMware disk or qcow2 image name files outside its folder.\n"
              + "They say which files are read: use it only with descriptors and images that you trust.");

  /// What the destination has already, of formats whose states have names.
  public static final SourceOption SINCE =
      name(
          "--since",
          "OLD",
          "Take what differs between OLD, an older state, and SOURCE.\n"
              + "SOURCE is a thin volume, and OLD another one of the same pool, such as an older snapshot, which need not be active. Or SOURCE is a VMware snapshot, and OLD the file of an older link: the links after it are taken. Default for these: the base. What differs is for a destination that holds OLD.");

  /// The size of what a list of changes, which does not tell it, starts from.
  public static final SourceOption SNAPSHOT_SIZE =
      size(
          "--snapshot-size",
          "SIZE",
          "The size when the snapshot was taken, if the volume has grown since.\n"
              + "With --origin, --thin-metadata, --bitmap or --depth. Everything beyond SIZE counts as changed. SIZE is bytes, or has a unit: 10G (1024 based), 10GB (1000 based).");

  /// Returns whether it names something that is read.
  public boolean isName() {
    return kind == Kind.NAME || kind == Kind.FILE;
  }

  /// Copies the list.
  public SourceOption {
    choices = List.copyOf(choices);
  }

  /// Returns one that names something.
  public static SourceOption name(String name, String label, String description) {
    return new SourceOption(name, label, description, Kind.NAME, List.of());
  }

  /// Returns one that names a device or file.
  public static SourceOption file(String name, String label, String description) {
    return new SourceOption(name, label, description, Kind.FILE, List.of());
  }

  /// Returns one that names a part of the source.
  public static SourceOption part(String name, String label, String description) {
    return new SourceOption(name, label, description, Kind.PART, List.of());
  }

  /// Returns one that is a number.
  public static SourceOption number(String name, String label, String description) {
    return new SourceOption(name, label, description, Kind.NUMBER, List.of());
  }

  /// Returns one that is a number of bytes.
  public static SourceOption size(String name, String label, String description) {
    return new SourceOption(name, label, description, Kind.SIZE, List.of());
  }

  /// Returns one that allows something.
  public static SourceOption flag(String name, String description) {
    return new SourceOption(name, "", description, Kind.FLAG, List.of());
  }

  /// Returns one that allows some of several things.
  public static SourceOption choices(
      String name, String label, String description, List<String> choices) {
    return new SourceOption(name, label, description, Kind.CHOICES, choices);
  }
}
