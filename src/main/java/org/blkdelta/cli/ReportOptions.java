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
@Command(optionListHeading = "What is told:")
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
          "auto: a line that is drawn over on a terminal, a line now and then in a log; none: nothing;"
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
              + " wireBytes, seconds, digest, dryRun (verify: see there). Does nothing in dump, whose standard output is"
              + " the stream.")
  boolean json;

  @Option(
      names = "--receipt",
      paramLabel = "FILE",
      description =
          "At the end, write down what the run did to FILE of this machine, as a JSON object, also"
              + " where it failed: from what, to what, how much, digests, times, whether it was verified; see docs/receipt.md.")
  @Nullable Path receipt;

  /// Returns the receipt of a run, which writes one where the user wants it.
  ///
  /// @param from the source or stream, `to` the destination
  Receipt receipt(String from, String to, boolean dryRun, Streams streams) {
    return new Receipt(Optional.ofNullable(receipt), from, to, dryRun, streams::warn);
  }

  /// Prints a result where it belongs: data to standard output, words to standard error.
  void print(Streams streams, JsonObject json, String text) {
    if (this.json) {
      streams.out().println(json);
    } else if (!quiet) {
      streams.err().println("blkdelta: " + text);
    }
  }

  /// Tells a detail, where the user wants to know.
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
  /// @param fuel how full the source's snapshot is, where it has one
  ProgressMeter meter(Streams streams, long totalBytes, Supplier<Optional<Fuel>> fuel)
      throws IOException {
    if (progress.equals("json")) {
      return new JsonMeter(streams.err(), totalBytes, fuel);
    }
    if (progress.matches("json:[0-9]{1,4}")) {
      return new JsonMeter(descriptor(progress.substring("json:".length())), totalBytes, fuel);
    }
    return switch (progress) {
      case "auto" -> quiet ? ProgressMeter.NONE : new TextMeter(streams, totalBytes, fuel);
      case "none" -> ProgressMeter.NONE;
      default ->
          throw new UsageException("--progress=" + progress + ": use auto, none or json[:FD]");
    };
  }

  /// Opens a descriptor that was handed to this process for writing. The JVM has files of its own
  /// open, jars among them, but those only for reading; devices are never meant.
  private static PrintStream descriptor(String number) throws IOException {
    var path = Path.of("/proc/self/fd", number);
    try {
      if (!isWritable(number) || DeviceNumber.of(path).isPresent()) {
        throw new UsageException(
            "--progress=json:%s: the shell has opened no file for writing as %s; say %s>FILE"
                .formatted(number, number, number));
      }
      return new PrintStream(
          new FileOutputStream(path.toString(), true), true, StandardCharsets.UTF_8);
    } catch (FileNotFoundException | NoSuchFileException closed) {
      throw new UsageException("--progress=json:" + number + ": no such open descriptor", closed);
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
