package org.blkdelta.linux;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import sun.misc.Signal;

/// The signals that ask for news, SIGUSR1 and SIGQUIT; those that end the program are the JVM's,
/// which runs its shutdown hooks.
@SuppressWarnings("restricted") // signal(2), which the launcher grants
public final class Signals {

  private static final int SIGQUIT = 3;

  /// SIG_IGN of signal.h.
  private static final MemorySegment IGNORE = MemorySegment.ofAddress(1);

  /// Linked when it is first used: that takes milliseconds.
  private static final class Native {
    static final Linker LINKER = Linker.nativeLinker();

    static final MethodHandle SIGNAL =
        LINKER.downcallHandle(
            address("signal"),
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

    static MemorySegment address(String function) {
      return LINKER.defaultLookup().find(function).orElseThrow();
    }
  }

  private Signals() {}

  /// Has a question answered that comes as SIGUSR1, at once, or as SIGQUIT (Ctrl-\ on a terminal),
  /// after three seconds.
  ///
  /// Java gives no SIGQUIT to anybody, but prints all of its threads. What the kernel calls in the
  /// place of that must be safe in the midst of anything, and is given the signal's number, 3:
  /// alarm(2) is, takes seconds, and sends a signal that Java does give away.
  ///
  /// @param answer run by another thread
  public static void onQuestion(Runnable answer) {
    Signal.handle(new Signal("USR1"), signal -> answer.run());
    Signal.handle(new Signal("ALRM"), signal -> answer.run());
    handle(Native.address("alarm"));
  }

  /// Starts a program.
  ///
  /// @param <T> what is started
  @FunctionalInterface
  public interface Start<T> {
    /// Starts it.
    T start() throws IOException;
  }

  /// Starts a program that ignores SIGQUIT: a terminal sends it to all that run there, and it would
  /// end those that we wait for.
  public static synchronized <T> T shielded(Start<T> program) throws IOException {
    var before = handle(IGNORE);
    try {
      return program.start();
    } finally {
      handle(before);
    }
  }

  private static MemorySegment handle(MemorySegment handler) {
    try {
      return (MemorySegment) Native.SIGNAL.invokeExact(SIGQUIT, handler);
    } catch (RuntimeException | Error fault) {
      throw fault;
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }
}
