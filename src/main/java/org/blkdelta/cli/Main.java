package org.blkdelta.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.blkdelta.destination.StateStore;
import org.blkdelta.host.Children;
import org.blkdelta.linux.PipeInput;
import org.blkdelta.linux.Signals;
import org.blkdelta.linux.Terminal;
import org.blkdelta.report.Progress;
import org.blkdelta.report.Screen;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Stop;

/// The program's entry point: the only place that knows the process it runs in.
public final class Main {

  private static final int IN = 0;
  private static final int OUT = 1;
  private static final int ERR = 2;

  private Main() {}

  /// Runs the command line and exits with one of the documented exit codes.
  public static void main(String[] args) {
    var streams = streams();
    var stop = new Stop();
    var hook = Thread.ofPlatform().name("signal").unstarted(() -> signalled(stop, streams));
    if (!isWatched(hook)) {
      return; // the JVM ends, with the signal's status
    }
    int status = new CommandLines(streams, stop).run(List.of(args));
    stop.finished();
    System.exit(status);
  }

  /// Returns whether signals are heeded from now on; false if one has come already.
  private static boolean isWatched(Thread hook) {
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      return true;
    } catch (IllegalStateException isEnding) {
      return false;
    }
  }

  /// Runs at a signal that ends the program, and at its end in any case.
  private static void signalled(Stop stop, Streams streams) {
    if (!stop.isFinished()) {
      stop.request().ifPresent(streams::say);
      Children.end();
    }
  }

  private static Screen screen() {
    return Screen.of(Terminal.is(ERR), System.getenv(), () -> Terminal.width(ERR));
  }

  /// Returns whether the launcher saw a locale without UTF-8; it sets another for file names.
  private static boolean isAscii() {
    return System.getProperty("blkdelta.characters", "").equals("ascii");
  }

  private static Streams streams() {
    var charset = Charset.forName(System.getProperty("stderr.encoding", "UTF-8"));
    var out = new FileOutputStream(FileDescriptor.out);
    int width = Terminal.width(OUT);
    return new Streams(
        new PipeInput(FileDescriptor.in, IN),
        out,
        new PrintStream(new BufferedOutputStream(out), false, charset),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, charset),
        Terminal.is(OUT),
        Terminal.is(ERR),
        width > 0 ? width : Streams.USUAL_WIDTH,
        charset.equals(StandardCharsets.UTF_8) && !isAscii(),
        StateStore.ofHost(),
        new Progress(Signals::onQuestion, screen()));
  }
}
