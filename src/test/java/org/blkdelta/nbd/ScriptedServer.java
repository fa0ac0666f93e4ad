package org.blkdelta.nbd;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.OptionalLong;

/// A server whose whole side of the talk is written down, whatever it is asked. Then it closes the
/// connection, or is silent.
final class ScriptedServer implements ByteChannel {

  static final int UNSUPPORTED = 0x80000001;

  /// The bytes of the export that it describes.
  static final int SIZE = 8192;

  private final ByteBuffer script;
  private boolean isSilent;
  private int written;

  ScriptedServer(byte[] script) {
    this.script = ByteBuffer.wrap(script);
  }

  ScriptedServer(Bytes script) {
    this(script.array());
  }

  /// Says nothing more when all is said.
  ScriptedServer silent() {
    isSilent = true;
    return this;
  }

  /// Returns what comes before the first option.
  static Bytes greeting() {
    return new Bytes().i64(0x4e42444d41474943L).i64(0x49484156454f5054L).u16(3);
  }

  /// Returns the same, and that structured replies and a context are there.
  static Bytes negotiated() {
    return greeting()
        .option(8, 1, new Bytes())
        .option(9, 4, new Bytes().u32(0).text(Export.ALLOCATION))
        .option(9, 1, new Bytes())
        .option(10, 4, new Bytes().u32(7).text(Export.ALLOCATION))
        .option(10, 1, new Bytes());
  }

  /// Returns a whole handshake.
  static Bytes agreed() {
    return negotiated().option(7, 3, info(SIZE)).option(7, 1, new Bytes());
  }

  /// Returns a whole handshake of a server without structured replies.
  static Bytes agreedSimple() {
    return greeting()
        .option(8, UNSUPPORTED, new Bytes())
        .option(7, 3, info(SIZE))
        .option(7, 1, new Bytes());
  }

  static Bytes info(long size) {
    return new Bytes().u16(0).i64(size).u16(3);
  }

  ExportSource open() throws IOException {
    return ExportSource.over(this, AnsweringServer.URI, Selection.WHOLE, OptionalLong.empty());
  }

  /// Returns how many bytes were sent to it.
  int written() {
    return written;
  }

  @Override
  public int read(ByteBuffer dst) throws IOException {
    if (!script.hasRemaining() && isSilent) {
      throw new SocketTimeoutException();
    }
    if (!script.hasRemaining()) {
      return -1;
    }
    int count = Math.min(script.remaining(), dst.remaining());
    dst.put(script.slice(script.position(), count));
    script.position(script.position() + count);
    return count;
  }

  @Override
  public int write(ByteBuffer src) {
    int length = src.remaining();
    written += length;
    src.position(src.limit());
    return length;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}
}
