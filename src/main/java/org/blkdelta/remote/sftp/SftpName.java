package org.blkdelta.remote.sftp;

import java.io.IOException;
import java.nio.file.LinkOption;
import java.util.List;
import org.apache.sshd.sftp.client.fs.SftpPath;
import org.apache.sshd.sftp.client.impl.SftpPathImpl;

/// A path whose real one is the server's word: the library's own only looks whether it exists, and
/// leaves symbolic links as they are.
final class SftpName extends SftpPathImpl {

  SftpName(SftpNames names, String root, List<String> parts) {
    super(names, root, parts);
  }

  /// Follows all links, whatever the options.
  @Override
  public SftpPath toRealPath(LinkOption... options) throws IOException {
    var names = (SftpNames) getFileSystem();
    try (var client = names.getClient()) {
      client.stat(toString()); // REALPATH of OpenSSH is content where the last name does not exist
      return names.getPath(client.canonicalPath(toString()));
    }
  }
}
