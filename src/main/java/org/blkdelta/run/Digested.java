package org.blkdelta.run;

import java.io.IOException;
import java.util.List;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.sync.Expectations;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.Frame;
import org.blkdelta.wire.FrameSink;
import org.blkdelta.wire.StreamHeader;
import org.blkdelta.wire.Tally;

/// What a source of this host holds, by digests: for who compares.
///
/// @param told what a sender was told that somebody else started; else empty
record Digested(ChangeSource source, List<String> told) implements Producer {

  @Override
  public StreamHeader header() throws IOException {
    return StreamHeader.of(source, Changes.backing(source)).told(told);
  }

  @Override
  public Tally.Sum produce(StreamHeader header, Answer.Ready ready, FrameSink to)
      throws IOException {
    return new Expectations(source, to).send(header);
  }

  @Override
  public boolean isProgress(Frame frame) {
    return true;
  }
}
