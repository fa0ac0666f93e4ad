package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// What gives the frames of a run.
interface Producer {

  /// Returns what the run is about.
  StreamHeader header() throws IOException;

  /// Hands on everything after the header, which was taken.
  ///
  /// @param header what [#header()] returned
  /// @param ready where the run begins, by the consumer's word
  /// @return what was handed on
  Tally.Sum produce(StreamHeader header, Answer.Ready ready, FrameSink to) throws IOException;

  /// Returns whether a frame is a part of what the run has to move.
  boolean isProgress(Frame frame);
}
