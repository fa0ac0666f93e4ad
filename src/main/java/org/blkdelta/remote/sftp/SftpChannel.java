package org.blkdelta.remote.sftp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.sftp.common.SftpConstants;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.SshConnection;
import org.blkdelta.remote.StderrTail;

/// A channel that speaks SFTP, version 3 (draft-ietf-secsh-filexfer-02): requests of any threads,
/// as many under way as they like. It ends with its connection.
final class SftpChannel {

  /// As long as nothing moves at all: a host whose storage is gone may take minutes to say so.
  static final Duration PATIENCE = Duration.ofMinutes(5);

  /// What one READ asks for where the server does not say what it allows: what every server must
  /// give.
  private static final int USUAL_READ = 32 * 1024;

  /// Never more than this, so that an answer with its head is within what [SftpAnswers] takes.
  private static final int MAX_READ = 255 * 1024;

  /// Never less than this, whatever the server says it allows: short answers are continued.
  private static final int MIN_READ = 4 * 1024;

  private static final int VERSION = 3;
  private static final String LIMITS = "limits@openssh.com";

  private final SshConnection connection;
  private final SftpAnswers answers;
  private final StderrTail stderr;
  private final SftpSubsystem channel;
  private final AtomicInteger lastNumber = new AtomicInteger(SftpAnswers.VERSION);
  private final Object sending = new Object();
  private int readSize = USUAL_READ;

  private SftpChannel(
      SshConnection connection, SftpAnswers answers, StderrTail stderr, SftpSubsystem channel) {
    this.connection = connection;
    this.answers = answers;
    this.stderr = stderr;
    this.channel = channel;
  }

  /// Opens one that gives up where for `patience` no answer comes. Whole lines of what the server
  /// says beside the protocol go to `lines`.
  static SftpChannel open(SshConnection connection, Consumer<String> lines, Duration patience)
      throws SyncException {
    var answers = new SftpAnswers(connection.host(), patience);
    var stderr = new StderrTail(lines);
    var channel = new SftpSubsystem(answers, stderr, patience);
    connection.open(channel);
    var opened = new SftpChannel(connection, answers, stderr, channel);
    channel.addCloseFutureListener(closed -> answers.end(opened::lost));
    opened.negotiate();
    return opened;
  }

  /// Returns the most bytes that one READ should ask for.
  int readSize() {
    return readSize;
  }

  /// Returns a number for a request.
  int nextNumber() {
    return lastNumber.updateAndGet(n -> n == Integer.MAX_VALUE ? 1 : n + 1);
  }

  /// Returns a request of a type and what follows the number.
  SftpRequest request(int type, byte[] content) {
    int number = nextNumber();
    int length = 1 + Integer.BYTES + content.length;
    var packet =
        ByteBuffer.allocate(Integer.BYTES + length)
            .putInt(length)
            .put((byte) type)
            .putInt(number)
            .put(content);
    return new SftpRequest(packet.array(), number, null);
  }

  /// Sends requests, and returns when they are on their way.
  void send(List<SftpRequest> requests) throws SyncException {
    answers.expect(requests);
    var packets = new ByteArrayOutputStream();
    requests.forEach(request -> packets.writeBytes(request.packet()));
    try {
      synchronized (sending) {
        var out = channel.getInvertedIn();
        packets.writeTo(out);
        out.flush();
      }
    } catch (IOException e) {
      var fault = connection.isLost() || channel.isClosing() ? lost() : unsent(e);
      answers.end(() -> fault);
      throw fault;
    }
  }

  /// Waits for the answer to a request.
  void await(SftpRequest request) throws SyncException {
    answers.await(request);
  }

  /// Returns what is wrong where the channel has ended.
  SyncException lost() {
    if (connection.isLost()) {
      return new SourceException(SyncException.describe(connection.lost()) + "; run again");
    }
    var said = stderr.text();
    return new SourceException(
        connection.host()
            + ": sftp: the server ended it"
            + (said.isEmpty() ? "" : ": " + said.replace("\n", "; ")));
  }

  /// Returns what messages call a file there: `host:path`.
  String nameOf(String path) {
    return connection.host() + ":" + Printable.of(path);
  }

  /// Returns the connection that it belongs to.
  SshConnection connection() {
    return connection;
  }

  /// Returns the library's channel.
  ClientChannel channel() {
    return channel;
  }

  private void negotiate() throws SyncException {
    try {
      var hello = ByteBuffer.allocate(9).putInt(5).put((byte) SftpConstants.SSH_FXP_INIT);
      var init = new SftpRequest(hello.putInt(VERSION).array(), SftpAnswers.VERSION, null);
      send(List.of(init));
      await(init);
      if (extensions(init).contains(LIMITS)) {
        askLimits();
      }
    } catch (SourceException e) {
      throw new ConnectionException(
          e.getMessage() + "; does its sshd have the subsystem sftp, for this account?", e);
    }
  }

  private Set<String> extensions(SftpRequest init) throws SourceException {
    var packet = ByteBuffer.wrap(init.answer()).position(Integer.BYTES + 1);
    int version = packet.getInt();
    if (version != VERSION) {
      throw new SourceException(
          connection.host() + ": sftp: the server speaks version " + version + ", not 3");
    }
    var names = new HashSet<String>();
    while (packet.hasRemaining()) {
      names.add(string(packet));
      string(packet);
    }
    return names;
  }

  private void askLimits() throws SyncException {
    var name = LIMITS.getBytes(StandardCharsets.US_ASCII);
    var content = ByteBuffer.allocate(Integer.BYTES + name.length).putInt(name.length).put(name);
    var asked = request(SftpConstants.SSH_FXP_EXTENDED, content.array());
    send(List.of(asked));
    await(asked);
    var answer = ByteBuffer.wrap(asked.answer());
    if (answer.get(Integer.BYTES) != (byte) SftpConstants.SSH_FXP_EXTENDED_REPLY) {
      return;
    }
    if (answer.capacity() < 9 + 2 * Long.BYTES) {
      throw malformed("answer about its limits");
    }
    long most = answer.getLong(9 + Long.BYTES);
    readSize = most <= 0 ? MAX_READ : Math.clamp(most, MIN_READ, MAX_READ);
  }

  private SyncException unsent(IOException e) {
    return new SourceException(
        connection.host() + ": sftp: sending failed: " + SyncException.describe(e), e);
  }

  private SourceException malformed(String what) {
    return new SourceException(connection.host() + ": sftp: the server sends a malformed " + what);
  }

  private String string(ByteBuffer packet) throws SourceException {
    int length = packet.remaining() < Integer.BYTES ? -1 : packet.getInt();
    if (length < 0 || length > packet.remaining()) {
      throw malformed("list of extensions");
    }
    var bytes = new byte[length];
    packet.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
