package org.blkdelta.uml;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.opentest4j.AssertionFailedError;

/// A Linux machine of the test's own: a whole kernel (user-mode Linux) that runs as an ordinary
/// program, with scratch disks, device-mapper and LVM. It sees every program and file of the host
/// and can change none of them but those in [#results()].
///
/// The disks live as long as this object. Each [#run(String)] boots the machine anew, so a test of
/// a power cut is a [#cut] and a run that looks at what is left: the disks have what the guest's
/// kernel had handed to them. Closing it deletes everything.
///
/// Not for use by several threads; several guests may run at a time.
public final class UmlGuest implements Closeable {

  private static final Path MEMORY_FILES = Path.of("/dev/shm");
  private static final List<String> PROGRAMS =
      List.of(
          "linux.uml",
          "lvs",
          "dmsetup",
          "cc",
          "modprobe",
          "thin_delta",
          "sshd",
          "openssl",
          "perl",
          "python3");

  private final Path directory;
  private final List<Path> disks = new ArrayList<>();
  private final String memory;
  private final Duration timeout;
  private final List<String> card;

  private UmlGuest(Builder builder) throws IOException {
    memory = builder.memory;
    timeout = builder.timeout;
    card = builder.card;
    directory = Files.createTempDirectory(scratch(), "blkdelta-uml-");
    for (var part : List.of("console", "kernel", "guest/results")) {
      Files.createDirectories(directory.resolve(part));
    }
    for (var size : builder.disks) {
      disks.add(sparse(directory.resolve("disk" + disks.size()), bytes(size)));
    }
    for (var script : List.of("run.sh", "prelude.sh")) {
      Files.copy(resource(script), guest(script));
    }
    Files.writeString(guest("environment.sh"), exports(builder.environment));
  }

  /// Starts the description of a guest that has no disks, 512 MiB of memory and two minutes' time.
  public static Builder builder() {
    return new Builder();
  }

  /// Boots the guest, has it run a bash script as root, and waits for its end or the time limit.
  /// The script runs under `set -euo pipefail` with the words of `prelude.sh`, with `JAVA_HOME` the
  /// test's own, and with `$RESULTS` the directory that is [#results()] here. No process of the
  /// guest is left when this returns, whatever happened.
  public Run run(String script) throws IOException {
    prepare(script);
    long start = System.nanoTime();
    await(start());
    return result(Run.TIMED_OUT, Duration.ofNanos(System.nanoTime() - start));
  }

