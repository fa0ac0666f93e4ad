package org.blkdelta.vmdk;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;

/// A virtual machine in one file: a tar archive, in which the description (OVF) comes first and the
/// disks, compressed, come later. It is read front to back.
public final class Ova {

  private static final String MAGIC = "ustar";
  private static final int MAGIC_AT = 257;
  private static final int MOST_DESCRIPTION = 4 << 20;
  private static final int MOST_MEMBERS = 10_000;

  /// A disk in the description, by whatever prefix its namespace has.
  private static final Pattern DISK = Pattern.compile("<(?:[A-Za-z0-9_.-]+:)?Disk[\\s>]");

  private static final Pattern PARENT = Pattern.compile("\\bparentRef\\s*=");

  private final TarArchiveInputStream tar;
  private final String name;
  private final Optional<String> wanted;

  private Ova(InputStream in, String name, Optional<String> wanted) {
    this.tar = new TarArchiveInputStream(in, StandardCharsets.UTF_8.name());
    this.name = name;
    this.wanted = wanted;
  }

  /// Returns whether a stream begins like a tar archive.
  ///
  /// @param head its first sector
  public static boolean isOne(byte[] head) {
    int end = MAGIC_AT + MAGIC.length();
    return head.length >= end
        && new String(head, MAGIC_AT, MAGIC.length(), StandardCharsets.US_ASCII).equals(MAGIC);
  }

  /// Goes forward to a disk in an archive.
  ///
  /// @param in the archive, which the caller closes
  /// @param name what messages call it
  /// @param member which disk, where there are several
  /// @return the disk's bytes, to be read before anything else of the archive
  /// @throws SourceException where there is none, or where it cannot be read by itself
  public static InputStream disk(InputStream in, String name, Optional<String> member)
      throws IOException {
    try {
      return new Ova(in, name, member).find();
    } catch (SyncException told) {
      throw told;
    } catch (IOException | RuntimeException bad) {
      // the library reports some damage by unchecked exceptions
      throw new SourceException(
          "%s: the archive is damaged or cut: %s".formatted(name, bad.getMessage()), bad);
    }
  }

  private InputStream find() throws IOException {
    for (int i = 0; i < MOST_MEMBERS; i++) {
      var entry = tar.getNextEntry();
      if (entry == null) {
        throw new SourceException(
            name + ": has no disk" + wanted.map(member -> " " + member).orElse("") + " in it");
      }
      if (entry.getName().endsWith(".ovf")) {
        checkDescription(entry.getSize());
      } else if (entry.isFile() && wanted.map(entry.getName()::equals).orElse(true)) {
        var disk = new BufferedInputStream(tar, MOST_MEMBERS);
        disk.mark(Fields.SECTOR);
        var head = disk.readNBytes(Fields.SECTOR);
        disk.reset();
        if (CompressedStream.isOne(head)) {
          return disk;
        }
        if (wanted.isPresent() || entry.getName().contains(".vmdk")) {
          throw new SourceException(
              "%s: %s: is no compressed VMDK, or one in pieces; unpack the archive first"
                  .formatted(name, entry.getName()));
        }
      }
    }
    throw new SourceException(name + ": has too many members");
  }

  /// Looks into the description only for what would make one disk the wrong thing to read.
  private void checkDescription(long size) throws IOException {
    if (size > MOST_DESCRIPTION) {
      throw new SourceException(
          "%s: a description of %d bytes cannot be right".formatted(name, size));
    }
    var text = new String(tar.readNBytes((int) size), StandardCharsets.UTF_8);
    if (PARENT.matcher(text).find()) {
      throw new SourceException(
          name
              + ": has a disk that is the delta of another; unpack the archive, and sync the disks");
    }
    long disks = DISK.matcher(text).results().count();
    if (disks > 1 && wanted.isEmpty()) {
      throw new UsageException(
          "%s: has %d disks; name one by --member (tar -tf lists them)".formatted(name, disks));
    }
  }
}
