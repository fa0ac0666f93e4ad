package org.blkdelta.report;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import org.blkdelta.destination.Destinations;
import org.blkdelta.destination.StateStore;
import org.blkdelta.extent.Person;
import org.blkdelta.failure.Printable;
import org.blkdelta.linux.PipeInput;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.source.Sources;

/// The standard streams of one run of the command line, and what is behind them.
///
/// @param in what it reads
/// @param data where streams go: standard output itself, whose faults are heard
/// @param out the same for text
/// @param err what people read
/// @param outIsTerminal whether `out` is a terminal, where no stream may go
/// @param errIsTerminal whether `err` is one, where a progress line can be drawn over
/// @param width columns of the terminal, 80 where there is none
/// @param unicode whether the terminal shows more than ASCII
/// @param memory what the host remembers of its destinations
/// @param progress how far the run is, for whoever asks
public record Streams(
    InputStream in,
    OutputStream data,
    PrintStream out,
    PrintStream err,
    boolean outIsTerminal,
    boolean errIsTerminal,
    int width,
    boolean unicode,
    StateStore memory,
    Progress progress) {

  /// What a terminal has that does not say how wide it is.
  public static final int USUAL_WIDTH = 80;

  /// Sees to it that whatever is printed removes the line first that shows the progress.
  public Streams {
    err = StatusLine.of(err);
  }

  /// Creates one whose streams and text go to the same place.
  public Streams(InputStream in, OutputStream data, PrintStream err, StateStore memory) {
    this(
        in,
        data,
        new PrintStream(data, false, err.charset()),
        err,
        false,
        false,
        USUAL_WIDTH,
        false,
        memory,
        Progress.unasked());
  }

  /// Returns `err` with the line at its end that shows the progress.
  StatusLine status() {
    return StatusLine.of(err);
  }

  /// Returns the same where no line is drawn.
  Streams undrawn() {
    return new Streams(
        in,
        data,
        out,
        err,
        outIsTerminal,
        errIsTerminal,
        width,
        unicode,
        memory,
        Progress.unasked());
  }

  /// Returns the destinations of this host.
  public Destinations destinations() {
    return new Destinations(
        memory,
        this::warn,
        (name, question) -> new TerminalQuestions(this, name.toString()).agree(question));
  }

  /// Returns what can be read.
  ///
  /// @param ssh how another machine is reached
  public Sources sources(SshOptions ssh) {
    return new Sources(ssh, host -> questions(host.toString()), person(), this::warn);
  }

  /// Returns who is asked for the password of what is reached without ssh.
  public Person person() {
    return new TerminalQuestions(this, "");
  }

  /// Returns who is asked when another machine is logged in to.
  ///
  /// @param host its name
  public Questions questions(String host) {
    return new TerminalQuestions(this, host);
  }

  /// Returns what it reads, where a read fails for which nothing comes for so long.
  public InputStream in(Duration silence) {
    return in instanceof PipeInput pipe ? pipe.givenUpAfter(silence) : in;
  }

  /// Tells the user something, in the program's name. What came from elsewhere (a path, a stream,
  /// the remote side) cannot steer the terminal.
  public void say(String message) {
    err.println("blkdelta: " + Printable.of(message));
  }

  /// Tells the user something that is no failure.
  public void warn(String message) {
    say("warning: " + message);
  }
}
