package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.blkdelta.failure.Printable;

/// Reads what a server answers, and gives each answer to the request that it is of.
final class Replies {

  private static final int SIMPLE = 0x67446698;
  private static final int STRUCTURED = 0x668e33ef;

  private static final int DONE = 1;
  private static final int NONE = 0;

  /// Types of chunks from here on are errors.
  private static final int ERROR = 1 << 15;

  /// The number of the error, and the length of a message that follows.
  private static final int MIN_ERROR = Integer.BYTES + Short.BYTES;

  /// With the longest message that the protocol allows, and an offset behind it.
  private static final int MAX_ERROR = MIN_ERROR + 4096 + Long.BYTES;

  private static final int MAX_SHOWN = 60;

  private final Connection in;
  private final boolean isStructured;
  private final Map<Long, Request> underWay;

  /// @param underWay requests that are not answered yet, by their cookies; what is answered is
  ///     removed
  Replies(Connection in, boolean isStructured, Map<Long, Request> underWay) {
    this.in = in;
    this.isStructured = isStructured;
    this.underWay = underWay;
  }

  /// Reads a simple reply, or a chunk of a structured one.
  ///
  /// @throws IOException if that is an error, or against the protocol
  void next() throws IOException {
    int magic = (int) in.u32();
    if (magic == SIMPLE) {
      simple();
    } else if (magic == STRUCTURED && isStructured) {
      chunk();
    } else {
      throw malformed("what begins with %08x is not a reply".formatted(magic));
    }
  }

  private void simple() throws IOException {
    long error = in.u32();
    long cookie = in.i64();
    var request = request(cookie);
    if (error != 0) {
      throw failed(request, error, "");
    }
    if (isStructured && !(request instanceof WriteRequest)) {
      throw malformed("a simple reply came where a structured one was agreed");
    }
    request.takeSimple(in);
    finish(cookie, request);
  }

  private void chunk() throws IOException {
    int flags = in.u16();
    int type = in.u16();
    long cookie = in.i64();
    long length = in.u32();
    var request = request(cookie);
    if (type >= ERROR) {
      throw error(request, length);
    }
    if (type != NONE) {
      request.take(type, length, in);
    } else if (length != 0 || (flags & DONE) == 0) {
      throw malformed("a chunk without content has %d bytes, or is not the last".formatted(length));
    }
    if ((flags & DONE) != 0) {
      finish(cookie, request);
    }
  }

  private IOException error(Request request, long length) throws IOException {
    if (length < MIN_ERROR || length > MAX_ERROR) {
      throw malformed("an error has %d bytes".formatted(length));
    }
    long error = in.u32();
    int words = in.u16();
    if (words > length - MIN_ERROR) {
      throw malformed("an error of %d bytes has %d of words".formatted(length, words));
    }
    var text = new String(in.bytes(words), StandardCharsets.UTF_8);
    return failed(request, error, text.isEmpty() ? "" : " (" + Printable.of(text, MAX_SHOWN) + ")");
  }

  private Request request(long cookie) throws IOException {
    var request = underWay.get(cookie);
    if (request == null) {
      throw malformed("an answer to request %d, which is not under way".formatted(cookie));
    }
    return request;
  }

  private void finish(long cookie, Request request) throws IOException {
    request.finish(in);
    underWay.remove(cookie);
  }

  private IOException failed(Request request, long error, String words) {
    var where = request.length() == 0 ? "" : "at byte %d: ".formatted(request.offset());
    return in.fault(
        "%sthe server cannot %s: %s%s; see its log"
            .formatted(where, request.doing(), meaning(error), words));
  }

  /// The protocol has its own numbers, which are those of Linux.
  private static String meaning(long error) {
    return error > Integer.MAX_VALUE ? "error " + error : meaning((int) error);
  }

  private static String meaning(int error) {
    return switch (error) {
      case 1 -> "operation not permitted";
      case 5 -> "input/output error";
      case 12 -> "it is out of memory";
      case 22 -> "invalid argument";
      case 28 -> "no space left on its device";
      case 95 -> "operation not supported";
      case 108 -> "it is shutting down";
      default -> "error " + error;
    };
  }

  private IOException malformed(String what) {
    return in.fault(what + ", against the protocol; use another server");
  }
}
