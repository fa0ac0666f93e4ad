package org.blkdelta.destination;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import org.blkdelta.disk.Disk;

/// Some of the pages that were written to a disk, by digests. They show later whether the disk was
/// rolled back, or written to by somebody else, at any of these places.
///
/// @param salt 32 hexadecimal digits, drawn for this disk and told nobody: it goes into each
///     digest, so that no writer of the pages can make others of the same digest
/// @param pages ascending, not overlapping
public record WrittenPages(String salt, List<Page> pages) {

  /// The longest page, in bytes.
  public static final int PAGE = 4096;

  private static final int DIGEST_BYTES = 16;

  /// A page or a part of one.
  ///
  /// @param offset in bytes
  /// @param length in bytes, [#PAGE] at most
  /// @param digest 32 hexadecimal digits
  public record Page(long offset, int length, String digest) {}

  /// Creates one of an unmodifiable list.
  ///
  /// @throws IllegalArgumentException if pages are none that could have been written
  public WrittenPages {
    pages = List.copyOf(pages);
    long end = 0;
    for (var page : pages) {
      if (page.offset() < end || page.length() < 1 || page.length() > PAGE) {
        throw new IllegalArgumentException("page at " + page.offset());
      }
      end = Math.addExact(page.offset(), page.length());
    }
  }

  /// Returns where the first page is that the disk does not hold as it was written, or empty.
  public OptionalLong firstDifference(Disk disk) throws IOException {
    var held = heldBy(disk).pages();
    for (int at = 0; at < pages.size(); at++) {
      if (at == held.size() || !held.get(at).equals(pages.get(at))) {
        return OptionalLong.of(pages.get(at).offset());
      }
    }
    return OptionalLong.empty();
  }

  /// Returns those that the disk holds as they were written.
  WrittenPages heldBy(Disk disk) throws IOException {
    var inside =
        pages.stream().filter(page -> page.offset() + page.length() <= disk.size()).toList();
    var reads = new ArrayList<Disk.Read>();
    for (var page : inside) {
      reads.add(new Disk.Read(ByteBuffer.allocate(page.length()), page.offset()));
    }
    disk.readAll(reads);
    var held = new ArrayList<Page>();
    for (int at = 0; at < reads.size(); at++) {
      var page = inside.get(at);
      if (digest(salt, page.offset(), reads.get(at).dst().array()).equals(page.digest())) {
        held.add(page);
      }
    }
    return new WrittenPages(salt, held);
  }

  /// Returns the digest of a page: SHA-256 of the salt, the offset and the bytes, cut.
  static String digest(String salt, long offset, byte[] bytes) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      digest.update(HexFormat.of().parseHex(salt));
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(offset).flip());
      digest.update(bytes);
      return HexFormat.of().formatHex(digest.digest(), 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException(absent); // every Java has it
    }
  }
}
