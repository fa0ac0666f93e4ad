package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// The file that stands for a link: its descriptor, or the extent itself where that has the
/// descriptor inside, or if the descriptor was lost. Nothing but the descriptor was read yet.
///
/// @param path the file's real path
/// @param name what messages call it
/// @param kind what it is by its first bytes
/// @param descriptor empty for a bare extent
/// @param isExtent whether the link's only extent is this file, whatever the descriptor calls it
record LinkFile(
    Path path, String name, FileKind kind, Optional<Descriptor> descriptor, boolean isExtent) {

  /// Reads what the user named, or a descriptor hinted at.
  static LinkFile read(Path file, FileAccess access) throws IOException {
    var path = NamedFiles.real(file);
    try (var disk = access.opener().open(path)) {
      return of(path, disk, access);
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  boolean hasParent() {
    return descriptor.isPresent() && descriptor.get().hasParent();
  }

  private static LinkFile of(Path path, Disk disk, FileAccess access) throws IOException {
    var kind = FileKind.of(disk);
    return switch (kind) {
      case COWD, SE_SPARSE -> new LinkFile(path, disk.name(), kind, Optional.empty(), true);
      case HOSTED_SPARSE -> hosted(path, disk, access);
      case DESCRIPTOR -> new LinkFile(path, disk.name(), kind, Optional.of(text(disk)), false);
      case CHANGE_TRACKING ->
          throw new SourceException(
              disk.name()
                  + ": is a change-tracking file, which has no data and no list that can be trusted;"
                  + " name the snapshot's descriptor");
      case UNFINISHED ->
          throw new SourceException(
              disk.name() + ": was never finished by the program that wrote it; export it again");
      case RAW ->
          throw new SourceException(
              disk.name()
                  + ": is neither a descriptor nor a delta of a virtual disk; name the descriptor"
                  + " (vm-000001.vmdk), or the delta itself");
    };
  }

  private static Descriptor text(Disk disk) throws IOException {
    if (disk.size() > DescriptorText.MAX_BYTES) {
      throw new SourceException(
          "%s: a descriptor of %d bytes; more than %d cannot be right"
              .formatted(disk.name(), disk.size(), DescriptorText.MAX_BYTES));
    }
    var text = Fields.read(disk, 0, (int) disk.size(), "the descriptor");
    return DescriptorText.parse(disk.name(), text.bytes().array());
  }

  private static LinkFile hosted(Path path, Disk disk, FileAccess access) throws IOException {
    var header = HostedHeader.read(disk, 0, access.unquestioning());
    var found = HostedSparse.descriptor(disk, header);
    if (found.isEmpty() || found.get().u8(0) == 0) {
      throw new SourceException(
          disk.name() + ": is one extent of several; name the descriptor that lists them");
    }
    var descriptor = DescriptorText.parse(disk.name(), found.get().bytes().array());
    boolean isExtent = header.capacity() > 0;
    if (isExtent && (descriptor.extents().size() > 1 || !isSparse(descriptor))) {
      throw new SourceException(
          disk.name() + ": holds a descriptor of several extents; put it into a file of its own");
    }
    return new LinkFile(
        path, disk.name(), FileKind.HOSTED_SPARSE, Optional.of(descriptor), isExtent);
  }

  private static boolean isSparse(Descriptor descriptor) {
    return descriptor.extents().getFirst().type() == ExtentType.SPARSE;
  }
}
