package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.migrate.Journal.Line;
import org.blkdelta.migrate.Journal.Step;
import org.blkdelta.report.Descriptors;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Json;
import org.jspecify.annotations.Nullable;

/// Tells programs what a job does while it does it: a JSON object on each line, which
/// docs/events.schema.json describes. What cannot be told stops nothing: it is warned of at the
/// end.
final class Events implements Closeable {

  private static final int VERSION = 1;
  private static final Pattern DESCRIPTOR = Pattern.compile("fd:([0-9]{1,4})");
  private static final String BEGINNING = "{\"v\":1,";

  private final Optional<PrintStream> out;
  private final String job;

  /// What is told.
  ///
  /// @param event which, such as `send.done`
  private record Event(
      int v,
      String time,
      String event,
      String job,
      @Nullable Long round,
      @Nullable String disk,
      @Nullable Long bytes,
      @Nullable Double seconds,
      @Nullable String what,
      @Nullable Double fill,
      @Nullable Integer exitCode) {}

  private Events(Optional<PrintStream> out, String job) {
    this.out = out;
    this.job = job;
  }

  /// Opens where they go: to the end of a file, or to a descriptor that the shell has opened, by
  /// `fd:N`. The caller closes it.
  ///
  /// @throws RefusedException if the file holds something else
  static Events open(Optional<String> where, String job) throws IOException {
    if (where.isEmpty()) {
      return new Events(Optional.empty(), job);
    }
    var descriptor = DESCRIPTOR.matcher(where.get());
    return new Events(
        Optional.of(
            descriptor.matches()
                ? Descriptors.open(descriptor.group(1), "--events=" + where.get())
                : file(Path.of(where.get()))),
        job);
  }

  private static PrintStream file(Path file) throws IOException {
    if (Files.exists(file)) {
      if (!Files.isRegularFile(file) || !isOurs(file)) {
        throw new RefusedException(
            file + ": is not a file of events; name another file for --events");
      }
    } else if (!Files.isDirectory(file.toAbsolutePath().resolveSibling(""))) {
      throw new RefusedException(file + ": there is no such folder; name another for --events");
    }
    return new PrintStream(new FileOutputStream(file.toFile(), true), true, UTF_8);
  }

  private static boolean isOurs(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      var head = in.readNBytes(BEGINNING.length());
      return head.length == 0 || Arrays.equals(head, BEGINNING.getBytes(US_ASCII));
    }
  }

  /// Tells what was written to the journal.
  void accept(Line line) {
    if (line.step() == Step.BEGIN) {
      return;
    }
    var phase =
        switch (line.phase()) {
          case INTENT -> "begun";
          case DONE -> "done";
          case FAILED -> "failed";
        };
    tell(
        new Event(
            VERSION,
            line.time(),
            line.step().name().toLowerCase(Locale.ROOT) + "." + phase,
            job,
            line.round(),
            line.disk(),
            line.bytes(),
            line.seconds(),
            line.what(),
            line.fill(),
            null));
  }

  /// Tells how the command ended.
  void ended(ExitCode code, Instant now) {
    var time = now.truncatedTo(ChronoUnit.MILLIS).toString();
    var name = "command.ended";
    tell(new Event(VERSION, time, name, job, null, null, null, null, null, null, code.number()));
  }

  /// Returns whether something could not be told.
  boolean isLost() {
    return out.isPresent() && out.get().checkError();
  }

  private void tell(Event event) {
    out.ifPresent(to -> to.println(Json.line(event)));
  }

  @Override
  public void close() {
    out.ifPresent(PrintStream::close);
  }
}
