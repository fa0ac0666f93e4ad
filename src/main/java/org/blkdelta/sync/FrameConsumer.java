package org.blkdelta.sync;

import java.io.IOException;
import java.util.function.UnaryOperator;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.Tally;

/// Takes a whole run's frames. The header opens what they are for, with all its checks; then
/// [#ready()] says where the run begins; the end is taken when everything is done and durable.
public interface FrameConsumer extends FrameSink {

  /// Returns where the run begins, and what is known; asked when the header was taken.
  Answer.Ready ready() throws IOException;

  /// Returns whether a run that ends now leaves something behind that is neither old nor new.
  boolean hasWritten();

  /// Returns whether changes were handed on to it, wherever they are by now.
  default boolean hasBegun() {
    return hasWritten();
  }

  /// A part of a run, which fails as its stream does.
  @FunctionalInterface
  interface Part {
    /// Does it, and returns what was handed on.
    Tally.Sum run() throws IOException;
  }

  /// Takes a whole stream.
  ///
  /// @param before puts what watches the run in front of this
  /// @return what it held
  /// @throws SourceException if it is bad and nothing was written yet
  /// @throws IncompleteException if something was written, but not everything
  default Tally.Sum receive(FrameSource stream, UnaryOperator<FrameSink> before)
      throws IOException {
    var sink = before.apply(this);
    return guarded(
        () -> {
          sink.accept(new Frame.Header(stream.header()));
          return rest(stream, sink);
        });
  }

  /// Does a part of a run, and says of what fails in which state this is left.
  default Tally.Sum guarded(Part part) throws IOException {
    try {
      return part.run();
    } catch (SourceException bad) {
      throw hasWritten() ? IncompleteException.after(String.valueOf(bad.getMessage()), bad) : bad;
    } catch (ConnectionException lost) {
      throw hasWritten()
          ? IncompleteException.after(String.valueOf(lost.getMessage()), lost)
          : lost;
    } catch (SyncException told) {
      throw told;
    } catch (IOException unread) {
      var message = "stream: " + SyncException.describe(unread);
      throw hasBegun()
          ? IncompleteException.after(message, unread)
          : new SourceException(message + "; send it again", unread);
    }
  }

  /// Hands on all of a stream but its header.
  static Tally.Sum rest(FrameSource stream, FrameSink to) throws IOException {
    var ended = new Tally.Sum[1];
    stream.frames(
        frame -> {
          switch (frame) {
            case Frame.Header header -> {}
            case Frame.Expect expect -> to.accept(expect);
            case Frame.Data data -> to.accept(data);
            case Frame.Zero zero -> to.accept(zero);
            case Frame.End end -> {
              to.accept(end);
              ended[0] = end.sum();
            }
          }
        });
    if (ended[0] == null) {
      throw new IllegalStateException("a stream without an end");
    }
    return ended[0];
  }
}
