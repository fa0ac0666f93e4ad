package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Which processes have a device or file open, as far as `/proc/PID/fd` can be read: all of them
/// for root, the user's own for others. Devices are known by their numbers and files by their
/// inodes, not by their names. See proc(5).
public final class Openers {

  /// A look at the file of a network that does not answer can last for ever.
  private static final long MAX_SECONDS = 20;

  private static final int ACCESS_MODE = 3;
  private static final int O_PATH = 010000000;

  /// The class in the command line of blkdelta's processes.
  private static final String MAIN = "org.blkdelta.cli.Main";

  /// An open file.
  ///
  /// @param name of the process that has it open
  /// @param isWriter whether it is open for writing
  /// @param isOwn whether the process is this one
  public record Opener(long pid, String name, boolean isWriter, boolean isOwn) {

    @Override
    public String toString() {
      return "%s (process %d)".formatted(name, pid);
    }
  }

  /// Tells what a path leads to: a device by its number, and a file by its inode.
  @FunctionalInterface
  interface Identities {

    /// Returns what equals only that of the same device or file, or empty if it leads nowhere.
    ///
    /// @param status to ask with
    Optional<Object> of(String path, FileStatus status);
  }

  private final Path proc;
  private final Identities identities;

  /// Creates one that reads below the given `/proc`.
  public Openers(Path proc) {
    this(proc, Openers::identity);
  }

  Openers(Path proc, Identities identities) {
    this.proc = proc;
    this.identities = identities;
  }

  /// Returns every open file description of what has the bytes of `stack`, this process's own too.
  ///
  /// @throws IOException if a path cannot be looked up, or the search takes too long
  public List<Opener> of(DeviceStack stack) throws IOException {
    var wanted = new HashSet<Object>(stack.same());
    try (var status = new FileStatus()) {
      for (var file : stack.files()) {
        if (DeviceNumber.isOnHost(file)) {
          identities.of(file.toAbsolutePath().toString(), status).ifPresent(wanted::add);
        }
      }
    }
    if (wanted.isEmpty()) {
      return List.of();
    }
    var search = new FutureTask<>(() -> search(wanted));
    Thread.ofPlatform().daemon().name("open files").start(search);
    try {
      return search.get(MAX_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException slow) {
      throw new IOException(
          "%s: looking through the open files of all processes took more than %d seconds; does a network file system hang?"
              .formatted(proc, MAX_SECONDS),
          slow);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException(proc + ": interrupted", stopped);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof IOException fault) {
        throw fault;
      }
      throw new IllegalStateException(failed.getCause());
    }
  }

  private List<Opener> search(Set<Object> wanted) throws IOException {
    var found = new ArrayList<Opener>();
    if (!Files.isDirectory(proc)) {
      return found;
    }
    var own = Files.exists(proc.resolve("self")) ? proc.resolve("self").toRealPath() : proc;
    try (var processes = Files.newDirectoryStream(proc, "[0-9]*");
        var status = new FileStatus()) {
      for (var process : processes) {
        boolean isOwn = process.getFileName().equals(own.getFileName());
        for (var file : files(process)) {
          var identity = identities.of(process + "/fd/" + file, status);
          if (identity.isPresent() && wanted.contains(identity.get())) {
            opener(process, file, isOwn).ifPresent(found::add);
          }
        }
      }
    }
    return found;
  }

  /// Returns the names of a process's open files: none if it has ended, or is another user's.
  private static String[] files(Path process) {
    return Objects.requireNonNullElse(process.resolve("fd").toFile().list(), new String[0]);
  }

  /// Returns empty if the file has been closed meanwhile.
  private static Optional<Opener> opener(Path process, String file, boolean isOwn) {
    try {
      return Optional.of(openFile(process, file, isOwn));
    } catch (IOException closed) {
      return Optional.empty();
    }
  }

  private static Opener openFile(Path process, String file, boolean isOwn) throws IOException {
    var info = process.resolve("fdinfo").resolve(file);
    int flags = 0;
    for (var line : DeviceUse.text(info).lines().toList()) {
      if (line.startsWith("flags:")) {
        flags = Integer.parseInt(line.substring("flags:".length()).strip(), 8);
      }
    }
    boolean isWriter = (flags & ACCESS_MODE) != 0 && (flags & O_PATH) == 0;
    long pid = Long.parseLong(process.getFileName().toString());
    return new Opener(pid, name(process), isWriter, isOwn);
  }

  /// Returns the name that people know a process by: blkdelta's own is that of its Java.
  private static String name(Path process) throws IOException {
    var command = process.resolve("cmdline");
    boolean isBlkdelta =
        Files.exists(command) && List.of(DeviceUse.text(command).split("\0")).contains(MAIN);
    return isBlkdelta ? "blkdelta" : DeviceUse.text(process.resolve("comm")).strip();
  }

  /// Returns the identity of what is on this host. It may have tens of thousands of open files, so
  /// each is one system call.
  static Optional<Object> identity(String path, FileStatus status) {
    if (!status.ask(path)) {
      return Optional.empty();
    }
    return Optional.of(
        status.isBlockDevice() ? status.number() : new Inode(status.fileSystem(), status.inode()));
  }

  private record Inode(DeviceNumber fileSystem, long number) {}
}
