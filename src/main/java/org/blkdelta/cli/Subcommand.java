package org.blkdelta.cli;

import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/// A command that need not be made in order to be listed.
///
/// @param type its class, whose annotation describes it
/// @param made makes it
record Subcommand(Class<?> type, Supplier<Callable<Integer>> made) {

  /// Returns its name. It is the class's, because reading an annotation takes milliseconds.
  String name() {
    return type.getSimpleName().replace("Command", "").toLowerCase(Locale.ROOT);
  }

  /// Returns what a list of commands shows of it, without its options and parameters.
  CommandSpec listed() {
    var spec = CommandSpec.create();
    spec.usageMessage().header(description().header()).hidden(isHidden());
    return spec;
  }

  /// Returns whether it is not for people.
  boolean isHidden() {
    return description().hidden();
  }

  private Command description() {
    return Objects.requireNonNull(type.getAnnotation(Command.class));
  }
}
