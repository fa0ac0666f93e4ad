package org.blkdelta.report;

import java.io.Closeable;
import java.util.Optional;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Questions;
import org.jspecify.annotations.Nullable;

/// Keeps back the last thing that a remote blkdelta says until it is known whether it is why the
/// run fails: then it is part of that message, and is not shown by itself as well. Everything else
/// is passed on at once. Closing it shows what nobody took.
public final class LastWords implements Questions, Closeable {

  private static final String PROGRAM = "blkdelta: ";
  private static final String WARNING = PROGRAM + "warning: ";

  private final Questions shown;
  private @Nullable String last;

  /// Creates one that passes on to `shown`.
  public LastWords(Questions shown) {
    this.shown = shown;
  }

  /// Returns one for a connection to `host`, which shows things at the terminal.
  public static LastWords of(Host host, Streams streams) {
    return new LastWords(new TerminalQuestions(streams, host.toString()));
  }

  @Override
  public Optional<char[]> secret(String prompt) {
    return shown.secret(prompt);
  }

  @Override
  public boolean agree(String question) {
    return shown.agree(question);
  }

  @Override
  public void sent(String what, long bytes, long totalBytes) {
    shown.sent(what, bytes, totalBytes);
  }

  @Override
  public synchronized void tell(String line) {
    close();
    if (line.startsWith(PROGRAM) && !line.startsWith(WARNING)) {
      last = line;
    } else {
      shown.tell(line);
    }
  }

  /// Returns the last thing that was said, if it is still kept back, without the program's name.
  /// It is not shown then.
  public synchronized Optional<String> take() {
    var taken = Optional.ofNullable(last).map(line -> line.substring(PROGRAM.length()));
    last = null;
    return taken;
  }

  @Override
  public synchronized void close() {
    if (last != null) {
      shown.tell(last);
      last = null;
    }
  }
}
