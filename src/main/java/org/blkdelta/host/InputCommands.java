package org.blkdelta.host;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/// Runs programs that have something to read. What they read is in no list of processes.
public interface InputCommands extends Commands {

  /// Runs a program, in the C locale. One that doesn't read all of it isn't told so.
  ///
  /// @throws IOException if it cannot be started, takes too long or prints absurdly much
  Outcome run(List<String> command, byte[] input) throws IOException;

  /// Gives a program what it reads, and then the end of it, beside what reads its output.
  static void feed(OutputStream stdin, byte[] input) throws IOException {
    if (input.length == 0) {
      stdin.close();
    } else {
      Thread.ofPlatform().daemon().name("input").start(() -> write(stdin, input));
    }
  }

  private static void write(OutputStream stdin, byte[] input) {
    try (stdin) {
      stdin.write(input);
    } catch (IOException unread) {
      // it has ended, and its status says why
    }
  }
}
