package org.blkdelta.remote;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.blkdelta.failure.ConnectionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A client that is a shell stands in for ssh, and a folder for the other machine's cache. What is
/// sent is a small image, whose program says how it was started.
class DeploymentTest {

  private static final Host HOST = new Host(Optional.empty(), "far", OptionalInt.empty());
  private static final FileTime TIME = FileTime.from(Instant.ofEpochSecond(1_600_000_000));

  @TempDir private Path temp;

  private Path cache;
  private ProgramImage image;

  @BeforeEach
  void make() throws IOException {
    cache = temp.resolve("cache/blkdelta");
    image = new ProgramImage(temp.resolve("image"));
    write("bin/blkdelta", "#!/bin/sh\necho \"it runs: $*\"\ncat\nexit 7\n");
    var jar = write("lib/some.jar", "a jar");
    Files.setLastModifiedTime(jar, TIME);
    write("runtime/lib/a name", "");
    var large = new byte[1 << 20]; // more than any pipe holds
    new Random(6).nextBytes(large);
    Files.write(image.folder().resolve("lib/large"), large);
    Files.createDirectories(image.folder().resolve("runtime/bin"));
    Files.copy(Path.of("/bin/sh").toRealPath(), image.folder().resolve("runtime/bin/java"));
  }

  @Test
  void it_is_sent_and_runs() throws IOException {
    var person = Answering.nothing();
    assertEquals("it runs: receive -- a 'b $c\nhello", run("", person));
    assertEquals(1, person.told().size(), person.told().toString());
    var told = person.told().getFirst();
    assertTrue(told.matches("--deploy: sends blkdelta there, once [(]1[.][0-9] MiB[)]"), told);
    assertTrue(person.sent().size() > 16, "in pieces");
    assertTrue(person.sent().getLast().matches("sending blkdelta: ([0-9]+) of \\1"));
    assertEquals(List.of(deployed()), entries());
    assertEquals(TIME, Files.getLastModifiedTime(deployed().resolve("lib/some.jar")));
  }

  @Test
  void the_second_time_it_is_there() throws IOException {
    run("", Answering.nothing());
    var person = Answering.nothing();
    assertEquals("it runs: receive -- a 'b $c\nhello", run("", person));
    assertEquals(List.of(), person.told());
  }

  @Test
  void another_image_is_another_folder() throws IOException {
    run("", Answering.nothing());
    write("lib/some.jar", "newer");
    run("", Answering.nothing());
    assertEquals(2, entries().size());
  }

  @Test
  void what_stands_before_the_name_runs_it() throws IOException {
    assertEquals("it runs: receive -- a 'b $c\nhello", run("env A=b ", Answering.nothing()));
  }

  @Test
  void nobody_else_can_write_to_what_is_run() throws IOException {
    run("", Answering.nothing());
    try (var files = Files.walk(cache)) {
      for (var file : files.toList()) {
        var mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        assertEquals('-', mode.charAt(4), file.toString());
        assertEquals('-', mode.charAt(7), file.toString());
      }
    }
  }

  @Test
  void a_file_that_was_changed_there_is_not_run() throws IOException {
    run("", Answering.nothing());
    Files.writeString(deployed().resolve("lib/some.jar"), "A jar");
    assertRefused(
        deployed()
            + ": is not what was sent there: it was damaged or changed; look why, and remove it");
  }

  @Test
  void nor_is_what_has_a_file_more_or_less_or_a_link() throws IOException {
    run("", Answering.nothing());
    var jar = deployed().resolve("lib/some.jar");
    var more = Files.createFile(deployed().resolve("lib/more.jar"));
    assertRefusedAsChanged();
    Files.delete(more);
    Files.delete(jar);
    assertRefusedAsChanged();
    Files.createSymbolicLink(jar, Files.writeString(temp.resolve("elsewhere"), "a jar"));
    assertRefusedAsChanged();
    Files.delete(jar);
    Files.writeString(jar, "a jar");
    run("", Answering.nothing());
  }

  @Test
  void nor_is_what_has_another_list() throws IOException {
    run("", Answering.nothing());
    Files.writeString(deployed().resolve("manifest"), "");
    assertRefusedAsChanged();
  }

