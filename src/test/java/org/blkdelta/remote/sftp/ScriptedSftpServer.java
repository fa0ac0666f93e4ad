package org.blkdelta.remote.sftp;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.subsystem.SubsystemFactory;
import org.apache.sshd.sftp.common.SftpConstants;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Runs;
import org.blkdelta.remote.SshOptions;

/// An SFTP server in this process that has one file, `/file`, and that does wrong what a test asks
/// for. `/directory` is a directory, `/secret` may not be seen, and nothing else exists.
final class ScriptedSftpServer implements Closeable {

  static {
    Runs.knowEd25519();
  }

  private static final int REGULAR = 0100644;
  private static final int DIRECTORY = 0040755;

  /// What the server does for a READ.
  @FunctionalInterface
  interface Reading {
    void read(int number, long offset, int length, Answers answers) throws IOException;
  }

  private final SshServer server = SshServer.setUpDefaultServer();
  private final byte[] file;
  private final List<Integer> lengths = Collections.synchronizedList(new ArrayList<>());
  private final List<Integer> types = Collections.synchronizedList(new ArrayList<>());

  volatile Reading reading = this::readRightly;
  volatile byte[] hello = version(3);
  volatile Optional<Long> limit = Optional.empty();
  volatile boolean tellsSize = true;

  private ScriptedSftpServer(byte[] file) {
    this.file = file;
  }

  static ScriptedSftpServer start(byte[] file) throws IOException, GeneralSecurityException {
    var scripted = new ScriptedSftpServer(file);
    var server = scripted.server;
    server.setHost("127.0.0.1");
    server.setKeyPairProvider(
        KeyPairProvider.wrap(KeyPairGenerator.getInstance("Ed25519").generateKeyPair()));
    server.setPasswordAuthenticator((user, password, session) -> password.equals("open"));
    server.setUserAuthFactories(List.of(UserAuthPasswordFactory.INSTANCE));
    server.setSubsystemFactories(List.of(scripted.new Subsystem()));
    server.start();
    return scripted;
  }

  static Host host() {
    return new Host(Optional.of("me"), "127.0.0.1", OptionalInt.empty());
  }

  /// Returns the options of a client that reaches this server, and knows no host yet.
  SshOptions options(Path directory) {
    return new SshOptions(
        Optional.empty(),
        Optional.of(Path.of("none")),
        List.of(),
        OptionalInt.of(server.getPort()),
        List.of(
            "UserKnownHostsFile=" + directory.resolve("known_hosts"),
            "GlobalKnownHostsFile=none",
            "StrictHostKeyChecking=accept-new",
            "IdentityFile=none",
            "IdentityAgent=none"),
        false);
  }

  /// Has no SFTP from now on.
  void withdraw() {
    server.setSubsystemFactories(List.of());
  }

  /// Returns the lengths that were asked for, in order.
  List<Integer> lengths() {
    return List.copyOf(lengths);
  }

  /// Returns the types of all requests, in order.
  List<Integer> types() {
    return List.copyOf(types);
  }

  /// Answers with what the file has there.
  void readRightly(int number, long offset, int length, Answers answers) throws IOException {
    int count = (int) Math.min(length, file.length - offset);
    if (count <= 0) {
      answers.status(number, SftpConstants.SSH_FX_EOF, "End of file");
    } else {
      answers.data(number, offset, count);
    }
  }

  static byte[] version(int version) {
    return new byte[] {0, 0, 0, 5, SftpConstants.SSH_FXP_VERSION, 0, 0, 0, (byte) version};
  }

  @Override
  public void close() throws IOException {
    server.stop(true);
  }

  /// The server's end of one channel.
  final class Answers implements Command, Runnable {

    private DataInputStream in = new DataInputStream(InputStream.nullInputStream());
    private DataOutputStream out = new DataOutputStream(OutputStream.nullOutputStream());
    private ExitCallback exit = (code, text, closeImmediately) -> {};

    /// Answers with bytes of the file.
    void data(int number, long offset, int count) throws IOException {
      head(9 + count, SftpConstants.SSH_FXP_DATA, number);
      out.writeInt(count);
      out.write(file, (int) offset, count);
      out.flush();
    }

    void status(int number, int code, String text) throws IOException {
      var bytes = text.getBytes(StandardCharsets.UTF_8);
      head(5 + 4 + 4 + bytes.length + 4, SftpConstants.SSH_FXP_STATUS, number);
      out.writeInt(code);
      out.writeInt(bytes.length);
      out.write(bytes);
      out.writeInt(0);
      out.flush();
    }

    /// Sends bytes that need not be an answer.
    void raw(byte[] bytes) throws IOException {
      out.write(bytes);
      out.flush();
    }

    /// Ends the channel, as where the server's program was killed.
    void end() {
      exit.onExit(1);
    }

