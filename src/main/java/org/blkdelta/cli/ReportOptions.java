package org.blkdelta.cli;

import com.google.gson.JsonObject;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.blkdelta.disk.DeviceNumber;
import org.blkdelta.extent.Fuel;
import org.blkdelta.failure.UsageException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// What a run tells, and how.
@Command(optionListHeading = "Output:")
final class ReportOptions {

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but warnings and failures.")
  boolean quiet;

  @Option(
      names = {"-v", "--verbose"},
      description = "Tell more: what is read, and how the connection to the remote side is made.")
  boolean verbose;

  @Option(
      names = "--progress",
      paramLabel = "KIND",
      defaultValue = "auto",
      description =
          "auto: a line that is drawn over on a terminal, a line now and then in a log; none: nothing,"
              + " unless SIGUSR1 or SIGQUIT asks for a line;"
              + " json or json:FD: a JSON object a line, to standard error or to a file descriptor that"
              + " the shell has opened, as in --progress=json:3 3>FILE. Where the source is a classic"
              + " snapshot of this machine, it is also told how full its store is, and when it will"
              + " be at the rate of the last minute (in JSON: fuel, 0 to 1, and secondsToFull)."
              + " Default: ${DEFAULT-VALUE}.")
  String progress = "auto";

  @Option(
      names = "--json",
      description =
          "Print the result as one JSON object to standard output: extents, bytes, zeroBytes,"
              + " wireBytes, seconds, digest, dryRun, sourceMovedOn (verify: see there). Does nothing in dump, whose standard output is"
              + " the stream.")
  boolean json;

  @Option(
      names = "--receipt",
      paramLabel = "FILE",
      description =
          "At the end, write down what the run did to FILE of this machine, or to standard output if"
              + " that is -, as a JSON object, also if it failed: from what, to what, how much, digests,"
              + " times, whether it was verified; see docs/receipt.md. FILE is for its owner only, and"
              + " replaces nothing but a regular file.")
  @Nullable Path receipt;

  /// Returns the receipt of a run, which writes one where the user wants it.
  ///
  /// @param from the source or stream, `to` the destination
  Receipt receipt(String from, String to, Streams streams) {
    return receipt(from, to, new DestinationOptions(), streams);
  }

  /// Returns the receipt of a run that writes to a destination.
  ///
  /// @param from the source or stream, `to` the destination
  Receipt receipt(String from, String to, DestinationOptions options, Streams streams) {
    var undo = Optional.ofNullable(options.undo).map(Path::toString);
    return new Receipt(
        output(streams), from, to, undo.stream().toList(), options.dryRun, streams::warn);
  }

  /// Returns where the receipt goes, if somebody wants one.
  Optional<OutputFile> output(Streams streams) {
    return Optional.ofNullable(receipt).map(file -> new OutputFile("the receipt", file, streams));
  }

  /// Prints a result where it belongs: data to standard output, words to standard error.
  void print(Streams streams, JsonObject json, String text) {
    if (this.json) {
      streams.out().println(json);
    } else if (!quiet) {
      streams.err().println("blkdelta: " + text);
    }
  }

  /// Tells a detail, if the user wants to know.
  void tell(Streams streams, String detail) {
    if (verbose) {
      streams.say(detail);
    }
  }

  /// Returns a meter for a run of so many bytes.
  ProgressMeter meter(Streams streams, long totalBytes) throws IOException {
    return meter(streams, totalBytes, Optional::empty);
  }

  /// Returns a meter for a run of so many bytes.
  ///
  /// @param fuel how full the source's snapshot is, if it has one
  ProgressMeter meter(Streams streams, long totalBytes, Supplier<Optional<Fuel>> fuel)
      throws IOException {
    var meter = made(streams, totalBytes, fuel);
    streams.progress().follow(meter);
    return meter;
  }

  private ProgressMeter made(Streams streams, long totalBytes, Supplier<Optional<Fuel>> fuel)
      throws IOException {
    if (progress.equals("json")) {
      return new JsonMeter(streams.err(), totalBytes, fuel);
    }
    if (progress.matches("json:[0-9]{1,4}")) {
      var number = progress.substring("json:".length());
      return new JsonMeter(descriptor(number, "--progress=" + progress), totalBytes, fuel);
    }
    return switch (progress) {
      case "auto" -> new TextMeter(streams, totalBytes, fuel, quiet);
      case "none" -> new TextMeter(streams, totalBytes, fuel, true);
      default ->
          throw new UsageException("--progress=" + progress + ": use auto, none or json[:FD]");
    };
  }

  /// Opens a descriptor that was handed to this process for writing. The JVM has files of its own
  /// open, jars among them, but those only for reading; devices are never meant.
  ///
  /// @param name what messages call it
  static PrintStream descriptor(String number, String name) throws IOException {
    var path = Path.of("/proc/self/fd", number);
    try {
      if (!isWritable(number) || DeviceNumber.of(path).isPresent()) {
        throw new UsageException(
            "%s: the shell has opened no file for writing as %s; say %s>FILE"
                .formatted(name, number, number));
      }
      return new PrintStream(
          new FileOutputStream(path.toString(), true), true, StandardCharsets.UTF_8);
    } catch (FileNotFoundException | NoSuchFileException closed) {
      throw new UsageException(name + ": no such open descriptor", closed);
    }
  }

  /// Reads the access mode from the last octal digit of the flags; see proc(5), fdinfo.
  private static boolean isWritable(String number) throws IOException {
    for (var line : Files.readAllLines(Path.of("/proc/self/fdinfo", number))) {
      if (line.startsWith("flags:")) {
        return (line.charAt(line.length() - 1) & 3) != 0;
      }
    }
    return false;
  }
}
