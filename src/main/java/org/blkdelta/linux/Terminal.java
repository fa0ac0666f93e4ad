package org.blkdelta.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What is known of the terminal behind one of the process's own file descriptors (0, 1, 2).
public final class Terminal {

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final Path DEVICES = Path.of("/dev");
  private static final Path NULL = DEVICES.resolve("null");

  private Terminal() {}

  /// Returns whether a descriptor is a terminal.
  public static boolean is(int descriptor) {
    return mayBe(descriptor) && NativeFile.isTerminal(descriptor);
  }

  /// Returns the width in columns of the terminal behind a descriptor, or 0 if there is none.
  public static int width(int descriptor) {
    return mayBe(descriptor) ? NativeFile.terminalWidth(descriptor) : 0;
  }

  /// Returns false for pipes, sockets and files, which have no name below /dev; see proc(5),
  /// /proc/pid/fd. The system call itself costs a fifth of the time that the program needs to
  /// start, because the first one of a process has to be linked.
  private static boolean mayBe(int descriptor) {
    try {
      var name = Files.readSymbolicLink(DESCRIPTORS.resolve(Integer.toString(descriptor)));
      return name.startsWith(DEVICES) && !name.equals(NULL);
    } catch (IOException unknown) {
      return true; // no /proc; the system call will know
    }
  }
}
