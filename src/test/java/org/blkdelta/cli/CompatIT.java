package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The wrapper that has lvmsync's name, as Maven packed it.
class CompatIT {

  private static final Path WRAPPER =
      Path.of(System.getProperty("blkdelta.image", "target/blkdelta"), "compat/lvmsync");

  @TempDir private Path temp;

  @Test
  void the_wrapper_takes_lvmsyncs_arguments_by_any_link_to_it() throws IOException {
    var link = Files.createSymbolicLink(temp.resolve("lvmsync"), WRAPPER.toAbsolutePath());
    var stream = Files.writeString(temp.resolve("a stream"), "lvmsync PROTO[3]\n");
    var destination = Files.writeString(temp.resolve("destination"), "as it was");
    var said = run(link.toString(), "--apply", stream.toString(), destination.toString());
    assertTrue(said.contains("wrote 0 B in "), said);
    assertEquals("as it was", Files.readString(destination));
  }

  private static String run(String... command) throws IOException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    var process = builder.start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
