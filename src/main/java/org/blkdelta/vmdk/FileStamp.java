package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.blkdelta.failure.SourceException;

/// How a file was when it was opened, so that a change of it meanwhile is noticed: a snapshot's
/// delta is still while nobody runs on it, and only then is it one state of the disk.
record FileStamp(Path path, BasicFileAttributes attributes) {

  static FileStamp of(Path path) throws SourceException {
    try {
      return new FileStamp(path, Files.readAttributes(path, BasicFileAttributes.class));
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  void checkUnchanged() throws SourceException {
    var now = of(path).attributes();
    if (now.size() != attributes.size()
        || !now.lastModifiedTime().equals(attributes.lastModifiedTime())) {
      throw new SourceException(
          path
              + ": was written to while it was read: is the VM running on it? stop it, or take a"
              + " snapshot and use the delta below that");
    }
  }
}
