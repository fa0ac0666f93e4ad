package org.blkdelta.usage;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// The options of every command that print and end: help, short and whole, and the version.
final class HelpOptions {

  static final String SHORT = "-h";

  private HelpOptions() {}

  /// Adds them to a command that lacks them.
  static void addTo(CommandSpec command) {
    add(command, flag("Print a short help.", SHORT).usageHelp(true));
    add(command, flag("Print this help.", "--help").usageHelp(true));
    add(command, flag("Print the version.", "-V", "--version").versionHelp(true));
  }

  /// Returns whether the short help was asked for.
  static boolean isShort(CommandSpec command) {
    var option = command.findOption(SHORT);
    return option != null && Boolean.TRUE.equals(option.getValue());
  }

  private static OptionSpec.Builder flag(String description, String... names) {
    return OptionSpec.builder(names).type(boolean.class).description(description);
  }

  private static void add(CommandSpec command, OptionSpec.Builder option) {
    if (command.findOption(option.names()[0]) == null) {
      command.addOption(option.build());
    }
  }
}
