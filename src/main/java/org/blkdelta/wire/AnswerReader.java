package org.blkdelta.wire;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.Printable;

/// Reads a receiver's answers.
public final class AnswerReader {

  /// As in the change stream, with another letter; the digit is the version.
  private static final byte[] MAGIC = {
    (byte) 0x89, 'B', 'L', 'K', 'A', '2', '\r', '\n', 0x1a, '\n'
  };

  private static final int VERSION_AT = 5;
  private static final int MAX_NOISE = 4 << 10;

  /// Characters that people are shown.
  private static final int MAX_SHOWN = 4 << 10;

  private static final int MAX_NOISE_SHOWN = 400;

  private final FrameInput in;
  private final String name;

  /// Creates one that reads `in`, which the caller closes; `name` is the remote side in messages.
  public AnswerReader(InputStream in, String name) {
    this.in = new FrameInput(in, name);
    this.name = name;
  }

  static byte[] magic() {
    return MAGIC.clone();
  }

  /// Reads the first answer, and tells what is at the other end if it is no receiver.
  ///
  /// @throws EOFException if the remote side ended without a word
  /// @throws ConnectionException if it printed something else
  public Answer first() throws IOException {
    var start = in.raw(MAGIC.length);
    if (start.length == 0) {
      throw new EOFException(name + ": the remote side ended before it answered");
    }
    for (int at = 0; at < MAGIC.length; at++) {
      boolean same = at < start.length && start[at] == MAGIC[at];
      if (!same && at == VERSION_AT && at < start.length && isDigit(start[at])) {
        throw new ConnectionException(
            "%s: the remote blkdelta speaks version %c, this one %c; install the same on both"
                .formatted(name, start[at], MAGIC[at]));
      }
      if (!same) {
        throw noise(start);
      }
    }
    return next();
  }

  /// Reads the next answer.
  ///
  /// @throws EOFException if the connection ended
  public Answer next() throws IOException {
    while (true) {
      long at = in.position();
      var frame = in.next().orElseThrow(() -> new EOFException(name + ": the connection was lost"));
      switch (frame.type()) {
        case AnswerWriter.HELLO -> {
          return new Answer.Hello(frame.length(), Told.decode(bytes(frame)));
        }
        case AnswerWriter.READY -> {
          return ready(frame, at);
        }
        case AnswerWriter.DURABLE -> {
          return new Answer.Durable(frame.length());
        }
        case AnswerWriter.SAVED -> {
          return saved(frame, at);
        }
        case AnswerWriter.RESULT -> {
          return new Answer.Result(sum(frame, at));
        }
        case AnswerWriter.DIFFERS -> {
          return differs(frame, at);
        }
        case AnswerWriter.PASSED -> {
          return new Answer.Passed(frame.offset());
        }
        case AnswerWriter.COMPARED -> {
          return new Answer.Compared(sum(frame, at), frame.offset(), frame.length());
        }
        case AnswerWriter.FAILED -> {
          return failed(frame, at);
        }
        default -> skip(frame, at);
      }
    }
  }

  private Tally.Sum sum(FrameInput.Raw frame, long at) throws IOException {
    if (frame.payload().remaining() != Tally.Sum.SIZE) {
      throw in.damaged(at);
    }
    return Tally.Sum.get(frame.payload());
  }

  private Answer differs(FrameInput.Raw frame, long at) throws IOException {
    long offset = frame.offset();
    long length = frame.length();
    if (offset < 0 || length <= 0 || length > Long.MAX_VALUE - offset) {
      throw in.damaged(at);
    }
    return new Answer.Differs(offset, length);
  }

  private Answer ready(FrameInput.Raw frame, long at) throws IOException {
    if (frame.offset() < 0) {
      throw in.damaged(at);
    }
    var base = Answer.Base.ofCode(frame.length()).orElseThrow(() -> in.damaged(at));
    return new Answer.Ready(frame.offset(), base);
  }

  private Answer saved(FrameInput.Raw frame, long at) throws IOException {
    if (frame.length() < 0) {
      throw in.damaged(at);
    }
    return new Answer.Saved(text(frame), frame.length());
  }

  private Answer failed(FrameInput.Raw frame, long at) throws IOException {
    var kind = Answer.Kind.ofCode(frame.length()).orElseThrow(() -> in.damaged(at));
    return new Answer.Failed(kind, Printable.of(text(frame), MAX_SHOWN));
  }

  private static String text(FrameInput.Raw frame) {
    return StandardCharsets.UTF_8.decode(frame.payload()).toString();
  }

  private static byte[] bytes(FrameInput.Raw frame) {
    var bytes = new byte[frame.payload().remaining()];
    frame.payload().get(bytes);
    return bytes;
  }

  private void skip(FrameInput.Raw frame, long at) throws IOException {
    if (!FrameFormat.isOptional(frame.type())) {
      throw in.damaged(at);
    }
  }

  /// Reads on to the line's end only: whoever printed it may be waiting for us by now.
  private ConnectionException noise(byte[] start) throws IOException {
    var line = new ByteArrayOutputStream();
    line.writeBytes(start);
    boolean ended = line.toString(StandardCharsets.UTF_8).contains("\n");
    while (!ended && line.size() < MAX_NOISE) {
      var next = in.raw(1);
      line.writeBytes(next);
      ended = next.length == 0 || next[0] == '\n';
    }
    var text = line.toString(StandardCharsets.UTF_8).lines().findFirst().orElse("");
    return new ConnectionException(
        "%s: the remote side printed \"%s\" before any answer; if that comes from shell start-up files, make them silent for non-interactive shells"
            .formatted(name, Printable.of(text, MAX_NOISE_SHOWN)));
  }

  private static boolean isDigit(byte letter) {
    return letter >= '0' && letter <= '9';
  }
}
