package org.blkdelta.wire;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Packs a byte stream for a slow network; see docs/stream.md, section 5.6. What is written becomes
/// a block, or several of at most 1 MiB, and goes on at once: writes should be large. Closing it
/// closes nothing. [Zstandard#load] comes first.
public final class PackedOutput extends OutputStream {

  /// Blocks that are smaller tell nothing of the network, and cost nothing either.
  private static final int SMALL = 4096;

  private final FrameOutput blocks;
  private final int level;
  private final Optional<PackingBudget> payoff;
  private final LongSupplier clock;
  private final byte[] packed = new byte[Zstandard.most(Frame.MAX_BYTES)];
  private boolean begun;

  private PackedOutput(
      OutputStream out, int level, Optional<PackingBudget> payoff, LongSupplier clock) {
    this.blocks = new FrameOutput(out, FrameFormat.HEAD_SIZE + Frame.MAX_BYTES);
    this.level = level;
    this.payoff = payoff;
    this.clock = clock;
  }

  /// Returns one that packs whatever becomes smaller.
  ///
  /// @param out where the blocks go, which the caller closes
  /// @param level of zstd, [Zstandard#QUICKEST] to [Zstandard#DENSEST]
  public static PackedOutput always(OutputStream out, int level) {
    return new PackedOutput(out, level, Optional.empty(), () -> 0);
  }

  /// Returns one that packs quickly, and stops where that takes longer than it saves.
  ///
  /// @param out where the blocks go, which the caller closes; a slow network is one that holds up
  ///     writes
  /// @param clock nanoseconds, from anywhere on
  public static PackedOutput whereItPays(OutputStream out, LongSupplier clock) {
    return new PackedOutput(out, Zstandard.QUICKEST, Optional.of(new PackingBudget()), clock);
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] from, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, from.length);
    for (int done = 0; done < length; done += Frame.MAX_BYTES) {
      block(from, offset + done, Math.min(Frame.MAX_BYTES, length - done));
    }
  }

  @Override
  public void flush() throws IOException {
    blocks.flush();
  }

  private void block(byte[] from, int offset, int length) throws IOException {
    if (!begun) {
      blocks.raw(FrameFormat.packedMagic());
      begun = true;
    }
    boolean packs = length >= SMALL && payoff.map(PackingBudget::isLikely).orElse(true);
    long start = clock.getAsLong();
    int size = packs ? Zstandard.pack(from, offset, length, packed, level) : length;
    long between = clock.getAsLong();
    if (size < length) {
      write(FrameFormat.PACKED, length, ByteBuffer.wrap(packed, 0, size));
    } else {
      write(FrameFormat.STORED, length, ByteBuffer.wrap(from, offset, length));
    }
    long end = clock.getAsLong();
    if (packs) {
      payoff.ifPresent(it -> it.packed(length, size, between - start, end - between));
    } else if (length >= SMALL) {
      payoff.ifPresent(it -> it.stored(length, end - between));
    }
  }

  private void write(byte type, int length, ByteBuffer payload) throws IOException {
    blocks.frame(type, 0, length, payload);
    blocks.drain();
  }
}
