package org.blkdelta.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.wire.StreamTexts.data;
import static org.blkdelta.wire.StreamTexts.expect;
import static org.blkdelta.wire.StreamTexts.sum;
import static org.blkdelta.wire.StreamTexts.written;
import static org.blkdelta.wire.StreamTexts.writtenForLvmsync;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;

/// The streams in `testdata/stream`, against which any reader or writer of the format can be held.
/// They are made here, the same at any time; what changes one of them changes the format.
final class StreamVectors {

  /// One of them.
  ///
  /// @param meaning what it holds, for people
  /// @param outcome what reading it gives: the frames as [FrameLog] words them, or the refusal
  record Vector(String name, ByteBuffer content, String meaning, String outcome) {

    Vector(String name, byte[] bytes, String meaning, String outcome) {
      this(name, ByteBuffer.wrap(bytes), meaning, outcome);
    }

    byte[] bytes() {
      var bytes = new byte[content.capacity()];
      content.get(0, bytes);
      return bytes;
    }

    String sha256() {
      try {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes()));
      } catch (NoSuchAlgorithmException impossible) {
        throw new AssertionError(impossible);
      }
    }
  }

  private static final int VOLUME = 1 << 20;
  private static final Frame.Header HEADER =
      new Frame.Header(
          new StreamHeader(
              VOLUME,
              new Lineage(Optional.of(Generation.of("lvm:web@monday")), Optional.empty()),
              Optional.empty()));
  private static final DigestKey KEY = new DigestKey("000102030405060708090a0b0c0d0e0f");
  private static final Frame.Header KEYED = new Frame.Header(HEADER.stream().keyed(KEY));
  private static final Frame KEYED_OLD =
      Digests.of(KEYED.stream())
          .expect(4096, ByteBuffer.wrap("These bytes are old.".getBytes(UTF_8)));
  private static final Frame FIRST = data(4096, "These bytes are new.");
  private static final Frame ZERO = new Frame.Zero(65_536, 131_072);
  private static final Frame OLD = expect(4096, "These bytes are old.");
  private static final Frame OLD_ZEROS = Frame.Expect.zeros(65_536, 131_072);
  private static final Frame LAST = data(VOLUME - 16, "The last sixteen");

  private StreamVectors() {}

  static List<Vector> all() throws IOException {
    var small = closed(HEADER, FIRST, ZERO, LAST);
    int end = small.length - 28 - 48;
    return List.of(
        new Vector(
            "small.blkdelta.bin",
            small,
            "a volume of 1 MiB: 20 new bytes at 4096, 128 KiB of zeros at 64 KiB, the last 16 bytes",
            "header 1048576, data 4096+20, zero 65536+131072, data 1048560+16, end"),
        new Vector(
            "empty.blkdelta.bin",
            closed(HEADER),
            "the same volume, unchanged",
            "header 1048576, end"),
        new Vector(
            "expecting.blkdelta.bin",
            closed(HEADER, OLD, OLD_ZEROS, FIRST, ZERO, LAST),
            "`small`, for a volume with 20 given bytes at 4096 and 128 KiB of zeros at 64 KiB",
            "header 1048576, expect 4096+20, expect 65536+131072, data 4096+20,"
                + " zero 65536+131072, data 1048560+16, end"),
        new Vector(
            "comparing.blkdelta.bin",
            closed(HEADER, OLD, OLD_ZEROS),
            "the same expectations, and no change",
            "header 1048576, expect 4096+20, expect 65536+131072, end"),
        new Vector(
            "keyed.blkdelta.bin",
            closed(KEYED, KEYED_OLD, OLD_ZEROS),
            "the same, where digests have the key 000102030405060708090a0b0c0d0e0f",
            "header 1048576, expect 4096+20, expect 65536+131072, end"),
        new Vector(
            "late-expect.blkdelta.bin",
            closed(HEADER, FIRST, OLD_ZEROS),
            "an expectation behind a change",
            "at byte 106: it says what is expected after the first change; refused"),
        new Vector(
            "optional-frame.blkdelta.bin",
            with(small, end, new RawStream().frame('x', 7, 7, "skip me".getBytes(UTF_8))),
            "`small` with a frame of the unknown type `x` before its end, which may be skipped",
            "header 1048576, data 4096+20, zero 65536+131072, data 1048560+16, end"),
        new Vector(
            "mandatory-frame.blkdelta.bin",
            with(small, end, new RawStream().frame('Y', 7, 7)),
            "`small` with a frame of the unknown type `Y` before its end, which must not be skipped",
            "at byte %d: a frame of type 89, which a newer blkdelta must read; refused"
                .formatted(end)),
        new Vector(
            "cut.blkdelta.bin",
            Arrays.copyOf(small, small.length - 1),
            "`small` without its last byte",
            "at byte %d: the stream is cut off; send it again".formatted(end)),
        new Vector(
            "flipped.blkdelta.bin",
            flipped(small, small.length - 28 - 48 - 1),
            "`small` with the lowest bit of its last byte of data flipped",
            "at byte %d: the stream is damaged (no valid frame); send it again"
                .formatted(end - 16 - 28)),
        new Vector(
            "lost-frame.blkdelta.bin",
            written(List.of(HEADER, FIRST, LAST, new Frame.End(sum(FIRST, ZERO, LAST)))),
            "`small` without its frame of zeros; every checksum is right, the end's counts are not",
            "at byte %d: the stream's frames don't match its end; refused".formatted(end - 28)),
        new Vector(
            "unordered.lvmsync.bin",
            writtenForLvmsync(List.of(HEADER, LAST, FIRST, new Frame.End(sum()))),
            "lvmsync's PROTO[3]: the last 16 bytes of a volume of 1 MiB, then 20 bytes at 4096",
            "header 0, data 1048560+16, data 4096+20, end"));
  }

  /// Returns the text beside them.
  static String readme() throws IOException {
    var text = new StringBuilder();
    text.append(
        """
        # Streams to hold a reader or writer against

        Made by `StreamVectors` in the tests, which also fails when blkdelta would write or read any
        of them otherwise. To make them again after a change of the format:
        `mvn test -Dtest=StreamVectorsTest -Dwrite.vectors=true`.

        """);
    for (var vector : all()) {
      text.append("## %s%n%n".formatted(vector.name()));
      text.append("- %d bytes: %s%n".formatted(vector.bytes().length, vector.meaning()));
      text.append("- read as: %s%n".formatted(vector.outcome()));
      text.append("- SHA-256: `%s`%n%n".formatted(vector.sha256()));
    }
    return text.toString().stripTrailing() + "\n";
  }

  /// Makes all of them anew in `folder`.
  static void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (var vector : all()) {
      Files.write(folder.resolve(vector.name()), vector.bytes());
    }
    Files.writeString(folder.resolve("README.md"), readme());
  }

  private static byte[] closed(Frame... frames) throws IOException {
    var all = new ArrayList<>(List.of(frames));
    all.add(new Frame.End(sum(frames)));
    return written(all);
  }

  private static byte[] with(byte[] stream, int at, RawStream more) {
    return new RawStream()
        .bytes(Arrays.copyOf(stream, at))
        .bytes(more.toBytes())
        .bytes(Arrays.copyOfRange(stream, at, stream.length))
        .toBytes();
  }

  private static byte[] flipped(byte[] stream, int at) {
    var flipped = stream.clone();
    flipped[at] ^= 1;
    return flipped;
  }
}
