package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.blkdelta.destination.StateStore;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Progress;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Stop;
import org.blkdelta.usage.Exits;
import org.blkdelta.usage.WordOrder;

/// Runs command lines in this process.
public final class Cli {

  /// What became of one.
  ///
  /// @param status its exit status
  /// @param stdout what it printed, as text
  /// @param stderr what it told people
  public record Run(int status, String stdout, String stderr, Output out) {

    /// Returns what it printed, as bytes.
    public byte[] bytes() {
      return out.toByteArray();
    }

    /// Returns this, or fails the test with what the command said.
    public Run ok() {
      if (status != 0) {
        throw new AssertionError("exit status %d: %s".formatted(status, stderr));
      }
      return this;
    }
  }

  /// Bytes that were printed.
  public static final class Output extends ByteArrayOutputStream {}

  /// What all tests remember, but those that remember for themselves.
  public static final StateStore MEMORY = new StateStore(Path.of("target", "state-of-tests"));

  private final Output output = new Output();
  private InputStream in = new ByteArrayInputStream(new byte[0]);
  private OutputStream out = output;
  private boolean outIsTerminal;
  private int width = 80;
  private boolean unicode = true;
  private StateStore memory = MEMORY;
  private Consumer<String> listener = heard -> {};

  /// Runs a command line that reads nothing.
  public static Run run(Object... arguments) {
    return new Cli().with(arguments);
  }

  Cli reading(byte[] bytes) {
    return reading(new ByteArrayInputStream(bytes));
  }

  Cli reading(InputStream stream) {
    in = stream;
    return this;
  }

  Cli printingTo(OutputStream stream) {
    out = stream;
    return this;
  }

  Cli remembering(Path folder) {
    memory = new StateStore(folder);
    return this;
  }

  /// Has a listener hear all that is told people, in the moment when it is.
  Cli telling(Consumer<String> heard) {
    listener = heard;
    return this;
  }

  Cli onTerminal() {
    outIsTerminal = true;
    return this;
  }

  Cli width(int columns, boolean isUnicode) {
    width = columns;
    unicode = isUnicode;
    return this;
  }

  /// The exit codes that each command's help lists. Made when it is needed: not every test runs
  /// one.
  private static final class Documented {
    static final Map<String, Set<Integer>> CODES =
        Model.top().getSubcommands().entrySet().stream()
            .filter(command -> !command.getValue().getCommandSpec().usageMessage().hidden())
            .collect(
                toMap(
                    Map.Entry::getKey,
                    command ->
                        Exits.of(command.getValue().getCommandSpec()).stream()
                            .map(ExitCode::number)
                            .collect(toSet())));
  }

  /// Fails where a command ends with a code that its help does not list.
  private static void checkDocumented(List<String> words, int status) {
    var command = WordOrder.of(words).stream().findFirst().orElse("");
    var codes = Documented.CODES.get(command);
    if (codes != null && !codes.contains(status)) {
      throw new AssertionError(words + " ended with " + status + ", which its help does not list");
    }
  }

  /// Runs a command line; paths among its words may be given as they are.
  Run with(Object... arguments) {
    var err =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] from, int offset, int length) {
            super.write(from, offset, length);
            listener.accept(new String(from, offset, length, UTF_8));
          }
        };
    var streams =
        new Streams(
            in,
            out,
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            outIsTerminal,
            false,
            width,
            unicode,
            memory,
            Progress.unasked());
    var words = List.of(arguments).stream().map(Object::toString).toList();
    int status = new CommandLines(streams, new Stop()).run(words);
    checkDocumented(words, status);
    return new Run(status, output.toString(UTF_8), err.toString(UTF_8), output);
  }
}
