package org.blkdelta.remote.sftp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.blkdelta.remote.Runs.assertContains;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.sshd.sftp.common.SftpConstants;
import org.blkdelta.disk.Disk;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Answering;
import org.blkdelta.remote.SshOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files of a server that answers as a test wants it, or not.
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
class SftpFilesTest {

  private static final int SIZE = 1_000_003;
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMillis(100);

  private final byte[] content = new byte[SIZE];
  @TempDir Path directory;
  private ScriptedSftpServer server;

  @BeforeEach
  void startServer() throws IOException, GeneralSecurityException {
    new Random(1).nextBytes(content);
    server = ScriptedSftpServer.start(content);
  }

  @AfterEach
  void endServer() throws IOException {
    server.close();
  }

  @Test
  void reads_give_what_the_file_has() throws IOException {
    var random = new Random(2);
    try (var files = connect();
        var disk = open(files)) {
      assertEquals("me@127.0.0.1:/file", disk.name());
      assertEquals(SIZE, disk.size());
      for (int i = 0; i < 50; i++) {
        var reads = reads(random);
        disk.readAll(reads);
        reads.forEach(this::assertRead);
      }
    }
  }

  @Test
  void a_part_of_a_buffer_is_filled_and_nothing_beside_it() throws IOException {
    try (var files = connect();
        var disk = open(files)) {
      var buffer = ByteBuffer.allocateDirect(100).position(10).limit(90);
      disk.read(buffer, 5);
      assertEquals(90, buffer.position());
      var bytes = new byte[100];
      buffer.clear().get(bytes);
      var expected = new byte[100];
      System.arraycopy(content, 5, expected, 10, 80);
      assertArrayEquals(expected, bytes);
    }
  }

  @Test
  void several_threads_read_at_once() throws Exception {
    try (var files = connect();
        var disk = open(files);
        var threads = Executors.newFixedThreadPool(4)) {
      var runs = new ArrayList<Future<Void>>();
      for (int seed = 0; seed < 4; seed++) {
        var random = new Random(seed);
        Callable<Void> run =
            () -> {
              for (int i = 0; i < 25; i++) {
                var reads = reads(random);
                disk.readAll(reads);
                reads.forEach(this::assertRead);
              }
              return null;
            };
        runs.add(threads.submit(run));
      }
      for (var run : runs) {
        run.get();
      }
    }
  }

  @Test
  void requests_of_one_large_read_are_under_way_together() throws IOException {
    answerWhenAskedFor(8);
    try (var files = connect();
        var disk = open(files)) {
      assertReads(disk, 0, 8 * 32 * 1024);
    }
  }

  @Test
  void requests_of_all_reads_are_under_way_together_and_answered_in_any_order() throws IOException {
    answerWhenAskedFor(200);
    var reads = new ArrayList<Disk.Read>();
    for (int i = 0; i < 200; i++) {
      reads.add(new Disk.Read(ByteBuffer.allocate(4096), i * 5000L));
    }
    try (var files = connect();
        var disk = open(files)) {
      disk.readAll(reads);
      reads.forEach(this::assertRead);
    }
  }

  @Test
  void short_answers_are_continued() throws IOException {
    server.reading =
        (number, offset, length, answers) ->
            server.readRightly(
                number, offset, Math.min(length, 1 + (int) (offset % 5000)), answers);
    try (var files = connect();
        var disk = open(files)) {
      assertReads(disk, 7, 300_000);
    }
  }

  @ParameterizedTest
  @CsvSource({"8192, 8192", "0, 261120", "-1, 261120", "1, 4096", "100000000000, 261120"})
  void requests_are_as_large_as_the_server_allows(long limit, int largest) throws IOException {
    server.limit = Optional.of(limit);
    try (var files = connect();
        var disk = open(files)) {
      assertReads(disk, 1, 600_000);
    }
    assertEquals(largest, server.lengths().stream().mapToInt(i -> i).max().orElseThrow());
  }

