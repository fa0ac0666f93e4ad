package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.sync.RemoteReceiver;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// Frames that come from one host and go on to another. What fails when changes have gone on leaves
/// the destination incomplete.
///
/// @param next gives the frames
/// @param receiver takes them
/// @param rehearses whether no change goes on
record Relayed(Producer next, RemoteReceiver receiver, boolean rehearses) implements Producer {

  @Override
  public StreamHeader header() throws IOException {
    return next.header();
  }

  @Override
  public Tally.Sum produce(StreamHeader header, Answer.Ready ready, FrameSink to)
      throws IOException {
    try {
      return next.produce(header, ready, rehearses ? unchanged(to) : to);
    } catch (SourceException | ConnectionException failed) {
      throw receiver.hasBegun()
          ? IncompleteException.after(String.valueOf(failed.getMessage()), failed)
          : failed;
    }
  }

  /// Returns a sink that hands on all but changes, with an end that counts no others.
  private static FrameSink unchanged(FrameSink to) {
    var tally = new Tally();
    return frame -> {
      switch (frame) {
        case Frame.Header begun -> to.accept(begun);
        case Frame.Expect expect -> {
          tally.expect(expect);
          to.accept(expect);
        }
        case Frame.Data data -> {}
        case Frame.Zero zero -> {}
        case Frame.End end -> to.accept(new Frame.End(tally.sum()));
      }
    };
  }

  @Override
  public boolean isProgress(Frame frame) {
    return next.isProgress(frame);
  }
}
