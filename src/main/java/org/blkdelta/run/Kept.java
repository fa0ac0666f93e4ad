package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.report.Reporter;
import org.blkdelta.sync.FrameConsumer;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.FrameSource;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// A stream that is read here. It says by itself what the destination must hold.
record Kept(FrameSource stream, Reporter reporter) implements Producer {

  @Override
  public StreamHeader header() throws IOException {
    var header = stream.header();
    reporter.detail("the stream " + header.text());
    return header;
  }

  @Override
  public Tally.Sum produce(StreamHeader header, Answer.Ready ready, FrameSink to)
      throws IOException {
    return FrameConsumer.rest(stream, to);
  }

  @Override
  public boolean isProgress(Frame frame) {
    return !(frame instanceof Frame.Expect);
  }
}
