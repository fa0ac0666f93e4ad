package org.blkdelta.host;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.Signals;
import org.blkdelta.linux.User;
import org.jspecify.annotations.Nullable;

/// Runs the host's own programs, with a time limit and a limit on what they print.
public final class HostCommands implements InputCommands {

  /// lvs may have to wait for a lock; a suspended device makes commands hang for ever.
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /// Programs that ask the kernel what only root may know.
  private static final Set<String> ROOTS = Set.of("dmsetup", "lvs");

  private static final int MAX_BYTES = 64 << 20;

  /// Where LVM's configuration, its devices and their nodes are, and whether udev makes the nodes.
  private static final Set<String> LVM_PLACES =
      Set.of("LVM_SYSTEM_DIR", "LVM_DEVICES_FILE", "DM_DEV_DIR", "DM_DISABLE_UDEV");

  /// POSIXLY_CORRECT makes dmsetup take options that come after its command for names.
  private static final Set<String> OTHERS = Set.of("LANG", "LANGUAGE", "POSIXLY_CORRECT");

  private final BooleanSupplier isRoot;
  private final SearchPath programs;
  private final Duration limit;

  /// Creates one for this process's user and its `PATH`.
  public HostCommands() {
    this(LIMIT);
  }

  /// Creates the same for programs that may take longer.
  public HostCommands(Duration limit) {
    this(User::isRoot, SearchPath.of(System.getenv("PATH")), limit);
  }

  /// @param isRoot whether this process may ask the kernel about devices
  HostCommands(BooleanSupplier isRoot, SearchPath programs) {
    this(isRoot, programs, LIMIT);
  }

  private HostCommands(BooleanSupplier isRoot, SearchPath programs, Duration limit) {
    this.isRoot = isRoot;
    this.programs = programs;
    this.limit = limit;
  }

  /// Runs a program. What device-mapper's and LVM's own say to someone who may not ask them is
  /// long, and beside the point.
  @Override
  public Outcome run(List<String> command) throws IOException {
    return run(command, new byte[0]);
  }

  @Override
  public Outcome run(List<String> command, byte[] input) throws IOException {
    var outcome = outcome(command, input);
    if (outcome.status() != 0 && ROOTS.contains(command.get(0)) && !isRoot.getAsBoolean()) {
      throw new NeedsRootException(command.get(0));
    }
    return outcome;
  }

  private Outcome outcome(List<String> command, byte[] input) throws IOException {
    var process = start(command, input.length > 0);
    var out = new Reader(process.getInputStream(), command.get(0) + " output");
    var err = new Reader(process.getErrorStream(), command.get(0) + " errors");
    try {
      InputCommands.feed(process.getOutputStream(), input);
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException(
            "%s: no answer within %d seconds; is a device suspended?"
                .formatted(String.join(" ", command), limit.toSeconds()));
      }
      return new Outcome(process.exitValue(), out.text(), err.text().strip());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException(command.get(0) + ": interrupted", stopped);
    } finally {
      process.destroyForcibly();
    }
  }

  /// Takes out what changes what the programs print. Which configuration and which devices LVM
  /// looks at stays as it is: lvs in the user's shell looks at the same.
  static void clean(Map<String, String> environment) {
    environment
        .keySet()
        .removeIf(
            name ->
                ((name.startsWith("LVM_") || name.startsWith("DM_")) && !LVM_PLACES.contains(name))
                    || name.startsWith("LC_")
                    || OTHERS.contains(name));
    environment.put("LC_ALL", "C");
    environment.put("LVM_SUPPRESS_FD_WARNINGS", "1");
  }

  private Process start(List<String> command, boolean reads) throws IOException {
    var name = command.get(0);
    var file =
        programs
            .find(name)
            .orElseThrow(
                () ->
                    new IOException(
                        name
                            + ": cannot be started: it is neither in PATH nor in /usr/sbin;"
                            + " install it"));
    var words = new ArrayList<>(command);
    words.set(0, file.toString());
    var builder = new ProcessBuilder(words);
    clean(builder.environment());
    if (!reads) {
      builder.redirectInput(Redirect.from(new File("/dev/null")));
    }
    try {
      return Signals.shielded(builder::start);
    } catch (IOException fault) {
      throw new IOException(
          "%s: cannot be started: %s".formatted(name, SyncException.describe(fault)), fault);
    }
  }

  /// Reads one stream beside the other, so that neither fills its pipe and stops the program.
  private static final class Reader {

    private final Thread thread;
    private volatile byte[] bytes = {};
    private volatile @Nullable IOException fault;

    Reader(InputStream stream, String name) {
      thread = Thread.ofPlatform().daemon().name(name).start(() -> read(stream));
    }

    String text() throws IOException, InterruptedException {
      thread.join();
      if (fault != null) {
        throw new IOException(thread.getName() + ": " + fault.getMessage(), fault);
      }
      return new String(bytes, StandardCharsets.UTF_8);
    }

    private void read(InputStream stream) {
      try (stream) {
        bytes = stream.readNBytes(MAX_BYTES);
        if (bytes.length == MAX_BYTES) {
          fault = new IOException("more than %d bytes".formatted(MAX_BYTES));
        }
      } catch (IOException unread) {
        fault = unread;
      }
    }
  }
}
