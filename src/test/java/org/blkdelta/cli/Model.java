package org.blkdelta.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.blkdelta.report.Progress;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Stop;
import picocli.CommandLine;

/// The command line as picocli knows it, for tests that compare it to what is written elsewhere.
final class Model {

  private static final int WIDTH = 80;

  private Model() {}

  /// Returns the top of the command line, for a terminal of 80 columns.
  static CommandLine top() {
    var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    var streams =
        new Streams(
            InputStream.nullInputStream(),
            nowhere,
            nowhere,
            nowhere,
            false,
            false,
            WIDTH,
            true,
            Cli.MEMORY,
            Progress.unasked());
    return new CommandLines(streams, new Stop()).build();
  }

  /// Returns the top and every command that is shown to people.
  static List<CommandLine> visible() {
    var top = top();
    return Stream.concat(Stream.of(top), top.getSubcommands().values().stream())
        .filter(command -> !command.getCommandSpec().usageMessage().hidden())
        .toList();
  }

  /// Returns what `--help` prints.
  static String help(CommandLine command) {
    return command.getUsageMessage(CommandLine.Help.Ansi.OFF);
  }

  /// Returns what `-h` prints.
  static String shortHelp(CommandLine command) {
    command.parseArgs("-h");
    return help(command);
  }

  /// Returns a command's name with hyphens: `blkdelta`, `blkdelta-sync`.
  static String name(CommandLine command) {
    return command.getCommandSpec().qualifiedName("-");
  }
}
