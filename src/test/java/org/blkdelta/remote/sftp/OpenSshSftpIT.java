package org.blkdelta.remote.sftp;

import static org.blkdelta.remote.Runs.assertContains;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.DiskContract;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.OpenSshServer;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.SshOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files by way of OpenSSH's SFTP server.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class OpenSshSftpIT implements DiskContract {

  private static final int SIZE = 40_000_003;
  private static final String SUBSYSTEM = "Subsystem sftp internal-sftp";

  private static OpenSshServer server;

  @TempDir Path directory;
  private @Nullable SftpFiles connected;

  @BeforeAll
  static void startServer() throws IOException {
    server = OpenSshServer.start(SUBSYSTEM);
  }

  @AfterAll
  static void endServer() throws IOException {
    if (server != null) {
      server.close();
    }
  }

  @AfterEach
  void disconnect() throws IOException {
    if (connected != null) {
      connected.close();
    }
  }

  @Override
  public Disk holding(byte[] content) throws IOException {
    var file = Files.write(directory.resolve("disk"), content);
    var files = connect(server);
    connected = files;
    return files.open(files.path(file.toString()));
  }

  @Test
  void random_reads_give_what_the_file_has() throws IOException {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    var random = new Random(seed);
    var content = new byte[SIZE];
    random.nextBytes(content);
    var file = Files.write(directory.resolve("disk"), content);
    try (var files = connect(server);
        var disk = files.open(files.path(file.toString()))) {
      assertEquals("127.0.0.1:" + file, disk.name());
      assertEquals(SIZE, disk.size());
      assertRead(content, read(disk, 0, SIZE));
      for (int i = 0; i < 30; i++) {
        var reads = reads(random);
        disk.readAll(reads);
        reads.forEach(read -> assertRead(content, read));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b  c",
        " ",
        "Größe-磁盘-😀",
        "\"quoted\"",
        "it's",
        "back\\slash",
        "-rf",
        "$(x) `y` *?",
        "a:b",
        "#"
      })
  void any_name_is_found(String name) throws IOException {
    var folder = Files.createDirectory(directory.resolve(name));
    Files.write(folder.resolve(name), new byte[] {1, 2, 3});
    try (var files = connect(server)) {
      var there = files.path(folder.resolve("other").toString()).resolveSibling(name);
      assertEquals(3, Files.size(there));
      assertEquals(folder.resolve(name).toString(), there.toRealPath().toString());
      try (var disk = files.open(there)) {
        assertArrayEquals(new byte[] {1, 2, 3}, read(disk, 0, 3).dst().array());
      }
    }
  }

  @Test
  void a_relative_name_begins_in_the_home_directory() throws IOException {
    try (var files = connect(server)) {
      var home = files.path(".").toRealPath();
      assertEquals(home, files.path("").toAbsolutePath().normalize());
      assertTrue(Files.isDirectory(home));
      assertEquals(home.resolve("x.vmdk"), files.path("x.vmdk").toAbsolutePath());
    }
  }

  @Test
  void attributes_are_those_of_the_server() throws IOException {
    var file = Files.write(directory.resolve("file"), new byte[12345]);
    var link = Files.createSymbolicLink(directory.resolve("link"), file);
    try (var files = connect(server)) {
      var there = attributes(files, file);
      assertTrue(there.isRegularFile());
      assertEquals(12345, there.size());
      assertTrue(attributes(files, directory).isDirectory());
      assertTrue(attributes(files, link).isRegularFile());
      assertTrue(attributes(files, link, LinkOption.NOFOLLOW_LINKS).isSymbolicLink());
      assertTrue(Files.isRegularFile(files.path(file.toString())));
      assertFalse(Files.isRegularFile(files.path(directory.toString())));
      var missing = directory.resolve("missing");
      var fault = assertThrows(NoSuchFileException.class, () -> attributes(files, missing));
      assertEquals("127.0.0.1:" + missing, fault.getFile());
      assertFalse(Files.exists(files.path(missing.toString())));
      assertTrue(Files.notExists(files.path(missing.toString())));
    }
  }

  @Test
  void what_changes_meanwhile_is_seen() throws IOException {
    var file = Files.write(directory.resolve("file"), new byte[1]);
    try (var files = connect(server)) {
      var there = files.path(file.toString());
      assertEquals(1, Files.size(there));
      Files.write(file, new byte[2]);
      assertEquals(2, Files.size(there));
      Files.delete(file);
      assertFalse(Files.exists(there));
    }
  }

  @Test
  void links_are_resolved_at_the_server() throws IOException {
    var real = Files.createDirectory(directory.toRealPath().resolve("real"));
    var file = Files.write(real.resolve("disk"), new byte[] {7});
    var folder = Files.createSymbolicLink(directory.resolve("folder"), real);
    var link = Files.createSymbolicLink(real.resolve("link"), Path.of("disk"));
    try (var files = connect(server)) {
      var there = files.path(folder.resolve("link").toString());
      assertEquals(file.toString(), there.toRealPath().toString());
      assertEquals(link.toString(), realFolder(there).resolve("link").toString());
      try (var disk = files.open(there)) {
        assertEquals(1, disk.size());
      }
      var loop = directory.resolve("loop");
      Files.createSymbolicLink(loop, loop);
      assertThrows(IOException.class, () -> files.path(loop.toString()).toRealPath());
      assertThrows(
          NoSuchFileException.class,
          () -> files.path(directory.resolve("none").toString()).toRealPath());
    }
  }

  @Test
  void what_is_no_regular_file_is_refused_before_it_is_opened() throws IOException {
    var pipe = directory.resolve("pipe");
    OpenSshServer.run(List.of("mkfifo", pipe.toString()));
    try (var files = connect(server)) {
      for (var path : List.of(pipe, directory, Path.of("/dev/null"))) {
        var refused =
            assertThrows(SourceException.class, () -> files.open(files.path(path.toString())));
        assertEquals(
            "127.0.0.1:" + path + ": this is not a regular file; name a file",
            refused.getMessage());
      }
    }
  }

  @Test
  void a_missing_permission_is_told() throws IOException {
    var file = Files.write(directory.resolve("file"), new byte[1]);
    try (var strict = OpenSshServer.start(SUBSYSTEM + " -P open");
        var files = connect(strict)) {
      var denied =
          assertThrows(AccessDeniedException.class, () -> files.open(files.path(file.toString())));
      assertEquals("127.0.0.1:" + file, denied.getFile());
    }
  }

  @Test
  void a_file_that_is_cut_meanwhile_ends_too_early() throws IOException {
    var file = Files.write(directory.resolve("file"), new byte[1_000_000]);
    try (var files = connect(server);
        var disk = files.open(files.path(file.toString()));
        var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(500_001);
      var ended = assertThrows(EOFException.class, () -> read(disk, 0, 1_000_000));
      assertContains(ended, disk.name() + ": at byte ");
      assertContains(ended, ": ends before here, too early");
    }
  }

  @Test
  void a_connection_that_dies_is_told() throws IOException {
    var file = Files.write(directory.resolve("file"), new byte[1_000_000]);
    try (var mortal = OpenSshServer.start(SUBSYSTEM);
        var files = connect(mortal);
        var disk = files.open(files.path(file.toString()))) {
      read(disk, 0, 1_000_000);
      mortal.sessions().forEach(ProcessHandle::destroyForcibly);
      var lost = assertThrows(SourceException.class, () -> readForever(disk));
      assertContains(lost, "127.0.0.1: ssh: the connection was lost");
      var then = assertThrows(SourceException.class, () -> attributes(files, file));
      assertContains(then, "127.0.0.1: ssh: the connection was lost");
    }
  }

  @Test
  void a_server_without_sftp_is_named() throws IOException {
    try (var bare = OpenSshServer.start()) {
      var refused = assertThrows(ConnectionException.class, () -> connect(bare));
      assertContains(refused, "127.0.0.1: sftp: the server ended it");
      assertContains(refused, "does its sshd have the subsystem sftp, for this account?");
    }
  }

  @Test
  void a_login_that_says_something_in_between_is_named() throws IOException {
    try (var chatty = OpenSshServer.start("Subsystem sftp echo Hello, this is no SFTP")) {
      var refused = assertThrows(ConnectionException.class, () -> connect(chatty));
      assertContains(refused, "127.0.0.1: sftp: the server sends an answer of 1214606444 bytes");
    }
  }

  @Test
  void a_host_that_needs_the_ssh_program_is_refused() {
    var options =
        new SshOptions(
            Optional.empty(),
            Optional.of(Path.of("none")),
            List.of(),
            OptionalInt.empty(),
            List.of("ProxyJump=gate"),
            false);
    var refused =
        assertThrows(
            UsageException.class,
            () -> SftpFiles.connect(server.host(), options, Questions.NOBODY));
    assertContains(
        refused,
        "127.0.0.1: files there are read by the built-in SSH client, which does not have proxyjump;");
  }

  private static void readForever(Disk disk) throws IOException {
    while (true) {
      read(disk, 0, 1_000_000);
    }
  }

  private static Path realFolder(Path file) throws IOException {
    return Objects.requireNonNull(file.getParent()).toRealPath();
  }

  private static List<Disk.Read> reads(Random random) {
    var reads = new ArrayList<Disk.Read>();
    for (int left = 8 << 20; left > 0; ) {
      int length = random.nextInt(random.nextInt(10) > 0 ? 20_000 : 1 << 20);
      reads.add(new Disk.Read(ByteBuffer.allocate(length), random.nextInt(SIZE - length + 1)));
      left -= length;
    }
    return reads;
  }

  private static Disk.Read read(Disk disk, long offset, int length) throws IOException {
    var buffer = ByteBuffer.allocate(length);
    disk.read(buffer, offset);
    return new Disk.Read(buffer, offset);
  }

  private static void assertRead(byte[] content, Disk.Read read) {
    assertFalse(read.dst().hasRemaining());
    int from = (int) read.offset();
    assertTrue(
        Arrays.equals(
            content, from, from + read.dst().limit(), read.dst().array(), 0, read.dst().limit()));
  }

  private static BasicFileAttributes attributes(SftpFiles files, Path path, LinkOption... options)
      throws IOException {
    return Files.readAttributes(files.path(path.toString()), BasicFileAttributes.class, options);
  }

  private static SftpFiles connect(OpenSshServer to) throws IOException {
    return SftpFiles.connect(to.host(), to.sshOptions(), Questions.NOBODY);
  }
}
