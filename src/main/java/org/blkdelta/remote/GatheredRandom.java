package org.blkdelta.remote;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.sshd.common.random.AbstractRandom;

/// The kernel's random bytes (random(4)), drawn many at a time and each given away once. The
/// library asks for a few with every packet, as its padding; the JDK's source would digest for them
/// more than for the packet's data.
final class GatheredRandom extends AbstractRandom {

  private static final Path SOURCE = Path.of("/dev/urandom");

  private final byte[] drawn = new byte[4096];
  private int given = drawn.length;

  @Override
  public String getName() {
    return SOURCE.toString();
  }

  @Override
  public synchronized void fill(byte[] bytes, int start, int length) {
    for (int done = 0; done < length; ) {
      if (given == drawn.length) {
        draw();
      }
      int count = Math.min(length - done, drawn.length - given);
      System.arraycopy(drawn, given, bytes, start + done, count);
      Arrays.fill(drawn, given, given + count, (byte) 0);
      given += count;
      done += count;
    }
  }

  /// Returns a number from 0 to `bound`, which is not reached.
  @Override
  public int random(int bound) {
    var bytes = new byte[Long.BYTES];
    fill(bytes);
    return (int) Long.remainderUnsigned(ByteBuffer.wrap(bytes).getLong(), bound);
  }

  private void draw() {
    try (var source = Files.newInputStream(SOURCE)) {
      if (source.readNBytes(drawn, 0, drawn.length) < drawn.length) {
        throw new IOException(SOURCE + ": gives no random bytes");
      }
      given = 0;
    } catch (IOException none) {
      throw new UncheckedIOException(none);
    }
  }
}
