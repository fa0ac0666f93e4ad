package org.blkdelta.real;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.blkdelta.cli.Launched;
import org.blkdelta.disk.Programs;
import org.blkdelta.remote.OpenSshServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `--deploy` of the image, with a real OpenSSH server whose account has no blkdelta: by both
/// clients.
class DeployIT {

  @TempDir private Path temp;
  private OpenSshServer server;
  private Path cache;
  private Path source;
  private Path copy;

  @BeforeEach
  void start() throws IOException {
    OpenSshServer.assumeInstalled();
    cache = temp.resolve("cache/blkdelta");
    server =
        OpenSshServer.start(
            "SetEnv PATH=/usr/bin:/bin XDG_CACHE_HOME=%s BLKDELTA_STATE=%s"
                .formatted(cache.getParent(), temp.resolve("state")));
    Files.writeString(
        temp.resolve("config"),
        "Host *\nUserKnownHostsFile %s\nGlobalKnownHostsFile none\n"
            .formatted(server.knownHosts()));
    source = temp.resolve("source");
    copy = temp.resolve("copy");
    var content = new byte[1 << 20];
    new Random(6).nextBytes(content);
    Files.write(source, content);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
  }

  @Test
  void nothing_needs_to_be_installed_there() throws IOException {
    assertEquals(6, run(List.of("copy", "--create"), source.toString(), there(copy)).status());
    var first = run(List.of("copy", "--create", "--deploy"), source.toString(), there(copy));
    assertEquals(0, first.status(), first.stderr());
    assertTrue(first.stderr().contains("sends blkdelta there, once ("), first.stderr());
    assertEquals(-1, Files.mismatch(source, copy));
    var second = run(List.of("verify", "--deploy"), there(source), copy.toString());
    assertEquals(0, second.status(), second.stderr());
    assertFalse(second.stderr().contains("sends blkdelta"), second.stderr());
    assertTrue(startsFromArchive());
    Files.writeString(deployed().resolve("lib/blkdelta.jar"), "something else");
    var third = run(List.of("verify", "--deploy"), source.toString(), there(copy));
    assertEquals(6, third.status(), third.stderr());
    assertTrue(third.stderr().contains("is not what was sent there"), third.stderr());
  }

  @Test
  void the_ssh_program_does_it_too() throws IOException {
    var ssh = "ssh -F " + temp.resolve("config");
    var words =
        List.of("copy", "--create", "--deploy", "-e", ssh, "--remote-command", "env blkdelta");
    var run = run(words, source.toString(), there(copy));
    assertEquals(0, run.status(), run.stderr());
    assertEquals(-1, Files.mismatch(source, copy));
  }

  private boolean startsFromArchive() throws IOException {
    var builder = new ProcessBuilder(deployed().resolve("bin/blkdelta").toString(), "--version");
    builder.environment().put("BLKDELTA_JAVA_OPTIONS", "-Xlog:class+load:stdout");
    return Programs.run(builder)
        .lines()
        .filter(line -> line.contains(" org.blkdelta.cli.Main "))
        .allMatch(line -> line.endsWith("shared objects file"));
  }

  private Path deployed() throws IOException {
    try (var found = Files.list(cache)) {
      return found.findAny().orElseThrow();
    }
  }

  private String there(Path path) {
    return "ssh://root@127.0.0.1:" + server.port() + path;
  }

  private record Run(int status, String stderr) {}

  private Run run(List<String> command, String... operands) throws IOException {
    var words = new ArrayList<Object>(command);
    words.addAll(List.of("-q", "-F", temp.resolve("config"), "-i", server.identity()));
    words.addAll(List.of(operands));
    try (var launched = Launched.start(temp, words.toArray())) {
      assertEquals("", new String(launched.stdout().readAllBytes(), UTF_8));
      return new Run(launched.status(), launched.stderr());
    }
  }
}
