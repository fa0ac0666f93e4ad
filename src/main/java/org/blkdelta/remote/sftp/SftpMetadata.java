package org.blkdelta.remote.sftp;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.BufferException;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.sftp.client.SftpErrorDataHandler;
import org.apache.sshd.sftp.client.SftpMessage;
import org.apache.sshd.sftp.client.impl.AbstractSftpClient;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// What the library's file system asks about names, over our channel. It only reads. Faults name
/// the file with its host.
final class SftpMetadata extends AbstractSftpClient {

  private final SftpChannel channel;
  private final Map<Integer, SftpRequest> sent = new ConcurrentHashMap<>();

  SftpMetadata(SftpChannel channel) {
    super(SftpErrorDataHandler.EMPTY);
    this.channel = channel;
  }

  @Override
  public int send(int type, Buffer content) throws IOException {
    var request = channel.request(type, content.getCompactData());
    sent.put(request.number(), request);
    channel.send(List.of(request));
    return request.number();
  }

  @Override
  public Buffer receive(int number) throws IOException {
    var request = sent.remove(number);
    if (request == null) {
      throw new IllegalStateException("no request " + number);
    }
    channel.await(request);
    return new ByteArrayBuffer(request.answer());
  }

  @Override
  public Buffer receive(int number, long timeoutMillis) throws IOException {
    return receive(number);
  }

  @Override
  public Buffer receive(int number, Duration timeout) throws IOException {
    return receive(number);
  }

  @Override
  public SftpMessage write(int type, Buffer content) {
    throw new UnsupportedOperationException("files on other machines are only read");
  }

  @Override
  public Attributes stat(String path) throws IOException {
    return told(path, () -> super.stat(path));
  }

  @Override
  public Attributes lstat(String path) throws IOException {
    return told(path, () -> super.lstat(path));
  }

  @Override
  public Attributes stat(Handle handle) throws IOException {
    return told(handle.getPath(), () -> super.stat(handle));
  }

  @Override
  public String canonicalPath(String path) throws IOException {
    return told(path, () -> super.canonicalPath(path));
  }

  @Override
  public String readLink(String path) throws IOException {
    return told(path, () -> super.readLink(path));
  }

  @Override
  public CloseableHandle open(String path, Collection<OpenMode> modes) throws IOException {
    return told(path, () -> super.open(path, modes));
  }

  @Override
  public int getVersion() {
    return SftpConstants.SFTP_V3;
  }

  @Override
  public NavigableMap<String, byte[]> getServerExtensions() {
    return Collections.unmodifiableNavigableMap(new TreeMap<>());
  }

  @Override
  public Charset getNameDecodingCharset() {
    return StandardCharsets.UTF_8;
  }

  @Override
  public void setNameDecodingCharset(Charset charset) {
    throw new UnsupportedOperationException("names are UTF-8");
  }

  @Override
  public ClientSession getClientSession() {
    return channel.connection().session();
  }

  @Override
  public ClientChannel getClientChannel() {
    return channel.channel();
  }

  /// Always true: if the channel has ended, the next request says why.
  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean isClosing() {
    return false;
  }

  /// Leaves the channel open, which others use too.
  @Override
  public void close() {}

  /// Something that is asked of the server.
  @FunctionalInterface
  private interface Question<T> {
    T ask() throws IOException;
  }

  private <T> T told(String path, Question<T> question) throws IOException {
    var name = channel.nameOf(path);
    try {
      return question.ask();
    } catch (SftpException e) {
      throw (IOException) fault(name, e).initCause(e);
    } catch (BufferException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new SourceException(name + ": sftp: the server's answer is malformed", e);
    }
  }

  private static IOException fault(String name, SftpException e) {
    return switch (e.getStatus()) {
      case SftpConstants.SSH_FX_NO_SUCH_FILE -> new NoSuchFileException(name);
      case SftpConstants.SSH_FX_PERMISSION_DENIED -> new AccessDeniedException(name);
      default -> new FileSystemException(name, null, Printable.of(SyncException.describe(e)));
    };
  }
}
