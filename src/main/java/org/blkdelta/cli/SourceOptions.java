package org.blkdelta.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.blkdelta.extent.Amounts;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.source.Formats;
import org.blkdelta.usage.OptionGroup;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/// The options of a command that say how its source is read: those that the formats declare.
final class SourceOptions {

  /// A command that has such options.
  interface Reading {
    /// Returns them.
    SourceOptions sourceOptions();
  }

  /// Describes the parameter of the commands that read what has a list of changes.
  static final String SOURCE =
      "A classic or thin LVM snapshot (VG/SNAP), or the newest link of a VMware snapshot"
          + " (vm-000002.vmdk, also HOST:PATH).";

  /// Says more of it.
  static final String SOURCES =
      "An LVM snapshot is VG/SNAP, /dev/VG/SNAP or /dev/mapper/VG-SNAP. The changes are those from"
          + " it to its origin. With --since: a thin volume, the newer state. With --origin: the snapshot's exception store, a device or an image of it."
          + " With --thin-metadata: a thin volume's content, a device or a file. The parents of a"
          + " VMware snapshot are followed down to the base; several deltas, oldest first, are taken"
          + " as they are. With --bitmap or --depth: an export of an NBD server,"
          + " nbd://HOST[:PORT]/EXPORT or nbd+unix:///EXPORT?socket=PATH. Of a qcow2 image (vm.qcow2),"
          + " what it holds itself, for a copy of what it stands on; see --depth. Of a running QEMU's"
          + " disk, what changed since the last copy or sync: qmp+unix:///NODE?socket=PATH, by the"
          + " socket of its monitor (QMP). Of a VM that is off, at an ESXi host or vCenter:"
          + " vsphere://USER@HOST/VM.";

  /// Describes the parameter of the commands that read a volume by itself, whole.
  static final String VOLUME =
      "What to read: a device, file, LVM volume or snapshot (VG/LV) or VMware disk, here or as"
          + " [USER@]HOST:PATH.";

  /// Says more of it.
  static final String VOLUMES =
      "It is read from its first byte to its last. A VMware disk is named by the newest link's file"
          + " (vm-000002.vmdk), an export of an NBD server by nbd://HOST[:PORT]/EXPORT or"
          + " nbd+unix:///EXPORT?socket=PATH, a running QEMU's disk by"
          + " qmp+unix:///NODE?socket=PATH, with the socket of its monitor (QMP), the disk of a VM"
          + " at an ESXi host or vCenter by vsphere://USER@HOST/VM. A qcow2, VHDX, VHD or VDI image is named by its file;"
          + " qemu-nbd must be there.";

  private final Formats formats;
  private final Map<SourceOption, OptionSpec> specs = new LinkedHashMap<>();

  /// @param formats what can be read
  SourceOptions(Formats formats) {
    this.formats = formats;
  }

  /// Returns the command line of a command, with these options if it has any.
  static CommandLine lineOf(Object command) {
    var line = new CommandLine(command);
    if (command instanceof Reading reading) {
      line.getCommandSpec().addMixin(OptionGroup.SOURCE, reading.sourceOptions().mixin());
    }
    return line;
  }

  /// Returns what was given, when the command line was parsed.
  SourceSettings settings() {
    var given = new LinkedHashMap<SourceOption, List<String>>();
    specs.forEach(
        (option, spec) -> {
          Object value = spec.getValue();
          if (value != null && !value.equals(false)) {
            given.put(option, words(option, value));
          }
        });
    return new SourceSettings(given);
  }

  private CommandSpec mixin() {
    var mixin = CommandSpec.create();
    mixin
        .usageMessage()
        .optionListHeading(
            switch (formats) {
              case CHANGES -> "Source:";
              case WHOLE -> "Source:";
            });
    for (var option : formats.options()) {
      var spec = spec(option);
      specs.put(option, spec);
      mixin.addOption(spec);
    }
    return mixin;
  }

  private OptionSpec spec(SourceOption option) {
    var spec = OptionSpec.builder(option.name()).description(option.description().split("\n"));
    switch (option.kind()) {
      case NAME, PART -> spec.type(String.class).paramLabel(option.label());
      case FILE -> spec.type(Path.class).paramLabel(option.label());
      case NUMBER -> spec.type(Long.class).paramLabel(option.label());
      case SIZE -> spec.type(Long.class).converters(SourceOptions::size).paramLabel(option.label());
      case FLAG -> spec.type(boolean.class);
      case CHOICES ->
          spec.type(List.class)
              .auxiliaryTypes(String.class)
              .splitRegex(",")
              .completionCandidates(option.choices())
              .converters(word -> chosen(option, word))
              .paramLabel(option.label());
    }
    return spec.build();
  }

  /// Returns the words that stand for a value that was given; nothing for a flag.
  private static List<String> words(SourceOption option, Object value) {
    if (value instanceof List<?> words) {
      return ordered(option, words);
    }
    return value instanceof Boolean ? List.of() : List.of(value.toString());
  }

  private static List<String> ordered(SourceOption option, List<?> words) {
    var ordered = new ArrayList<>(option.choices());
    ordered.removeIf(choice -> !words.contains(choice));
    return ordered;
  }

  private static long size(String text) {
    return Amounts.bytes(text).orElseThrow(() -> new TypeConversionException(Amounts.SIZES));
  }

  private static String chosen(SourceOption option, String word) {
    var choice = word.toLowerCase(Locale.ROOT);
    if (!option.choices().contains(choice)) {
      throw new TypeConversionException(
          "expected one of %s (case-insensitive) but was '%s'".formatted(option.choices(), word));
    }
    return choice;
  }
}
