import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/// One dump of an archive of classes, and between which times it was made. The times are those of
/// the kernel's monotonic clock, in milliseconds, as the JVM writes them into each SoftReference.
/// Two dumps of one list differ in these, and in the checksums that are made of them.
record Dump(ByteBuffer bytes, long from, long to) {

  /// Where the header (HotSpot's `FileMapHeader`) has its own checksum, and that of the region with
  /// the objects. The JVM compares them only if it is told to.
  private static final int HEADER_CHECKSUM = 4;

  private static final int OBJECTS_CHECKSUM = 312;

  static Dump read(Path file, long from, long to) throws IOException {
    var bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    return new Dump(bytes, from, to);
  }

  static long now() {
    return System.nanoTime() / 1_000_000;
  }

  /// Returns this dump with zeros instead of the times and checksums. If the other one differs in
  /// anything else, they would not be all, and this dump is returned as it is, with a warning. A
  /// soft reference of time 0 is an old one, which may be cleared when memory is short.
  Dump settled(Dump other) {
    var copy = ByteBuffer.wrap(bytes.array().clone()).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.capacity() != other.bytes.capacity()) {
      return unsettled("size");
    }
    copy.putInt(HEADER_CHECKSUM, 0).putInt(OBJECTS_CHECKSUM, 0);
    for (int at = 0; at < bytes.capacity(); at += Long.BYTES) {
      if (hasTime(at) && other.hasTime(at) && bytes.getLong(at) != other.bytes.getLong(at)) {
        copy.putLong(at, 0);
      } else if (copy.getLong(at) != other.withoutChecksum(at)) {
        return unsettled("at byte " + at);
      }
    }
    return new Dump(copy, from, to);
  }

  private boolean hasTime(int at) {
    long value = bytes.getLong(at);
    return from <= value && value <= to;
  }

  private long withoutChecksum(int at) {
    return switch (at) {
      case HEADER_CHECKSUM - Integer.BYTES -> bytes.getLong(at) & 0xffffffffL;
      case OBJECTS_CHECKSUM -> bytes.getLong(at) & ~0xffffffffL;
      default -> bytes.getLong(at);
    };
  }

  private Dump unsettled(String what) {
    System.out.println("[WARNING] two archives of the same classes differ: " + what);
    return this;
  }
}
