package org.blkdelta.cli;

import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import org.blkdelta.source.UseRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/// What to do about a source that somebody may still write to.
@Command(optionListHeading = "Source:")
final class UseOptions {

  @Option(
      names = "--wait-closed",
      arity = "0..1",
      paramLabel = "TIME",
      preprocessor = AttachedOnly.class,
      description = {
        "Wait until nothing has the source open, for TIME (90s, 10m, 2h) at most.",
        "For example until a virtual machine that was told to shut down is off. After TIME it is refused; without TIME it waits as long as it takes. Without this option, a source that anything has open is refused."
      })
  @Nullable String waitClosed;

  @Option(
      names = "--live",
      description = {
        "Send what there is, although the source is open.",
        "The exit code is 9: the copy is not final, and another run must follow when nothing writes any more."
      })
  boolean live;

  /// Leaves the next word alone, which is the source: a time must be attached.
  static final class AttachedOnly implements IParameterPreprocessor {
    @Override
    @SuppressWarnings("JdkObsolete") // picocli's own signature
    public boolean preprocess(
        Stack<String> words, CommandSpec command, ArgSpec option, Map<String, Object> info) {
      if (" ".equals(info.get("separator"))) {
        words.push("");
      }
      return false;
    }
  }

  /// Returns what the user wants.
  UseRequest request() {
    return new UseRequest(live, Optional.ofNullable(waitClosed));
  }
}
