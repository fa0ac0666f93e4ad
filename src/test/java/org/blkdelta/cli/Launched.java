package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.blkdelta.disk.Programs;

/// The built program in a process of its own, started by its launcher. Closing it kills it.
public final class Launched implements Closeable {

  /// Starts what follows with a signal's usual effect: a build that runs in the background of a
  /// shell ignores SIGINT, and so would everything that it starts.
  public static final List<String> HEARING_INT = List.of("env", "--default-signal=INT");

  private static final long LIMIT_SECONDS = 60;

  private final Process process;
  private final Path complaints;

  private Launched(Process process, Path complaints) {
    this.process = process;
    this.complaints = complaints;
  }

  /// Returns the launcher of the image that was built.
  static Path launcher() {
    var image = Objects.requireNonNull(System.getProperty("blkdelta.image"), "run by failsafe");
    return Path.of(image, "bin", "blkdelta");
  }

  /// Starts it; standard error goes to a file in `folder`.
  public static Launched start(Path folder, Object... arguments) throws IOException {
    var words = new ArrayList<>(List.of("sh", launcher().toString()));
    words.addAll(Arrays.stream(arguments).map(Object::toString).toList());
    return command(folder, words);
  }

  /// Starts a shell that has it as `$BLKDELTA`.
  static Launched shell(Path folder, String script) throws IOException {
    return command(folder, List.of("sh", "-c", script));
  }

  private static Launched command(Path folder, List<String> words) throws IOException {
    var complaints = Files.createTempFile(folder, "stderr", "");
    var command = new ArrayList<>(HEARING_INT);
    command.addAll(words);
    var builder = new ProcessBuilder(command).redirectError(complaints.toFile());
    builder.environment().put("BLKDELTA", "sh " + launcher());
    return new Launched(builder.start(), complaints);
  }

  OutputStream stdin() {
    return process.getOutputStream();
  }

  public InputStream stdout() {
    return process.getInputStream();
  }

  boolean isRunning() {
    return process.isAlive();
  }

  /// Sends it a signal by name, such as `TERM`.
  void signal(String name) throws IOException {
    Programs.run("kill", "-" + name, Long.toString(process.pid()));
  }

  /// Kills it, if it has not ended.
  void kill() {
    process.destroyForcibly();
  }

  /// Waits for its end and returns its exit status.
  public int status() {
    try {
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("still running after %d seconds".formatted(LIMIT_SECONDS));
      }
      return process.exitValue();
    } catch (InterruptedException stopped) {
      throw new AssertionError(stopped);
    }
  }

  /// Returns what it told people up to now.
  public String stderr() throws IOException {
    return new String(Files.readAllBytes(complaints), UTF_8);
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    process.onExit().join();
    try (var in = stdin();
        var out = stdout()) {
      in.flush();
      out.skip(0);
    } catch (IOException broken) {
      // its end of the pipes is gone
    }
  }
}