  @Test
  void requests_are_of_32_kib_where_the_server_says_nothing() throws IOException {
    try (var files = connect();
        var disk = open(files)) {
      assertReads(disk, 1, 600_000);
    }
    assertEquals(32768, server.lengths().stream().mapToInt(i -> i).max().orElseThrow());
  }

  @Test
  void a_file_that_shrinks_ends_too_early() throws IOException {
    int end = 70_000;
    server.reading =
        (number, offset, length, answers) ->
            server.readRightly(
                number,
                offset < end ? offset : SIZE,
                Math.min(length, end - (int) offset),
                answers);
    try (var files = connect();
        var disk = open(files)) {
      var ended =
          assertThrows(EOFException.class, () -> disk.read(ByteBuffer.allocate(100_000), 0));
      assertEquals(
          "me@127.0.0.1:/file: at byte 98304: ends before here, too early", ended.getMessage());
      assertReads(disk, 0, end);
    }
  }

  @Test
  void a_read_beyond_the_end_ends_too_early() throws IOException {
    try (var files = connect();
        var disk = open(files)) {
      var ended =
          assertThrows(EOFException.class, () -> disk.read(ByteBuffer.allocate(10), SIZE - 5));
      assertEquals(
          "me@127.0.0.1:/file: at byte 1000003: ends before here, too early", ended.getMessage());
    }
  }

  @Test
  void a_refused_read_is_told_in_the_servers_words_and_the_next_one_works() throws IOException {
    server.reading =
        (number, offset, length, answers) -> {
          if (offset == 65536) {
            answers.status(number, SftpConstants.SSH_FX_FAILURE, "Bad\u001b sector");
          } else {
            server.readRightly(number, offset, length, answers);
          }
        };
    try (var files = connect();
        var disk = open(files)) {
      var failed =
          assertThrows(IOException.class, () -> disk.read(ByteBuffer.allocate(200_000), 0));
      assertEquals(
          "me@127.0.0.1:/file: at byte 65536: the server says: Bad? sector", failed.getMessage());
      assertReads(disk, 0, 65536);
    }
  }

  @Test
  void a_connection_that_is_cut_in_the_middle_of_an_answer_is_told() throws IOException {
    server.reading =
        (number, offset, length, answers) -> {
          answers.raw(dataHead(number, length));
          answers.cut();
        };
    try (var files = connect();
        var disk = open(files)) {
      var lost = assertThrows(SourceException.class, () -> disk.read(ByteBuffer.allocate(1000), 0));
      assertContains(lost, "me@127.0.0.1: ssh: the connection was lost");
      assertThrows(SourceException.class, () -> disk.read(ByteBuffer.allocate(1000), 0));
      assertThrows(SourceException.class, () -> attributes(files, "/file"));
    }
  }

  @Test
  void a_server_that_ends_before_its_connection_is_told() throws IOException {
    server.reading = (number, offset, length, answers) -> answers.end();
    try (var files = connect();
        var disk = open(files)) {
      var lost = assertThrows(SourceException.class, () -> disk.read(ByteBuffer.allocate(1000), 0));
      assertContains(lost, "me@127.0.0.1: sftp: the server ended it");
    }
  }

  @Test
  void more_data_than_was_asked_for_is_refused() throws IOException {
    server.reading = (number, offset, length, answers) -> answers.data(number, offset, length + 1);
    assertRefused("1001 bytes of data in an answer of 1010 to a request for 1000");
  }

  @Test
  void an_answer_without_data_is_refused() throws IOException {
    server.reading = (number, offset, length, answers) -> answers.data(number, offset, 0);
    assertRefused("0 bytes of data in an answer of 9 to a request for 1000");
  }

  @Test
  void a_long_refusal_is_refused() throws IOException {
    server.reading =
        (number, offset, length, answers) ->
            answers.status(number, SftpConstants.SSH_FX_FAILURE, "x".repeat(5000));
    assertRefused("a refusal of 5017 bytes");
  }

