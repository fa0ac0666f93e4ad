package org.blkdelta.wire;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.util.Native;
import org.blkdelta.failure.ConnectionException;

/// The compressor, zstd. It is native code, in a library of its own that is loaded when it is first
/// wanted.
public final class Zstandard {

  /// What is quick enough for a network of today.
  public static final int QUICKEST = 1;

  /// What is still said to be for ordinary use.
  public static final int DENSEST = 19;

  private Zstandard() {}

  /// Loads the native library, unless that was done.
  ///
  /// @throws ConnectionException if it is missing, or not for this machine
  public static void load() throws ConnectionException {
    try {
      Native.load();
    } catch (LinkageError missing) {
      throw new ConnectionException(
          "zstd: its library cannot be loaded: "
              + String.valueOf(missing.getMessage()).lines().findFirst().orElse("")
              + "; reinstall blkdelta, or do not compress",
          missing);
    }
  }

  /// Returns how many bytes packing may take at most: a few more than there were.
  static int most(int length) {
    return length + (length >> 8) + 64;
  }

  /// Packs bytes, and returns how many they are then.
  ///
  /// @param to has room for [#most]
  static int pack(byte[] from, int offset, int length, byte[] to, int level) {
    return (int) Zstd.compressByteArray(to, 0, to.length, from, offset, length, level);
  }

  /// Unpacks bytes to the beginning of `to`, and returns whether they were `length` bytes before:
  /// no more is ever written.
  static boolean unpack(byte[] from, int offset, int packed, byte[] to, int length) {
    try {
      return Zstd.decompressByteArray(to, 0, length, from, offset, packed) == length;
    } catch (ZstdException damaged) {
      return false;
    }
  }
}
