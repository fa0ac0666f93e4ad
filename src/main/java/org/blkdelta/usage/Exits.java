package org.blkdelta.usage;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.blkdelta.report.ExitCode;
import picocli.CommandLine.Model.CommandSpec;

/// The exit codes that a command can give.
public final class Exits {

  /// What any run can end with.
  private static final Set<ExitCode> ANY =
      EnumSet.of(
          ExitCode.BUG,
          ExitCode.USAGE,
          ExitCode.HUNG_UP,
          ExitCode.INTERRUPTED,
          ExitCode.TERMINATED);

  private Exits() {}

  /// Returns those of a command, in their order; all of them of the top.
  public static List<ExitCode> of(CommandSpec command) {
    var usage = command.userObject().getClass().getAnnotation(Usage.class);
    var codes = EnumSet.allOf(ExitCode.class);
    if (usage != null) {
      var own = Arrays.asList(usage.exits());
      codes.removeIf(code -> !ANY.contains(code) && !own.contains(code));
    }
    return List.copyOf(codes);
  }

  /// Returns what a code of a command says.
  public static String meaning(CommandSpec command, ExitCode code) {
    var usage = command.userObject().getClass().getAnnotation(Usage.class);
    if (usage != null && code == ExitCode.DONE && !usage.done().isEmpty()) {
      return usage.done();
    }
    return usage != null && usage.onlyLooks() ? code.meaningOfLooking() : code.meaning();
  }
}
