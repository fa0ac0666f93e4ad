package org.blkdelta.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.blkdelta.disk.NativeFile;

/// The program's entry point: the only place that knows the process it runs in.
public final class Main {

  private static final int OUT = 1;
  private static final int ERR = 2;
  private static final int USUAL_WIDTH = 80;

  private Main() {}

  /// Runs the command line and exits with one of the documented exit codes.
  public static void main(String[] args) {
    var streams = streams();
    var stop = new Stop();
    var hook = Thread.ofPlatform().name("signal").unstarted(() -> stopRun(stop, streams));
    Runtime.getRuntime().addShutdownHook(hook);
    int status = new CommandLines(streams, stop).run(List.of(args));
    streams.out().flush();
    stop.finished();
    System.exit(status);
  }

  private static void stopRun(Stop stop, Streams streams) {
    if (!stop.request()) {
      streams
          .err()
          .println(
              "blkdelta: stopped by a signal; if it was writing, the destination is incomplete");
    }
  }

  private static Streams streams() {
    var charset = Charset.forName(System.getProperty("stderr.encoding", "UTF-8"));
    int width = NativeFile.terminalWidth(OUT);
    return new Streams(
        new FileInputStream(FileDescriptor.in),
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, charset),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, charset),
        NativeFile.isTerminal(OUT),
        NativeFile.isTerminal(ERR),
        width > 0 ? width : USUAL_WIDTH,
        charset.equals(StandardCharsets.UTF_8));
  }
}
