package org.blkdelta.remote.sftp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.sshd.sftp.client.SftpClient.CloseableHandle;
import org.blkdelta.disk.Disk;

/// A file on another machine, read by several requests at a time.
final class SftpDisk implements Disk {

  private final String name;
  private final long size;
  private final SftpChannel channel;
  private final CloseableHandle handle;

  /// Reads the file of an open handle, which it closes.
  SftpDisk(String name, long size, SftpChannel channel, CloseableHandle handle) {
    this.name = name;
    this.size = size;
    this.channel = channel;
    this.handle = handle;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    readAll(List.of(new Read(dst, offset)));
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    new SftpTransfer(name, channel, handle.getIdentifier()).run(reads);
  }

  /// Closes the handle. If that fails the connection is gone, and the handle with it.
  @Override
  public void close() {
    try {
      handle.close();
    } catch (IOException gone) {
      // All that was read was right.
    }
  }
}