  @Test
  void an_answer_that_nobody_asked_for_is_refused() throws IOException {
    server.reading = (number, offset, length, answers) -> answers.data(number + 1, offset, length);
    assertRefused("an answer of type 103 that was not asked for");
  }

  @Test
  void an_answer_of_gigabytes_is_refused() throws IOException {
    server.reading =
        (number, offset, length, answers) ->
            answers.raw(new byte[] {-1, -1, -1, -1, SftpConstants.SSH_FXP_DATA, 0, 0, 0, 0});
    assertRefused("an answer of 4294967295 bytes");
  }

  @Test
  void a_malformed_answer_is_refused() throws IOException {
    server.reading =
        (number, offset, length, answers) ->
            answers.raw(
                ByteBuffer.allocate(11)
                    .putInt(7)
                    .put((byte) SftpConstants.SSH_FXP_STATUS)
                    .putInt(number)
                    .array());
    try (var files = connect();
        var disk = open(files)) {
      var refused = assertThrows(IOException.class, () -> disk.read(ByteBuffer.allocate(1000), 0));
      assertContains(refused, "/file: at byte 0: the server's answer is malformed");
    }
  }

  @Test
  void words_in_the_place_of_sftp_are_refused() {
    server.hello = "This account is closed.\n".getBytes(US_ASCII);
    var refused = assertThrows(ConnectionException.class, this::connect);
    assertContains(refused, "me@127.0.0.1: sftp: the server sends an answer of 1416128883 bytes");
  }

  @Test
  void another_version_is_refused() {
    server.hello = ScriptedSftpServer.version(2);
    var refused = assertThrows(ConnectionException.class, this::connect);
    assertContains(refused, "me@127.0.0.1: sftp: the server speaks version 2, not 3");
  }

  @Test
  void malformed_extensions_are_refused() {
    server.hello = new byte[] {0, 0, 0, 9, SftpConstants.SSH_FXP_VERSION, 0, 0, 0, 3, -1, 0, 0, 0};
    var refused = assertThrows(ConnectionException.class, this::connect);
    assertContains(refused, "sftp: the server sends a malformed list of extensions");
  }

  @Test
  void a_server_without_sftp_is_named() {
    server.withdraw();
    var refused = assertThrows(ConnectionException.class, this::connect);
    assertContains(refused, "does its sshd have the subsystem sftp, for this account?");
  }

  @Test
  void a_server_that_never_answers_is_given_up() {
    server.hello = new byte[0];
    var refused = assertThrows(ConnectionException.class, () -> connect(SHORT));
    assertContains(refused, "me@127.0.0.1: sftp: no answer within 0 s");
  }

  @Test
  void what_is_no_regular_file_is_refused() throws IOException {
    try (var files = connect()) {
      var refused = assertThrows(SourceException.class, () -> files.open(files.path("/directory")));
      assertEquals(
          "me@127.0.0.1:/directory: this is not a regular file; name a file", refused.getMessage());
    }
  }

  @Test
  void a_file_without_a_size_is_refused() throws IOException {
    server.tellsSize = false;
    try (var files = connect()) {
      var refused = assertThrows(SourceException.class, () -> open(files));
      assertContains(refused, "me@127.0.0.1:/file: sftp: the server does not say its size");
    }
  }

  @Test
  void faults_name_the_file_and_its_host() throws IOException {
    try (var files = connect()) {
      var missing = assertThrows(NoSuchFileException.class, () -> attributes(files, "/x y"));
      assertEquals("me@127.0.0.1:/x y", missing.getFile());
      var denied = assertThrows(AccessDeniedException.class, () -> attributes(files, "/secret"));
      assertEquals("me@127.0.0.1:/secret", denied.getFile());
      assertThrows(NoSuchFileException.class, () -> files.open(files.path("/missing")));
      assertThrows(AccessDeniedException.class, () -> files.open(files.path("/secret")));
      var odd = assertThrows(FileSystemException.class, () -> attributes(files, "/odd"));
      assertEquals("me@127.0.0.1:/odd: out of?[31m order", odd.getMessage());
      assertFalse(Files.exists(files.path("/missing")));
    }
  }