  @Test
  void a_folder_that_others_may_write_to_is_refused() throws IOException {
    run("", Answering.nothing());
    Files.setPosixFilePermissions(deployed(), PosixFilePermissions.fromString("rwxrwx---"));
    assertRefusedAsChanged();
    Files.setPosixFilePermissions(deployed(), PosixFilePermissions.fromString("rwx------"));
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxr-xrwx"));
    assertRefused(cache + ": is another account's, or others may write there; fix that");
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void another_processor_or_library_is_refused_before_anything_is_sent() throws IOException {
    var bin = Files.createDirectory(temp.resolve("bin"));
    program(
        bin.resolve("uname"), "#!/bin/sh\ncase $1 in -s) echo Linux ;; *) echo riscv64 ;; esac\n");
    var system = new ProgramImage(image.folder()).system();
    assertRefused(
        "here is Linux riscv64, and this blkdelta is for " + system + "; install one that fits");
    Files.delete(bin.resolve("uname"));
    var java = image.folder().resolve("runtime/bin/java");
    var bytes = new String(Files.readAllBytes(java), ISO_8859_1);
    var other = image.loader().replace("/ld-", "/xx-");
    Files.write(java, bytes.replace(image.loader(), other).getBytes(ISO_8859_1));
    assertRefused(
        other + " is missing: this blkdelta is for another C library; install one that fits");
    assertFalse(Files.exists(cache));
  }

  @Test
  void a_tool_that_is_missing_is_named() throws IOException {
    var bin = Files.createDirectory(temp.resolve("bin"));
    for (var tool : List.of("sh", "uname", "sha256sum", "gzip")) {
      program(bin.resolve(tool), "#!/bin/sh\nexec /usr/bin/%s \"$@\"\n".formatted(tool));
    }
    var client = client("PATH=" + bin);
    assertRefused(client, "tar is missing; install it, or blkdelta");
  }

  @Test
  void what_does_not_arrive_leaves_nothing() throws IOException {
    var bin = Files.createDirectory(temp.resolve("bin"));
    program(bin.resolve("head"), "#!/bin/sh\nexec /usr/bin/head -c 100\n");
    assertRefused(cache + ": what was sent did not arrive whole; is the disk full?");
    program(bin.resolve("head"), "#!/bin/sh\n/usr/bin/head \"$@\" | tr a b\n");
    var refused = refusal(client("PATH=" + bin + ":$PATH"));
    assertTrue(
        refused.endsWith(cache + ": what was sent cannot be unpacked; is the disk full?"), refused);
    assertEquals(List.of(), entries());
  }

  @Test
  void an_image_that_cannot_be_read_is_no_bug() throws IOException {
    Files.delete(image.folder().resolve("runtime/bin/java"));
    var missing = image.folder().resolve("runtime/bin/java");
    assertRefused(missing + ": no such file or directory");
  }

  @Test
  void something_else_that_is_printed_is_no_program_that_runs() throws IOException {
    var client = program(temp.resolve("noisy"), "#!/bin/sh\necho Welcome\ncat\n");
    var refused = refusal(client);
    assertTrue(refused.contains("something else"), refused);
  }

  @Test
  void several_at_once_all_run() throws Exception {
    try (var threads = Executors.newFixedThreadPool(4)) {
      Callable<String> one = () -> run("", Answering.nothing());
      for (var run : threads.invokeAll(List.of(one, one, one, one))) {
        assertEquals("it runs: receive -- a 'b $c\nhello", run.get());
      }
    }
    assertEquals(List.of(deployed()), entries());
  }

  private void assertRefusedAsChanged() throws IOException {
    assertRefused(
        deployed()
            + ": is not what was sent there: it was damaged or changed; look why, and remove it");
  }

  private void assertRefused(String why) throws IOException {
    assertRefused(client("PATH=" + temp.resolve("bin") + ":$PATH"), why);
  }

  private void assertRefused(Path client, String why) {
    assertEquals("far: --deploy: " + why, refusal(client));
  }

  private String refusal(Path client) {
    var refused =
        assertThrows(
            ConnectionException.class,
            () -> Deployment.start(image, HOST, "", List.of(), options(client), Questions.NOBODY));
    return String.valueOf(refused.getMessage());
  }

  /// Runs it and returns what it printed.
  private String run(String before, Questions questions) throws IOException {
    var words = List.of("receive", "--", "a 'b $c");
    var options = options(client("PATH=" + temp.resolve("bin") + ":$PATH"));
    try (var process = Deployment.start(image, HOST, before, words, options, questions)) {
      process.stdin().write("hello".getBytes(UTF_8));
      process.stdin().close();
      var printed = new String(process.stdout().readAllBytes(), UTF_8);
      assertEquals(7, process.exitStatus(), process.stderrTail());
      return printed;
    }
  }

  /// Returns a client that runs the command line here, as ssh would there.
  private Path client(String setting) throws IOException {
    var script =
        "#!/bin/sh\nshift $(($# - 1))\nexport %s XDG_CACHE_HOME='%s'\nexec /bin/sh -c \"$1\"\n"
            .formatted(setting, cache.getParent());
    return program(Files.createTempFile(temp, "client", ""), script);
  }

  private static SshOptions options(Path client) {
    return ExternalClients.options(client.toString());
  }

  private Path deployed() throws IOException {
    return cache.resolve(image.manifest().digest());
  }

  private List<Path> entries() throws IOException {
    try (var found = Files.list(cache)) {
      return found.toList();
    }
  }

  private Path write(String name, String text) throws IOException {
    var file = image.folder().resolve(name);
    Files.createDirectories(file.getParent());
    return name.startsWith("bin/") ? program(file, text) : Files.writeString(file, text);
  }

  private static Path program(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }
}
