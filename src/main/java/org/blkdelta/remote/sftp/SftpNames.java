package org.blkdelta.remote.sftp;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpErrorDataHandler;
import org.apache.sshd.sftp.client.SftpVersionSelector;
import org.apache.sshd.sftp.client.fs.SftpFileSystem;
import org.apache.sshd.sftp.client.fs.SftpFileSystemProvider;
import org.apache.sshd.sftp.client.fs.SftpPath;

/// The library's file system over our channel. Of itself it would open channels of its own, and
/// throw unchecked exceptions where the connection is lost.
final class SftpNames extends SftpFileSystem {

  private final SftpChannel channel;
  private final SftpPath home;

  /// Asks the server where relative names begin.
  SftpNames(SftpChannel channel) throws IOException {
    super(
        new SftpFileSystemProvider(channel.connection().client(), SftpVersionSelector.CURRENT),
        channel.connection().host().toString(),
        null,
        SftpVersionSelector.CURRENT,
        SftpErrorDataHandler.EMPTY);
    this.channel = channel;
    this.home = getPath(getClient().canonicalPath("."));
    setClientSession(channel.connection().session());
    init();
  }

  @Override
  public SftpClient getClient() throws IOException {
    return new SftpMetadata(channel);
  }

  @Override
  protected SftpPath create(String root, List<String> parts) {
    return new SftpName(this, root, parts);
  }

  @Override
  public SftpPath getDefaultDir() {
    return home;
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return UNIVERSAL_SUPPORTED_VIEWS;
  }
}
