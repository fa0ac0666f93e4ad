package org.blkdelta.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.blkdelta.compat.LvmsyncCommand;
import org.blkdelta.compat.VmdksyncCommand;
import org.blkdelta.failure.SyncException;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.report.Version;
import org.blkdelta.run.Stop;
import org.blkdelta.usage.HelpPage;
import org.blkdelta.usage.Mistake;
import org.blkdelta.usage.OptionAdvice;
import org.blkdelta.usage.ReadyTexts;
import org.blkdelta.usage.WordOrder;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/// Builds the command line and runs it; every failure becomes a message and an exit code here.
final class CommandLines {

  private final Streams streams;
  private final Stop stop;

  CommandLines(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  /// Runs one command line and returns its exit status.
  int run(List<String> typed) {
    var arguments = WordOrder.of(typed);
    int status =
        ReadyTexts.to(arguments, streams.width())
            .map(this::printed)
            .orElseGet(() -> executed(arguments));
    if (streams.out().checkError() && status == ExitCode.DONE.number()) {
      streams.say(
          "standard output: cannot be written: is the disk full, or its reader gone? what it has is"
              + " incomplete");
      return ExitCode.UNCONFIRMED.number();
    }
    return status;
  }

  private int executed(List<String> arguments) {
    if (arguments.contains("")) {
      streams.say("an argument is empty; is a variable of the command line unset?");
      return ExitCode.USAGE.number();
    }
    var names = commands().stream().map(Subcommand::name).toList();
    if (!arguments.isEmpty() && isUnknown(arguments.getFirst(), names)) {
      var known = commands().stream().filter(command -> !command.isHidden());
      return usage(Mistake.command(arguments.getFirst(), known.map(Subcommand::name).toList()));
    }
    streams.progress().listen(streams);
    return build(arguments).execute(arguments.toArray(String[]::new));
  }

  private static boolean isUnknown(String command, List<String> names) {
    return !command.startsWith("-") && !names.contains(command);
  }

  private int printed(String answer) {
    streams.out().print(answer);
    return ExitCode.DONE.number();
  }

  /// Returns the commands; man pages, completions and the ready help are made from them.
  CommandLine build() {
    return build(commands(), List.of());
  }

  /// Returns the commands that are named, or if none is, a list of all. Reading what a command
  /// takes from its annotations is most of the time that the program needs to start.
  private CommandLine build(List<String> arguments) {
    var named = commands().stream().filter(command -> arguments.contains(command.name())).toList();
    return build(named, named.isEmpty() ? commands() : List.of());
  }

  private CommandLine build(List<Subcommand> made, List<Subcommand> listed) {
    var line = new CommandLine(new BlkdeltaCommand());
    var whole = new ArrayList<>(List.of(line));
    for (var command : made) {
      whole.add(SourceOptions.lineOf(command.made().get()));
      line.addSubcommand(command.name(), whole.getLast());
    }
    for (var command : listed) {
      line.addSubcommand(command.name(), command.listed());
    }
    line.setExpandAtFiles(false);
    line.setOut(new PrintWriter(streams.out(), true, streams.out().charset()));
    line.setErr(new PrintWriter(streams.err(), true, streams.err().charset()));
    line.setUsageHelpWidth(Math.clamp(streams.width(), 60, 100));
    line.setUsageHelpAutoWidth(false);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.registerConverter(Path.class, Path::of);
    line.setExitCodeExceptionMapper(this::exitCode);
    line.setParameterExceptionHandler(
        (fault, args) -> usage(Mistake.of(fault, List.of(args), this::shown)));
    line.setExecutionExceptionHandler((fault, command, result) -> failed(fault, command));
    whole.forEach(CommandLines::describe);
    return line;
  }

  private List<Subcommand> commands() {
    return List.of(
        new Subcommand(InspectCommand.class, () -> new InspectCommand(streams, stop)),
        new Subcommand(CopyCommand.class, () -> new CopyCommand(streams, stop)),
        new Subcommand(SyncCommand.class, () -> new SyncCommand(streams, stop)),
        new Subcommand(VerifyCommand.class, () -> new VerifyCommand(streams, stop)),
        new Subcommand(DumpCommand.class, () -> new DumpCommand(streams, stop)),
        new Subcommand(ApplyCommand.class, () -> new ApplyCommand(streams, stop)),
        new Subcommand(LvmsyncCommand.class, () -> new LvmsyncCommand(streams, stop)),
        new Subcommand(
            VmdksyncCommand.class, () -> new VmdksyncCommand(streams, stop, new ReportOptions())),
        new Subcommand(MigrateCommand.class, () -> new MigrateCommand(streams, stop)),
        new Subcommand(StateCommand.class, () -> new StateCommand(streams)),
        new Subcommand(
            ServeCommand.class,
            () ->
                new ServeCommand(
                    streams, stop, () -> Optional.ofNullable(System.getenv(ServeCommand.ASKED)))),
        new Subcommand(HelpCommand.class, () -> new HelpCommand(this::run)),
        new Subcommand(DemoCommand.class, () -> new DemoCommand(streams)),
        new Subcommand(ReceiveCommand.class, () -> new ReceiveCommand(streams, stop)),
        new Subcommand(SendCommand.class, () -> new SendCommand(streams, stop)),
        new Subcommand(GuardianCommand.class, () -> new GuardianCommand(streams)),
        new Subcommand(MachineCommand.class, () -> new MachineCommand(streams)),
        new Subcommand(JoinCommand.class, () -> new JoinCommand(streams)));
  }

  private static void describe(CommandLine command) {
    HelpPage.addTo(command);
    command.getCommandSpec().versionProvider(() -> Version.lines().toArray(String[]::new));
  }

  private int exitCode(Throwable fault) {
    return fault instanceof SyncException told ? ExitCode.of(told).number() : ExitCode.BUG.number();
  }

  private int usage(Mistake mistake) {
    mistake.lines().forEach(streams.err()::println);
    return ExitCode.USAGE.number();
  }

  /// Returns all commands that are for people.
  private List<CommandSpec> shown() {
    return specs(commands().stream().filter(command -> !command.isHidden()));
  }

  private static List<CommandSpec> specs(Stream<Subcommand> commands) {
    return commands
        .map(command -> SourceOptions.lineOf(command.made().get()).getCommandSpec())
        .toList();
  }

  /// Names options as the user of the running command can give them. The remote side's commands are
  /// not for people, and pass on what the near side's command understands.
  private String fitted(String message, CommandSpec running) {
    if (running.usageMessage().hidden()) {
      return message;
    }
    var others = List.of("sync", "apply", "verify", "copy");
    return OptionAdvice.fitted(
        message,
        running,
        specs(
            commands().stream()
                .filter(command -> others.contains(command.name()))
                .sorted(Comparator.comparing(command -> others.indexOf(command.name())))));
  }

  private int failed(Exception fault, CommandLine running) {
    if (fault instanceof SyncException told) {
      streams.say(fitted(String.valueOf(told.getMessage()), running.getCommandSpec()));
      return ExitCode.of(told).number();
    }
    if (fault instanceof InvalidPathException) {
      streams.say(fault.getMessage() + "; give a path that this system can name");
      return ExitCode.USAGE.number();
    }
    if (fault instanceof IOException) {
      streams.say(SyncException.describe(fault));
    }
    streams.say("internal error; please report it with what follows");
    fault.printStackTrace(streams.err());
    return ExitCode.BUG.number();
  }
}
