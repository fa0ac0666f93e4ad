package org.blkdelta.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Writes a receiver's answers, each of which goes out at once.
public final class AnswerWriter {

  static final byte HELLO = 'H';
  static final byte READY = 'G';
  static final byte DURABLE = 'p';
  static final byte SAVED = 'U';
  static final byte RESULT = 'R';
  static final byte DIFFERS = 'D';
  static final byte PASSED = 'c';
  static final byte COMPARED = 'C';
  static final byte FAILED = 'F';

  private static final int MAX_MESSAGE = 64 << 10;

  private final FrameOutput out;
  private boolean greeted;

  /// Creates one that writes to `out`, which the caller closes.
  public AnswerWriter(OutputStream out) {
    this.out = new FrameOutput(out);
  }

  /// Says that the receiver is there, when it has said HELLO.
  public synchronized void alive() throws IOException {
    if (greeted) {
      out.frame(FrameFormat.ALIVE, 0, 0);
      out.flush();
    }
  }

  /// Sends an answer. Threads may share a writer.
  public synchronized void send(Answer answer) throws IOException {
    switch (answer) {
      case Answer.Hello hello -> {
        out.raw(AnswerReader.magic());
        greeted = true;
        out.frame(HELLO, 0, hello.destinationSize(), ByteBuffer.wrap(hello.told().encode()));
      }
      case Answer.Ready ready -> out.frame(READY, ready.resumeAt(), ready.base().code());
      case Answer.Durable durable -> out.frame(DURABLE, 0, durable.bytes());
      case Answer.Saved saved ->
          out.frame(SAVED, 0, saved.bytes(), ByteBuffer.wrap(text(saved.file())));
      case Answer.Result result -> out.frame(RESULT, 0, 0, bytes(result.sum()));
      case Answer.Differs differs -> out.frame(DIFFERS, differs.offset(), differs.length());
      case Answer.Passed passed -> out.frame(PASSED, passed.offset(), 0);
      case Answer.Compared compared ->
          out.frame(COMPARED, compared.extents(), compared.bytes(), bytes(compared.sum()));
      case Answer.Failed failed ->
          out.frame(FAILED, 0, failed.kind().code(), ByteBuffer.wrap(text(failed.message())));
    }
    out.flush();
  }

  private static ByteBuffer bytes(Tally.Sum sum) {
    var payload = ByteBuffer.allocate(Tally.Sum.SIZE);
    sum.put(payload);
    return payload.flip();
  }

  private static byte[] text(String message) {
    var cut = message.substring(0, Math.min(message.length(), MAX_MESSAGE));
    return cut.getBytes(StandardCharsets.UTF_8);
  }
}