    /// Cuts all connections.
    void cut() {
      server.getActiveSessions().forEach(session -> session.close(true));
    }

    @Override
    public void run() {
      try {
        while (true) {
          var packet = new byte[in.readInt()];
          in.readFully(packet);
          answer(ByteBuffer.wrap(packet));
        }
      } catch (EOFException ended) {
        exit.onExit(0);
      } catch (IOException gone) {
        exit.onExit(1);
      }
    }

    private void answer(ByteBuffer request) throws IOException {
      int type = request.get();
      types.add(type & 0xff);
      int number = request.getInt();
      switch (type & 0xff) {
        case SftpConstants.SSH_FXP_INIT -> raw(limit.isPresent() ? withLimits() : hello);
        case SftpConstants.SSH_FXP_EXTENDED -> limits(number);
        case SftpConstants.SSH_FXP_REALPATH -> name(number, string(request));
        case SftpConstants.SSH_FXP_STAT, SftpConstants.SSH_FXP_LSTAT ->
            stat(number, string(request));
        case SftpConstants.SSH_FXP_OPEN -> handle(number);
        case SftpConstants.SSH_FXP_FSTAT -> attributes(number, REGULAR);
        case SftpConstants.SSH_FXP_READ -> {
          string(request);
          long offset = request.getLong();
          int length = request.getInt();
          lengths.add(length);
          reading.read(number, offset, length, this);
        }
        default -> status(number, SftpConstants.SSH_FX_OK, "");
      }
    }

    private byte[] withLimits() {
      var name = "limits@openssh.com".getBytes(StandardCharsets.US_ASCII);
      int length = 5 + 4 + name.length + 4 + 1;
      return ByteBuffer.allocate(4 + length)
          .putInt(length)
          .put((byte) SftpConstants.SSH_FXP_VERSION)
          .putInt(3)
          .putInt(name.length)
          .put(name)
          .putInt(1)
          .put((byte) '1')
          .array();
    }

    private void limits(int number) throws IOException {
      head(5 + 4 * 8, SftpConstants.SSH_FXP_EXTENDED_REPLY, number);
      out.writeLong(0);
      out.writeLong(limit.orElseThrow());
      out.writeLong(0);
      out.writeLong(0);
      out.flush();
    }

    private void name(int number, String path) throws IOException {
      var bytes = (path.equals(".") ? "/" : path).getBytes(StandardCharsets.UTF_8);
      head(5 + 4 + 2 * (4 + bytes.length) + 4, SftpConstants.SSH_FXP_NAME, number);
      out.writeInt(1);
      for (int i = 0; i < 2; i++) {
        out.writeInt(bytes.length);
        out.write(bytes);
      }
      out.writeInt(0);
      out.flush();
    }

    private void stat(int number, String path) throws IOException {
      switch (path) {
        case "/file" -> attributes(number, REGULAR);
        case "/directory" -> attributes(number, DIRECTORY);
        case "/secret" -> status(number, SftpConstants.SSH_FX_PERMISSION_DENIED, "Denied");
        case "/odd" -> status(number, SftpConstants.SSH_FX_FAILURE, "out of\u001b[31m order");
        default -> status(number, SftpConstants.SSH_FX_NO_SUCH_FILE, "No such file");
      }
    }

    private void attributes(int number, int mode) throws IOException {
      head(5 + 4 + (tellsSize ? 8 : 0) + 4, SftpConstants.SSH_FXP_ATTRS, number);
      out.writeInt((tellsSize ? 1 : 0) | 4);
      if (tellsSize) {
        out.writeLong(file.length);
      }
      out.writeInt(mode);
      out.flush();
    }

    private void handle(int number) throws IOException {
      head(5 + 4 + 1, SftpConstants.SSH_FXP_HANDLE, number);
      out.writeInt(1);
      out.write('h');
      out.flush();
    }

    private void head(int length, int type, int number) throws IOException {
      out.writeInt(length);
      out.write(type);
      out.writeInt(number);
    }

    private static String string(ByteBuffer packet) {
      var bytes = new byte[packet.getInt()];
      packet.get(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void setInputStream(InputStream stream) {
      in = new DataInputStream(stream);
    }

    @Override
    public void setOutputStream(OutputStream stream) {
      out = new DataOutputStream(stream);
    }

    @Override
    public void setErrorStream(OutputStream stream) {}

    @Override
    public void setExitCallback(ExitCallback callback) {
      exit = callback;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) {
      var thread = new Thread(this, "scripted-sftp");
      thread.setDaemon(true);
      thread.start();
    }

    @Override
    public void destroy(ChannelSession channel) {}
  }

  private final class Subsystem implements SubsystemFactory {

    @Override
    public String getName() {
      return SftpConstants.SFTP_SUBSYSTEM_NAME;
    }

    @Override
    public Command createSubsystem(ChannelSession channel) {
      return new Answers();
    }
  }
}