  /// Runs a script as [#run] does, and cuts the power in the middle of it: all that is the guest is
  /// killed at once. What only its memory had is lost, the pages among it that no one had flushed.
  ///
  /// @param after when: so long after the script has made the file `$RESULTS/begun`
  /// @return [Run#CUT], or how the script ended where it was faster
  public Run cut(String script, Duration after) throws IOException {
    prepare(script);
    var begun = results().resolve("begun");
    Files.deleteIfExists(begun);
    long start = System.nanoTime();
    var process = start();
    try {
      while (Files.notExists(begun) && !process.waitFor(5, TimeUnit.MILLISECONDS)) {
        // it boots
      }
      process.waitFor(after.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // and so ends the guest below
    }
    process.getOutputStream().close();
    await(process);
    return result(Run.CUT, Duration.ofNanos(System.nanoTime() - start));
  }

  private void prepare(String script) throws IOException {
    Files.writeString(guest("script.sh"), script);
    Files.deleteIfExists(guest("status"));
    Files.deleteIfExists(ended());
  }

  /// Returns the directory that guest and test share. What the guest leaves there is whole only
  /// where its run ended orderly, or after a `sync`.
  public Path results() {
    return guest("results");
  }

  /// Returns the file behind `/dev/ubda` (0), `/dev/ubdb` (1) and so on. To be changed only while
  /// the guest does not run.
  public Path disk(int index) {
    return disks.get(index);
  }

  /// Returns where everything is that belongs to the guest; its name is in the command line of all
  /// of the guest's processes.
  Path directory() {
    return directory;
  }

  @Override
  public void close() throws IOException {
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  private Process start() throws IOException {
    var command = new ArrayList<>(List.of("bash", resource("host.sh").toString()));
    command.addAll(List.of(directory.toString(), Long.toString(timeout.toSeconds())));
    command.addAll(List.of("linux.uml", "mem=" + memory, "root=/dev/root", "rootfstype=hostfs"));
    command.addAll(List.of("rootflags=/", "ro", "quiet", "panic=1"));
    command.addAll(List.of("uml_dir=" + directory.resolve("kernel"), "umid=guest"));
    command.addAll(List.of("con=null", "con0=null,fd:7", "con1=null,fd:8", "con2=null,fd:9"));
    for (int i = 0; i < disks.size(); i++) {
      command.add("ubd" + i + "=" + disks.get(i));
    }
    command.addAll(card);
    command.addAll(List.of("init=/bin/bash", "GUEST=" + directory.resolve("guest")));
    command.addAll(List.of("--", resource("init.sh").toString()));
    var builder = new ProcessBuilder(command);
    builder.redirectErrorStream(true).redirectOutput(console("host").toFile());
    builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
    return builder.start();
  }

  /// Waits for `host.sh`, which keeps the time. It ends the guest early when its own input ends, so
  /// no guest outlives this JVM either.
  private static void await(Process process) throws IOException {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      process.getOutputStream().close();
      process.onExit().join();
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the guest was running");
    }
  }

  private Run result(int killed, Duration took) throws IOException {
    int status = Files.exists(ended()) ? Run.DIED : killed;
    if (Files.exists(guest("status"))) {
      status = Integer.parseInt(Files.readString(guest("status")).strip());
    }
    var log = text("host") + text("uml") + text("kernel");
    return new Run(status, text("stdout"), text("stderr"), log, took);
  }

  private String text(String stream) throws IOException {
    // Not Files.readString: a guest may print anything, and dies in the middle of a character.
    return Files.exists(console(stream))
        ? new String(Files.readAllBytes(console(stream)), UTF_8)
        : "";
  }

  private Path guest(String file) {
    return directory.resolve("guest").resolve(file);
  }

  private Path console(String stream) {
    return directory.resolve("console").resolve(stream);
  }

  private Path ended() {
    return directory.resolve("ended");
  }

  /// Returns where the guest's files go: into memory where there is some, since device-mapper
  /// flushes its disks all the time.
  private static Path scratch() throws IOException {
    boolean memory =
        Files.isWritable(MEMORY_FILES)
            && Files.getFileStore(MEMORY_FILES).getUsableSpace() >= bytes("2G");
    return memory ? MEMORY_FILES : Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
  }

  private static Path sparse(Path file, long size) throws IOException {
    try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.setLength(size);
    }
    return file;
  }

  private static long bytes(String size) {
    long number = Long.parseLong(size.substring(0, size.length() - 1));
    return switch (size.charAt(size.length() - 1)) {
      case 'K' -> number << 10;
      case 'M' -> number << 20;
      case 'G' -> number << 30;
      default -> throw new IllegalArgumentException("a size is like 64M, not " + size);
    };
  }

  private static String exports(Map<String, String> environment) {
    var lines = new StringBuilder();
    environment.forEach(
        (name, value) ->
            lines.append("export %s='%s'\n".formatted(name, value.replace("'", "'\\''"))));
    return lines.toString();
  }

