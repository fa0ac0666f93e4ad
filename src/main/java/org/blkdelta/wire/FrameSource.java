package org.blkdelta.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// A change stream that is being read, in one of the formats that there are.
public interface FrameSource {

  /// Gives `sink` every frame: the header first, the end last. The digest of the end is that of
  /// what came before it.
  ///
  /// @throws SourceException if the stream is cut, damaged or not one
  void frames(FrameSink sink) throws IOException;

  /// Returns what the stream says of itself, which may be asked before [#frames].
  ///
  /// @throws SourceException if the stream is cut, damaged or not one
  StreamHeader header() throws IOException;

  /// Returns whether the changes always come in ascending order, and none twice.
  boolean isAscending();

  /// Returns whether a stream that lost its tail is always noticed.
  boolean provesCompleteness();

  /// Bytes that tell a change stream from anything else; each is longer than that.
  int HEAD = 8;

  /// Returns whether a change stream, of any format that is known, may begin with these bytes.
  ///
  /// @param head the first [#HEAD] bytes, or fewer where there are no more
  static boolean isOne(byte[] head) {
    return Arrays.equals(head, Arrays.copyOf(FrameFormat.streamMagic(), HEAD))
        || new String(head, StandardCharsets.ISO_8859_1)
            .equals(LvmsyncReader.GREETING.substring(0, HEAD));
  }

  /// Tells the format by its first bytes.
  ///
  /// @param in the stream, which the caller closes
  /// @param name what messages call it
  /// @throws SourceException if it is none that is known
  static FrameSource open(InputStream in, String name) throws IOException {
    try {
      return told(in, name);
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new SourceException(
          "%s: cannot be read: %s; send it again".formatted(name, SyncException.describe(fault)),
          fault);
    }
  }

  private static FrameSource told(InputStream in, String name) throws IOException {
    var magic = FrameFormat.streamMagic();
    var input = new FrameInput(in, name);
    var first = input.raw(1);
    if (first.length == 0) {
      throw new SourceException(name + ": at byte 0: the stream is empty; send it again");
    }
    if (first[0] == magic[0]) {
      var rest = input.raw(magic.length - 1);
      if (!Arrays.equals(rest, Arrays.copyOfRange(magic, 1, magic.length))) {
        throw new SourceException(
            name + ": at byte 0: the stream is damaged, cut, or of a newer version; refused");
      }
      return new FrameReader(input);
    }
    if (first[0] == LvmsyncReader.GREETING.charAt(0)) {
      return greeted(input, name);
    }
    throw new SourceException(
        name + ": at byte 0: not a change stream; name one that blkdelta dump made");
  }

  private static FrameSource greeted(FrameInput in, String name) throws IOException {
    var rest = LvmsyncReader.GREETING.substring(1) + "\n";
    var line = new String(in.raw(rest.length()), StandardCharsets.ISO_8859_1);
    if (!line.equals(rest)) {
      throw new SourceException(
          name
              + ": at byte 0: not a change stream that can be read; of lvmsync's formats only "
              + LvmsyncReader.GREETING
              + " is known");
    }
    return new LvmsyncReader(in, name);
  }
}