  @Test
  void a_closed_disk_gives_its_handle_back() throws IOException {
    try (var files = connect()) {
      open(files).close();
    }
    assertTrue(server.types().contains(SftpConstants.SSH_FXP_CLOSE), server.types().toString());
  }

  @Test
  void an_external_client_is_refused() {
    var options = server.options(directory);
    var external =
        new SshOptions(
            Optional.of("ssh"),
            options.configFile(),
            options.identities(),
            options.port(),
            options.settings(),
            false);
    var refused = assertThrows(UsageException.class, () -> connect(external, LONG));
    assertEquals(
        "me@127.0.0.1: files there are read by the built-in SSH client only; leave out"
            + " --ssh-command",
        refused.getMessage());
  }

  private void assertRefused(String what) throws IOException {
    try (var files = connect();
        var disk = open(files)) {
      var refused =
          assertThrows(SourceException.class, () -> disk.read(ByteBuffer.allocate(1000), 0));
      assertEquals(
          "me@127.0.0.1: sftp: the server sends "
              + what
              + "; is it an SFTP server, and nothing else?",
          refused.getMessage());
    }
  }

  /// Has the server collect this many READs before it answers them, the last one first.
  private void answerWhenAskedFor(int count) {
    var asked = new ArrayDeque<Callable<Void>>();
    server.reading =
        (number, offset, length, answers) -> {
          asked.push(
              () -> {
                server.readRightly(number, offset, length, answers);
                return null;
              });
          if (asked.size() == count) {
            for (var answer : asked) {
              call(answer);
            }
            asked.clear();
          }
        };
  }

  private static void call(Callable<Void> answer) throws IOException {
    try {
      answer.call();
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static byte[] dataHead(int number, int length) {
    return ByteBuffer.allocate(13)
        .putInt(9 + length)
        .put((byte) SftpConstants.SSH_FXP_DATA)
        .putInt(number)
        .putInt(length)
        .array();
  }

  private static List<Disk.Read> reads(Random random) {
    var reads = new ArrayList<Disk.Read>();
    for (int left = 200_000; left > 0; ) {
      int length = random.nextInt(random.nextBoolean() ? 5000 : 100_000);
      reads.add(new Disk.Read(ByteBuffer.allocate(length), random.nextInt(SIZE - length + 1)));
      left -= length + 1000;
    }
    return reads;
  }

  private void assertReads(Disk disk, int offset, int length) throws IOException {
    var buffer = ByteBuffer.allocate(length);
    disk.read(buffer, offset);
    assertRead(new Disk.Read(buffer, offset));
  }

  private void assertRead(Disk.Read read) {
    assertFalse(read.dst().hasRemaining());
    int from = (int) read.offset();
    assertArrayEquals(
        Arrays.copyOfRange(content, from, from + read.dst().limit()), read.dst().array());
  }

  private static BasicFileAttributes attributes(SftpFiles files, String path) throws IOException {
    return Files.readAttributes(files.path(path), BasicFileAttributes.class);
  }

  private static Disk open(SftpFiles files) throws IOException {
    return files.open(files.path("/file"));
  }

  private SftpFiles connect() throws IOException {
    return connect(LONG);
  }

  private SftpFiles connect(Duration patience) throws IOException {
    return connect(server.options(directory), patience);
  }

  private static SftpFiles connect(SshOptions options, Duration patience) throws IOException {
    return SftpFiles.connect(
        ScriptedSftpServer.host(), options, Answering.knowing("open"), patience);
  }
}