  /// Returns a script as a file, since the guest reads it through its own file system.
  static Path resource(String name) {
    try {
      var resource = Objects.requireNonNull(UmlGuest.class.getResource("/uml/" + name), name);
      return Path.of(resource.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /// Skips the test, or fails it on a CI server, if the programs that a guest needs are missing.
  static void require(List<String> programs, List<Path> directories, boolean ci) {
    var missing =
        programs.stream()
            .filter(
                name -> directories.stream().noneMatch(d -> Files.isExecutable(d.resolve(name))))
            .toList();
    var message =
        "no user-mode-linux guest without %s; apt-get install user-mode-linux lvm2 dmsetup kmod"
                .formatted(String.join(", ", missing))
            + " thin-provisioning-tools openssh-server openssl perl python3 gcc libc6-dev";
    if (!missing.isEmpty() && ci) {
      Assertions.fail(message);
    }
    Assumptions.assumeTrue(missing.isEmpty(), message);
  }

  private static List<Path> path() {
    var path = System.getenv().getOrDefault("PATH", "/usr/bin") + ":/usr/sbin:/sbin";
    return Arrays.stream(path.split(":", -1)).map(Path::of).toList();
  }

  /// How a script in a guest ended.
  ///
  /// @param status its exit status, or [#DIED], [#TIMED_OUT] or [#CUT]
  /// @param stdout what the script printed
  /// @param stderr what the script printed to its standard error
  /// @param kernelLog what the guest's kernel had to say
  /// @param took the time from start to end, boot and all
  public record Run(int status, String stdout, String stderr, String kernelLog, Duration took) {

    /// The guest ended before its script: it crashed, or the script stopped it dead.
    public static final int DIED = -1;

    /// The time limit came first.
    public static final int TIMED_OUT = -2;

    /// The power was cut.
    public static final int CUT = -3;

    /// Returns this, or fails the test with everything there is to say where the script failed.
    public Run ok() {
      if (status != 0) {
        throw new AssertionFailedError("the guest's script failed:\n" + this, 0, status);
      }
      return this;
    }

    @Override
    public String toString() {
      var end =
          switch (status) {
            case DIED -> "died";
            case TIMED_OUT -> "killed by the time limit";
            case CUT -> "cut";
            default -> "status " + status;
          };
      return "%s after %d ms%nstdout:%n%s%nstderr:%n%s%nkernel:%n%s"
          .formatted(end, took.toMillis(), stdout, stderr, kernelLog);
    }
  }

  /// What a guest is to have.
  public static final class Builder {

    private final Map<String, String> environment = new LinkedHashMap<>();
    private List<String> disks = List.of();
    private String memory = "512M";
    private Duration timeout = Duration.ofMinutes(2);
    private List<String> card = List.of();

    private Builder() {
      environment("JAVA_HOME", System.getProperty("java.home", ""));
    }

    /// Sets the sizes of the disks, such as `64M` or `1088K`: at most eight, all zero at first, and
    /// `/dev/ubda`, `/dev/ubdb`, … in the guest.
    public Builder disks(String... sizes) {
      disks = List.of(sizes);
      return this;
    }

    /// Sets the size of the memory, such as `768M`; files that the guest writes are in it too.
    public Builder memory(String size) {
      memory = size;
      return this;
    }

    /// Sets how long one run may take, boot (3 to 5 s) and all.
    public Builder timeout(Duration limit) {
      timeout = limit;
      return this;
    }

    /// Lays a wire to another guest, which says the same two ports the other way round: a network
    /// card `vec0` whose frames go over UDP on the host's loopback interface.
    public Builder wire(int port, int otherPort) {
      card =
          List.of(
              "vec0:transport=l2tpv3,udp=1,rx_session=1,tx_session=1,src=127.0.0.1,dst=127.0.0.1"
                  + ",srcport=%d,dstport=%d".formatted(port, otherPort));
      return this;
    }

    /// Sets a variable in the environment of the script.
    public Builder environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /// Returns the guest, switched off. If the host lacks a program for it, the test that called
    /// is skipped, or fails if `CI` is `true`.
    public UmlGuest build() throws IOException {
      require(PROGRAMS, path(), "true".equals(System.getenv("CI")));
      return new UmlGuest(this);
    }
  }
}
