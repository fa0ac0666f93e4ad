package org.blkdelta.usage;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import picocli.CommandLine.Model.CommandSpec;

/// Makes the advice in a message fit the command that runs. The rooms below the command line name
/// the options of `sync` and its like; a stand-in for another program does not have them.
public final class OptionAdvice {

  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])(--[a-z][a-z-]+)");

  /// Programs whose options a message may name, and ours by its name: those are right as they are.
  private static final Set<String> NAMED =
      Set.of("blkdelta", "lvchange", "lvconvert", "blockdev", "dmsetup", "tar", "qemu-img", "lvs");

  private OptionAdvice() {}

  /// Returns the message, where each option that the running command lacks is named together with
  /// a command that has it.
  ///
  /// @param running the command that failed
  /// @param others where an option may be found instead, the best first
  public static String fitted(String message, CommandSpec running, List<CommandSpec> others) {
    var option = OPTION.matcher(message);
    var fitted = new StringBuilder();
    while (option.find()) {
      var name = option.group(1);
      var owner = others.stream().filter(other -> has(other, name)).findFirst();
      boolean isRight =
          has(running, name) || owner.isEmpty() || isNamed(message.substring(0, option.start()));
      option.appendReplacement(
          fitted, isRight ? name : "blkdelta " + owner.get().name() + " " + name);
    }
    return option.appendTail(fitted).toString();
  }

  private static boolean has(CommandSpec command, String option) {
    return command.findOption(option) != null;
  }

  /// Returns whether the clause that ends here already says whose option follows.
  private static boolean isNamed(String before) {
    var clause = before.substring(Math.max(before.lastIndexOf(';'), before.lastIndexOf(',')) + 1);
    for (var word : clause.split("[^A-Za-z-]+")) {
      if (NAMED.contains(word)) {
        return true;
      }
    }
    return false;
  }
}
