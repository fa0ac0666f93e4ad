package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.blkdelta.disk.Disk;

/// What a file of a virtual disk is. Its first bytes decide, never its name.
public enum FileKind {
  /// An ESX sparse extent: what vmfsSparse snapshots write.
  COWD,
  /// A hosted sparse extent, plain or compressed.
  HOSTED_SPARSE,
  /// A seSparse extent.
  SE_SPARSE,
  /// A change-tracking file, which has no data of the disk.
  CHANGE_TRACKING,
  /// A file that VMware's open converter did not finish.
  UNFINISHED,
  /// A text descriptor.
  DESCRIPTOR,
  /// Anything else: the sectors of a disk, or no disk at all.
  RAW;

  private static final int COWD_MAGIC = 0x44574f43;
  private static final int HOSTED_MAGIC = 0x564d444b;
  private static final int UNFINISHED_MAGIC = 0x766d646b;
  private static final int CHANGE_TRACKING_MAGIC = 0xf61972a2;
  private static final long SE_SPARSE_MAGIC = 0xcafebabeL;
  private static final int HEAD = 64 << 10;

  /// The first line that is neither blank nor a comment; after any byte-order mark.
  private static final Pattern DESCRIPTOR_HEAD =
      Pattern.compile(
          "(?:\u00ef\u00bb\u00bf)?(?:[ \\t]*(?:#[^\\n]*)?\\r?\\n)*+[ \\t]*version[ \\t]*=[ \\t\"]*[0-9]",
          Pattern.CASE_INSENSITIVE);

  /// Tells what a file is, by its first 64 KiB at most.
  public static FileKind of(Disk file) throws IOException {
    var head = ByteBuffer.allocate((int) Math.min(HEAD, file.size()));
    file.read(head, 0);
    return of(head.flip());
  }

  /// Tells what a file is.
  ///
  /// @param first its first bytes, up to the limit
  public static FileKind of(ByteBuffer first) {
    var head = first.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (head.remaining() >= Long.BYTES && head.getLong(0) == SE_SPARSE_MAGIC) {
      return SE_SPARSE;
    }
    int magic = head.remaining() >= Integer.BYTES ? head.getInt(0) : 0;
    return switch (magic) {
      case COWD_MAGIC -> COWD;
      case HOSTED_MAGIC -> HOSTED_SPARSE;
      case UNFINISHED_MAGIC -> UNFINISHED;
      case CHANGE_TRACKING_MAGIC -> CHANGE_TRACKING;
      default -> isDescriptor(StandardCharsets.ISO_8859_1.decode(head)) ? DESCRIPTOR : RAW;
    };
  }

  /// Returns whether a text begins like a descriptor.
  public static boolean isDescriptor(CharSequence text) {
    return DESCRIPTOR_HEAD.matcher(text).lookingAt();
  }
}
