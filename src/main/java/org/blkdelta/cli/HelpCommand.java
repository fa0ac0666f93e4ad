package org.blkdelta.cli;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToIntFunction;
import org.blkdelta.report.ExitCode;
import org.blkdelta.usage.Usage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `blkdelta help`.
@Usage(
    exits = {ExitCode.DONE, ExitCode.UNCONFIRMED},
    onlyLooks = true)
@Command(
    name = "help",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Show the help of a command",
    description = {
      "Shows the help of a command: what it does, its options, examples and exit codes. It is the same"
          + " as COMMAND --help; a screen of the most used options is COMMAND -h.",
    },
    footer = {"  blkdelta help sync"})
final class HelpCommand implements Callable<Integer> {

  @Parameters(
      arity = "0..1",
      paramLabel = "COMMAND",
      description = "The command. Without it: what blkdelta is, and its commands.")
  @Nullable String command;

  private final ToIntFunction<List<String>> lines;

  /// @param lines runs a command line
  HelpCommand(ToIntFunction<List<String>> lines) {
    this.lines = lines;
  }

  @Override
  public Integer call() {
    return lines.applyAsInt(command == null ? List.of("--help") : List.of(command, "--help"));
  }
}
