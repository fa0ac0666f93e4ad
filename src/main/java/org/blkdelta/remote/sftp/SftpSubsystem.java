package org.blkdelta.remote.sftp;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.apache.sshd.client.channel.ChannelSubsystem;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.sftp.common.SftpConstants;
import org.blkdelta.remote.StderrTail;

/// The library's channel to the server's SFTP subsystem. What comes is handed on at once, so a wide
/// window costs no memory; and it is opened again in large steps, for each step is a packet that
/// must be encrypted and sent. The library would send one for every packet that it receives.
final class SftpSubsystem extends ChannelSubsystem {

  private static final long WINDOW = 16L * 1024 * 1024;
  private static final long WINDOW_STEP = 1024L * 1024;
  private static final long MAX_PACKET = 64L * 1024;

  private final SftpAnswers answers;
  private long taken;

  /// Hands what comes to `answers`, by the library's thread. Waits for `patience` at most where the
  /// server takes no more requests.
  SftpSubsystem(SftpAnswers answers, StderrTail stderr, Duration patience) {
    super(SftpConstants.SFTP_SUBSYSTEM_NAME);
    this.answers = answers;
    setOut(OutputStream.nullOutputStream());
    setErr(stderr);
    CoreModuleProperties.WINDOW_SIZE.set(this, WINDOW);
    CoreModuleProperties.MAX_PACKET_SIZE.set(this, MAX_PACKET);
    CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(this, patience);
  }

  @Override
  protected void doWriteData(byte[] bytes, int offset, long length) throws IOException {
    answers.take(bytes, offset, (int) length);
    taken += length;
    if (taken >= WINDOW_STEP) {
      getLocalWindow().release(taken);
      taken = 0;
    }
  }
}
