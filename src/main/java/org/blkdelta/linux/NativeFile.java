package org.blkdelta.linux;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A file descriptor of our own, for the few system calls that the JDK lacks: open(2) with O_EXCL,
/// BLKZEROOUT, BLKDISCARD, fallocate(2), lseek(2) to holes, posix_fadvise(2), sync_file_range(2),
/// fcntl(2) for a pipe's width and for locks, pipe2(2) and what is in one, fstatfs(2), poll(2),
/// isatty(3) and the terminal's width.
/// Linux only; the numbers are those of its generic ABI (x86-64, arm64).
@SuppressWarnings("restricted") // its purpose; the launcher grants native access
public final class NativeFile implements Closeable {

  /// Somebody else has it, or pages of it are dirty; see errno(3).
  public static final int EBUSY = 16;

  /// There is no room; see errno(3).
  public static final int ENOSPC = 28;

  private static final int EPERM = 1;
  private static final int EINTR = 4;
  private static final int ENXIO = 6;
  private static final short POLLIN = 1;
  private static final int O_RDONLY = 0;

  private static final int O_RDWR = 2;
  private static final int O_EXCL = 0x80;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;
  private static final int FALLOC_KEEP_SIZE = 1;
  private static final int FALLOC_PUNCH_HOLE = 2;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int FADV_DONTNEED = 4;
  private static final int SYNC_FILE_RANGE_WRITE = 2;
  private static final int F_SETPIPE_SZ = 1031;
  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;
  private static final int EAGAIN = 11;
  private static final int EACCES = 13;
  private static final long BLKDISCARD = 0x1277;
  private static final long BLKZEROOUT = 0x127f;
  private static final long TIOCGWINSZ = 0x5413;
  private static final long FIONREAD = 0x541b;

  private final int descriptor;
  private boolean closed;

  private NativeFile(int descriptor) {
    this.descriptor = descriptor;
  }

  /// Opens for reading and writing. With `exclusive`, a block device that anything in the kernel
  /// holds (a mount, swap, a dm or md device, another exclusive opener) fails with EBUSY, and later
  /// exclusive openers fail until this is closed; see open(2), O_EXCL on block devices.
  public static NativeFile open(Path path, boolean exclusive) throws IOException {
    return open(path, O_RDWR | (exclusive ? O_EXCL : 0));
  }

  /// Opens for reading.
  public static NativeFile forReading(Path path) throws IOException {
    return open(path, O_RDONLY | O_NONBLOCK); // a FIFO would wait for its writer
  }

  private static NativeFile open(Path path, int mode) throws NativeException {
    int flags = mode | O_CLOEXEC;
    return new NativeFile(
        checked(
            "open",
            (arena, state) ->
                (int)
                    LibC.Open.CALL.invokeExact(state, arena.allocateFrom(path.toString()), flags)));
  }

  /// Opens a pipe, which no child inherits.
  ///
  /// @return its end to read from, and its end to write to
  static List<NativeFile> pipe() throws IOException {
    var ends = new ArrayList<NativeFile>();
    checked(
        "pipe2",
        (arena, state) -> {
          var memory = arena.allocate(ValueLayout.JAVA_INT, 2);
          int result = (int) LibC.Pipe.CALL.invokeExact(state, memory, O_CLOEXEC);
          for (int i = 0; i < 2 && result == 0; i++) {
            ends.add(new NativeFile(memory.getAtIndex(ValueLayout.JAVA_INT, i)));
          }
          return result;
        });
    return ends;
  }

  /// Returns how many bytes are in a pipe; see pipe(7), FIONREAD.
  int unread() throws IOException {
    var count = new int[1];
    checked(
        "FIONREAD",
        (arena, state) -> {
          var memory = arena.allocate(ValueLayout.JAVA_INT);
          int result = (int) LibC.Ioctl.CALL.invokeExact(state, descriptor, FIONREAD, memory);
          count[0] = memory.get(ValueLayout.JAVA_INT, 0);
          return result;
        });
    return count[0];
  }

  /// Returns a path to the open file itself; see proc(5), /proc/pid/fd.
  Path path() {
    return Path.of("/proc/self/fd", Integer.toString(descriptor));
  }

  /// Locks a range for writing, or returns false if another open file has a lock in it. The lock
  /// ends with this file, and with nothing else: it is an open file description lock, see fcntl(2).
  ///
  /// @param length bytes, or 0 for all from `start` on
  boolean lock(long start, long length) throws IOException {
    try {
      checked(
          "fcntl",
          (arena, state) -> {
            var lock = arena.allocate(32, 8); // struct flock: type, whence, start, length, pid
            lock.set(ValueLayout.JAVA_SHORT, 0, F_WRLCK);
            lock.set(ValueLayout.JAVA_LONG, 8, start);
            lock.set(ValueLayout.JAVA_LONG, 16, length);
            return (int) LibC.FcntlLock.CALL.invokeExact(state, descriptor, F_OFD_SETLK, lock);
          });
      return true;
    } catch (NativeException fault) {
      if (fault.errno() == EAGAIN || fault.errno() == EACCES) {
        return false;
      }
      throw fault;
    }
  }

