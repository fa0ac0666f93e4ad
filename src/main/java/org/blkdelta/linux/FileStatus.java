package org.blkdelta.linux;

import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/// What the kernel says of files, one after the other: struct statx of statx(2), whose numbers are
/// those of Linux's generic ABI. One of these asks for tens of thousands of files in the same
/// memory. For one thread.
@SuppressWarnings("restricted") // its purpose; the launcher grants native access
final class FileStatus implements Closeable {

  private static final int BYTES = 256;
  private static final int MAX_PATH = 4096;

  private static final int AT_FDCWD = -100;

  /// What this host knows will do: the server of a network file system is not asked.
  private static final int AT_STATX_DONT_SYNC = 0x4000;

  private static final int TYPE = 0x1;
  private static final int INO = 0x100;
  private static final int BTIME = 0x800;

  private static final int TYPE_MASK = 0170000;
  private static final int BLOCK_DEVICE = 0060000;

  private static final int MODE_AT = 28;
  private static final int INODE_AT = 32;
  private static final int BIRTH_AT = 80;
  private static final int RDEV_AT = 128;
  private static final int DEVICE_AT = 136;

  /// Linked when it is first used: that takes milliseconds.
  private static final class Statx {
    static final MethodHandle CALL =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().find("statx").orElseThrow(),
                FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS));
  }

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment path = arena.allocate(MAX_PATH);
  private final MemorySegment answer = arena.allocate(BYTES, Long.BYTES);

  /// Asks for what a path leads to. The other methods tell of it then.
  ///
  /// @return whether it leads anywhere
  boolean ask(String name) {
    var bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= MAX_PATH) {
      return false;
    }
    MemorySegment.copy(bytes, 0, path, ValueLayout.JAVA_BYTE, 0, bytes.length);
    path.set(ValueLayout.JAVA_BYTE, bytes.length, (byte) 0);
    int mask = TYPE | INO | BTIME;
    try {
      return (int) Statx.CALL.invokeExact(AT_FDCWD, path, AT_STATX_DONT_SYNC, mask, answer) == 0;
    } catch (RuntimeException | Error fault) {
      throw fault;
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// Returns whether the file is a block device, whose number [#number] is.
  boolean isBlockDevice() {
    return (answer.get(ValueLayout.JAVA_SHORT, MODE_AT) & TYPE_MASK) == BLOCK_DEVICE;
  }

  /// Returns the number of the device that the file is.
  DeviceNumber number() {
    return number(RDEV_AT);
  }

  /// Returns the number of the device that the file's file system is on.
  DeviceNumber fileSystem() {
    return number(DEVICE_AT);
  }

  /// Returns the inode's number, unsigned.
  long inode() {
    return answer.get(ValueLayout.JAVA_LONG, INODE_AT);
  }

  /// Returns when the inode was made, if its file system knows.
  Optional<Instant> birth() {
    if ((answer.get(ValueLayout.JAVA_INT, 0) & BTIME) == 0) {
      return Optional.empty();
    }
    long seconds = answer.get(ValueLayout.JAVA_LONG, BIRTH_AT);
    int nanos = answer.get(ValueLayout.JAVA_INT, BIRTH_AT + Long.BYTES);
    return Optional.of(Instant.ofEpochSecond(seconds, nanos));
  }

  @Override
  public void close() {
    arena.close();
  }

  private DeviceNumber number(int at) {
    return new DeviceNumber(
        answer.get(ValueLayout.JAVA_INT, at), answer.get(ValueLayout.JAVA_INT, at + Integer.BYTES));
  }
}
