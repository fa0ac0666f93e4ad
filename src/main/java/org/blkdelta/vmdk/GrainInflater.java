package org.blkdelta.vmdk;

import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;

/// Reads compressed grains: a head with the grain's place and the length of what follows, a zlib
/// stream (RFC 1950). What comes out is never longer than a grain, whatever the stream says.
final class GrainInflater {

  /// Bytes of a grain's head: its first sector of the disk, and the compressed length.
  static final int HEAD = 12;

  private static final int LENGTH = 8;

  private final int grainSize;
  private final Inflater inflater = new Inflater();
  private final byte[] plain;

  /// Creates one for grains of a size.
  GrainInflater(long grainSectors) {
    this.grainSize = (int) grainSectors * Fields.SECTOR;
    this.plain = new byte[grainSize + 1]; // one more, so that too much is seen
  }

  /// Inflates a grain to see that it can be, and returns how many sectors it takes in the file.
  long check(Disk file, long startSector, long diskSector, long valid) throws IOException {
    var head = head(file, startSector, diskSector);
    inflateBehind(file, head, valid);
    return Math.ceilDiv(HEAD + head.u32(LENGTH), Fields.SECTOR);
  }

  /// Returns a grain's bytes: at least those of its `valid` sectors. They are overwritten by the
  /// next one's.
  byte[] inflate(Disk file, long startSector, long diskSector, long valid) throws IOException {
    return inflateBehind(file, head(file, startSector, diskSector), valid);
  }

  /// Inflates what a head that was checked announces, read from where the head was.
  private byte[] inflateBehind(Disk file, Fields head, long valid) throws IOException {
    int length = (int) head.u32(LENGTH);
    var packed = Fields.read(file, head.at() + HEAD, length, "a compressed grain");
    return inflate(packed, valid);
  }

  /// Inflates compressed bytes.
  ///
  /// @return the bytes, overwritten by the next one's; at least those of `valid` sectors
  byte[] inflate(Fields packed, long valid) throws SourceException {
    inflater.reset();
    inflater.setInput(packed.bytes().array(), 0, packed.bytes().limit());
    int count = 0;
    try {
      while (!inflater.finished() && count < plain.length) {
        int more = inflater.inflate(plain, count, plain.length - count);
        if (inflater.needsDictionary()) {
          throw packed.damaged(
              0, "a compressed grain that needs a dictionary, which the format does not have");
        }
        if (more == 0 && !inflater.finished()) {
          throw packed.damaged(0, "a compressed grain that does not end");
        }
        count += more;
      }
    } catch (DataFormatException bad) {
      throw packed.damaged(0, "a compressed grain that does not inflate: " + bad.getMessage());
    }
    packed.require(
        inflater.finished() && count <= grainSize && count >= valid * Fields.SECTOR,
        0,
        "a compressed grain that holds %s bytes instead of %d",
        count > grainSize ? "more than " + grainSize : count,
        valid * Fields.SECTOR);
    return plain;
  }

  /// Checks a head's length.
  void checkLength(Fields head) throws SourceException {
    long length = head.u32(LENGTH);
    head.require(
        length > 0 && length <= 2L * grainSize,
        LENGTH,
        "a compressed grain of %d bytes; 1 to %d are possible",
        length,
        2L * grainSize);
  }

  private Fields head(Disk file, long startSector, long diskSector) throws IOException {
    if (startSector > file.size() / Fields.SECTOR) {
      throw Fields.damaged(
          file.name(),
          file.size(),
          "the file ends before the grain of sector %d, at sector %d of the file"
              .formatted(diskSector, startSector));
    }
    var head = Fields.read(file, startSector * Fields.SECTOR, HEAD, "a grain's head");
    head.require(
        head.u64(0) == diskSector,
        0,
        "a grain of sector %s, where that of %d should be",
        Long.toUnsignedString(head.u64(0)),
        diskSector);
    checkLength(head);
    return head;
  }
}
