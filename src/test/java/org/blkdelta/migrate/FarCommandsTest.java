package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.blkdelta.host.Commands.Outcome;
import org.blkdelta.remote.ExternalClients;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Questions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/// Programs by a client that is a shell script, and stays here.
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
class FarCommandsTest {

  @TempDir Path folder;

  private Path client;

  @BeforeEach
  void client() throws IOException {
    var script = "#!/bin/sh\nfor last; do :; done\nexec sh -c \"$last\"\n";
    client = Files.writeString(folder.resolve("client"), script);
    Files.setPosixFilePermissions(client, PosixFilePermissions.fromString("rwx------"));
  }

  private Outcome run(String script, String input) throws IOException {
    var options = ExternalClients.options(client.toString());
    var host = new Host(Optional.empty(), "new", OptionalInt.empty());
    return new FarCommands(host, options, Questions.NOBODY)
        .run(List.of("sh", "-c", script), input.getBytes(UTF_8));
  }

  @Test
  void a_program_reads_what_it_is_given() throws IOException {
    var input = "it's \"all\"\n".repeat(30_000);
    assertEquals(new Outcome(0, input, ""), run("cat", input));
    assertEquals(new Outcome(0, "0\n", ""), run("cat | wc -c", ""));
  }

  @Test
  void a_program_may_end_before_it_has_read_all() throws IOException {
    assertEquals(3, run("exit 3", "x".repeat(1 << 20)).status());
  }
}
