package org.blkdelta.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;

/// Reads small files that nobody but this user or root can have written, in folders where nobody
/// else can exchange them.
public final class TrustedFile {

  /// What was found is not to be believed; the message says why, without the file's name.
  public static final class UntrustedException extends IOException {
    private static final long serialVersionUID = 1;

    /// Creates one.
    public UntrustedException(String message) {
      super(message);
    }
  }

  private static final Path SELF = Path.of("/proc/self");
  private static final int OTHERS_WRITE = 0002;
  private static final int GROUP_WRITE = 0020;
  private static final int STICKY = 01000;
  private static final int ROOT = 0;

  private TrustedFile() {}

  /// Reads a whole file. Anything but a regular file is never opened: a FIFO would wait for its
  /// writer.
  ///
  /// @param limit bytes that it may have at most
  /// @throws UntrustedException if somebody else can have written it, or it is no such file
  public static byte[] read(Path file, int limit) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new UntrustedException("it is not a regular file");
    }
    var folder = file.toAbsolutePath().getParent();
    if (folder != null && DeviceNumber.isOnHost(file)) {
      check(folder, "its folder");
      check(file, "it");
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      if (channel.size() > limit) {
        throw new UntrustedException(
            "it has %d bytes, more than the %d that it can need".formatted(channel.size(), limit));
      }
      var bytes = ByteBuffer.allocate((int) channel.size());
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // the rest
      }
      return bytes.flip().remaining() == bytes.capacity() ? bytes.array() : new byte[0];
    }
  }

  private static void check(Path path, String what) throws IOException {
    var self = owner(SELF);
    var found = owner(path);
    if (found.uid() != ROOT && found.uid() != self.uid()) {
      throw new UntrustedException(
          "%s belongs to user %d, who is neither you nor root".formatted(what, found.uid()));
    }
    boolean isGroups = (found.mode() & GROUP_WRITE) != 0 && found.gid() != self.gid();
    boolean isEverybodys = (found.mode() & OTHERS_WRITE) != 0;
    if ((isGroups || isEverybodys) && (found.mode() & STICKY) == 0) {
      throw new UntrustedException(
          "others may write %s (mode %04o)".formatted(what, found.mode() & 07777));
    }
  }

  private record Owner(int uid, int gid, int mode) {}

  private static Owner owner(Path path) throws IOException {
    Map<String, Object> found = Files.readAttributes(path, "unix:uid,gid,mode");
    return new Owner(number(found, "uid"), number(found, "gid"), number(found, "mode"));
  }

  private static int number(Map<String, Object> attributes, String name) {
    return (int) Objects.requireNonNull(attributes.get(name));
  }
}
