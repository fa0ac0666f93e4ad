package org.blkdelta.usage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Options of a command that belong together: those of a mixin or a group with a heading, and last
/// the command's own. A mixin's heading is its `optionListHeading`.
///
/// @param heading in words, for help texts and man pages
/// @param options what is shown below it, in the order of declaration
public record OptionGroup(String heading, List<OptionSpec> options) {

  /// The name of the mixin whose group comes first: what says how the source is read.
  public static final String SOURCE = "source";

  /// Creates one with unmodifiable options.
  public OptionGroup {
    options = List.copyOf(options);
  }

  /// Returns the groups of a command in the order of declaration; none is empty.
  public static List<OptionGroup> of(CommandSpec command) {
    var found = new ArrayList<OptionGroup>();
    var own = new ArrayList<>(command.options());
    var mixins = new LinkedHashMap<String, CommandSpec>();
    if (command.mixins().containsKey(SOURCE)) {
      mixins.put(SOURCE, command.mixins().get(SOURCE));
    }
    mixins.putAll(command.mixins()); // what is there already stays first
    for (var mixin : mixins.values()) {
      add(found, mixin.usageMessage().optionListHeading(), mixin.options(), own);
    }
    for (var group : command.argGroups()) {
      add(found, group.heading(), group.allOptionsNested(), own);
    }
    add(found, found.isEmpty() ? "Options:" : "Other options:", List.copyOf(own), own);
    return found;
  }

  /// Moves those of `options` that are left in `own` to a group of their own.
  private static void add(
      List<OptionGroup> found,
      @Nullable String heading,
      List<OptionSpec> options,
      List<OptionSpec> own) {
    var members =
        own.stream().filter(option -> !option.hidden() && options.contains(option)).toList();
    if (heading != null && !heading.isBlank() && !members.isEmpty()) {
      join(found, new OptionGroup(heading, members));
      own.removeAll(members);
    }
  }

  /// Adds a group, or its options to the one that has its heading already.
  private static void join(List<OptionGroup> found, OptionGroup group) {
    for (int at = 0; at < found.size(); at++) {
      if (found.get(at).heading().equals(group.heading())) {
        var options = new ArrayList<>(found.get(at).options());
        options.addAll(group.options());
        found.set(at, new OptionGroup(group.heading(), options));
        return;
      }
    }
    found.add(group);
  }
}