  /// Returns whether another open file has a lock somewhere in this one. It takes none, so nobody
  /// who tries meanwhile is kept away.
  boolean isLocked() throws IOException {
    var found = new boolean[1];
    checked(
        "fcntl",
        (arena, state) -> {
          var lock = arena.allocate(32, 8); // as in lock(); whence, start, length and pid are 0
          lock.set(ValueLayout.JAVA_SHORT, 0, F_WRLCK);
          int result = (int) LibC.FcntlLock.CALL.invokeExact(state, descriptor, F_OFD_GETLK, lock);
          found[0] = lock.get(ValueLayout.JAVA_SHORT, 0) != F_UNLCK;
          return result;
        });
    return found[0];
  }

  /// Fills a buffer by an ioctl that reads.
  ///
  /// @return whether the file knows it
  boolean ask(long request, byte[] into) {
    return filled(
        into,
        (memory, state) -> (int) LibC.Ioctl.CALL.invokeExact(state, descriptor, request, memory));
  }

  /// Asks a device by an ioctl whose argument is question and answer.
  ///
  /// @param exchanged the question; the answer afterwards
  /// @throws NoSuchFileException if what is asked about does not exist (ENXIO)
  /// @throws AccessDeniedException if only root may ask (EACCES, EPERM)
  public static void exchange(Path device, long request, byte[] exchanged) throws IOException {
    try (var open = open(device, false)) {
      checked(
          "ioctl",
          (arena, state) -> {
            var memory = arena.allocate(exchanged.length, 8);
            MemorySegment.copy(exchanged, 0, memory, ValueLayout.JAVA_BYTE, 0, exchanged.length);
            int result = (int) LibC.Ioctl.CALL.invokeExact(state, open.descriptor, request, memory);
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, exchanged, 0, exchanged.length);
            return result;
          });
    } catch (NativeException fault) {
      throw switch (fault.errno()) {
        case ENXIO -> new NoSuchFileException(device.toString());
        case EACCES, EPERM -> new AccessDeniedException(device.toString());
        default -> fault;
      };
    }
  }

  /// Fills a buffer with a struct statfs.
  boolean statfs(byte[] into) {
    return filled(
        into, (memory, state) -> (int) LibC.Fstatfs.CALL.invokeExact(state, descriptor, memory));
  }

  /// Zeroes a range of a block device in the way its kernel driver likes best; see ioctl BLKZEROOUT
  /// in the kernel's block/ioctl.c. Offset and length are multiples of 512.
  public void zeroOut(long offset, long length) throws IOException {
    onRange("BLKZEROOUT", BLKZEROOUT, offset, length);
  }

  /// Tells a block device that nobody needs a range any more. What it reads as then is the device's
  /// own business, and so is how much of the range it heeds; see ioctl BLKDISCARD in the kernel's
  /// block/ioctl.c. Offset and length are multiples of 512.
  public void discard(long offset, long length) throws IOException {
    onRange("BLKDISCARD", BLKDISCARD, offset, length);
  }

  private void onRange(String name, long request, long offset, long length) throws IOException {
    checked(
        name,
        (arena, state) -> {
          var range = arena.allocateFrom(ValueLayout.JAVA_LONG, offset, length);
          return (int) LibC.Ioctl.CALL.invokeExact(state, descriptor, request, range);
        });
  }

  /// Makes a hole in a regular file; its size stays. Of a block device, a range is zeroed so that
  /// it gives back its room; the kernel refuses if the device doesn't promise zeros for that: its
  /// block/fops.c, blkdev_fallocate. Offset and length are multiples of the logical block.
  public void punchHole(long offset, long length) throws IOException {
    int mode = FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE;
    checked(
        "fallocate",
        (arena, state) ->
            (int) LibC.Fallocate.CALL.invokeExact(state, descriptor, mode, offset, length));
  }

  /// Returns where the first data of a regular file from `offset` on begins, `end` at the most. A
  /// file system without holes has data everywhere.
  public long nextData(long offset, long end) throws IOException {
    return offset >= end ? offset : Math.min(end, seek(offset, SEEK_DATA));
  }

  /// Returns where the first hole of a regular file from `offset` on begins, `end` at the most: the
  /// file's own end is one.
  public long nextHole(long offset, long end) throws IOException {
    return offset >= end ? end : Math.min(end, seek(offset, SEEK_HOLE));
  }

  /// Asks the kernel to forget what it has of the file in its page cache, so that others keep what
  /// they have there. Dirty pages stay. It is a wish: what becomes of it is nobody's fault.
  void dropCache() {
    returned(
        (arena, state) -> (int) LibC.Fadvise.CALL.invokeExact(descriptor, 0L, 0L, FADV_DONTNEED));
  }

  /// Asks the kernel to begin to write out the file's dirty pages, and does not wait for it.
  /// Whether that works out, fsync(2) says.
  void startWriting() {
    returned(
        (arena, state) ->
            (int) LibC.SyncFileRange.CALL.invokeExact(descriptor, 0L, 0L, SYNC_FILE_RANGE_WRITE));
  }

  private long seek(long offset, int whence) throws IOException {
    var found = new long[1];
    try {
      checked(
          "lseek",
          (arena, state) -> {
            found[0] = (long) LibC.Lseek.CALL.invokeExact(state, descriptor, offset, whence);
            return found[0] < 0 ? -1 : 0;
          });
    } catch (NativeException fault) {
      if (fault.errno() == ENXIO) {
        return Long.MAX_VALUE;
      }
      throw fault;
    }
    return found[0];
  }

  /// Asks for room for so many bytes in the pipe behind a file descriptor of this process. It is a
  /// wish; what is no pipe stays as it is.
  static void widenPipe(int descriptor, int bytes) {
    returned((arena, state) -> (int) LibC.Fcntl.CALL.invokeExact(descriptor, F_SETPIPE_SZ, bytes));
  }

  /// Waits until something can be read from a file descriptor of this process, or its end.
  ///
  /// @return whether it can within that time
  static boolean awaitInput(int descriptor, Duration limit) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      long left = Math.max(0, end - System.nanoTime());
      int millis = (int) Math.min(Integer.MAX_VALUE, left / 1_000_000 + 1);
      try {
        int ready =
            checked(
                "poll",
                (arena, state) -> {
                  var poll = arena.allocate(8, 4); // struct pollfd: 32, 16, 16 bits
                  poll.set(ValueLayout.JAVA_INT, 0, descriptor);
                  poll.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
                  return (int) LibC.Poll.CALL.invokeExact(state, poll, 1L, millis);
                });
        if (ready > 0 || left == 0) {
          return ready > 0;
        }
      } catch (NativeException fault) {
        if (fault.errno() != EINTR) {
          throw fault;
        }
      }
    }
  }

  /// Returns whether a file descriptor of this process (0, 1, 2) is a terminal.
  static boolean isTerminal(int descriptor) {
    return returned((arena, state) -> (int) LibC.Isatty.CALL.invokeExact(descriptor)) == 1;
  }

  /// Returns the width in columns of the terminal behind a descriptor, or 0 if there is none.
  static int terminalWidth(int descriptor) {
    return returned(
        (arena, state) -> {
          var size = arena.allocate(8); // struct winsize: rows, columns, two unused, 16 bits each
          int failed = (int) LibC.Ioctl.CALL.invokeExact(state, descriptor, TIOCGWINSZ, size);
          return failed != 0 ? 0 : Short.toUnsignedInt(size.get(ValueLayout.JAVA_SHORT, 2));
        });
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return; // the number may be another file's by now
    }
    closed = true;
    checked("close", (arena, state) -> (int) LibC.Close.CALL.invokeExact(state, descriptor));
  }

  /// A call with memory that lives as long as it, and the place where it leaves its errno.
  private interface Call {
    int run(Arena arena, MemorySegment state) throws Throwable;
  }

  /// A call that fills memory, and the place where it leaves its errno.
  private interface Filling {
    int run(MemorySegment memory, MemorySegment state) throws Throwable;
  }

  private static boolean filled(byte[] into, Filling call) {
    return returned(
            (arena, state) -> {
              var memory = arena.allocate(into.length, 8);
              int result = call.run(memory, state);
              MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, into, 0, into.length);
              return result;
            })
        == 0;
  }

  private static int checked(String name, Call call) throws NativeException {
    int[] errno = new int[1];
    int result =
        returned(
            (arena, state) -> {
              int value = call.run(arena, state);
              errno[0] = (int) LibC.ERRNO_VALUE.get(state, 0L);
              return value;
            });
    if (result < 0) {
      throw new NativeException(name, errno[0], words(errno[0]));
    }
    return result;
  }

  private static int returned(Call call) {
    try (var arena = Arena.ofConfined()) {
      return call.run(arena, arena.allocate(Linker.Option.captureStateLayout()));
    } catch (RuntimeException | Error fault) {
      throw fault;
    } catch (Throwable impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static String words(int errno) {
    var text = new String[1];
    returned(
        (arena, state) -> {
          var words = (MemorySegment) LibC.Strerror.CALL.invokeExact(errno);
          text[0] = words.reinterpret(256).getString(0);
          return 0;
        });
    return text[0];
  }
}
