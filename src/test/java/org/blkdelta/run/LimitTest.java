package org.blkdelta.run;

import static org.junit.jupiter.api.Assertions.assertSame;

import org.blkdelta.wire.FrameDecoratorContract;
import org.blkdelta.wire.FrameSink;
import org.junit.jupiter.api.Test;

/// A rate limit.
class LimitTest implements FrameDecoratorContract {

  @Override
  public FrameSink before(FrameSink next) {
    return new Limit(1L << 40).before(next);
  }

  @Test
  void no_limit_is_no_sink_of_its_own() {
    FrameSink next = frame -> {};
    assertSame(next, Limit.NONE.before(next));
  }
}
