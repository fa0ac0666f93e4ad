package org.blkdelta.usage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help;
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

  /// Returns the option list of a help text.
  public static String help(Help help) {
    var command = help.commandSpec();
    var text = new StringBuilder();
    for (var group : of(command)) {
      // laid out for all options, so that every group has the same columns
      var layout =
          help.createDefaultLayout(
              command.options(), command.positionalParameters(), help.colorScheme());
      layout.addOptions(group.options(), help.parameterLabelRenderer());
      text.append("%n%s%n%s".formatted(group.heading(), layout));
    }
    return text.toString();
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
      found.add(new OptionGroup(heading, members));
      own.removeAll(members);
    }
  }
}
