package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// The commands of the README and of the pages in `docs` do what is said there. `DocumentsTest`
/// looks that none is left out.
@Execution(ExecutionMode.CONCURRENT)
class DocumentsIT {

  @Test
  void commands_on_volumes() throws IOException {
    var commands =
        DocumentBlocks.script("guest.sh")
            .replace("-L 100G vg0", "-L 8M vg1")
            .replace("-L 10G", "-L 8M")
            .replace("-L +10G", "-L +1M")
            .replace("--to 5", "--to 3")
            .replace("new:/dev/vg0/", "new:/dev/vg1/")
            .replaceAll("((?:old:|apply ).*) /dev/vg0/", "$1 /dev/vg1/");
    try (var guest = LvmScripts.guest("64M", "64M", "64M")) {
      guest.run(LvmScripts.WORDS + LvmScripts.BATCH + SourceMovedIT.MACHINE + commands).ok();
    }
  }

  @Test
  void commands_on_files(@TempDir Path folder) throws IOException, InterruptedException {
    Programs.require("qemu-img");
    var image = Path.of(Objects.requireNonNull(System.getProperty("blkdelta.image"), "an image"));
    var script =
        Files.writeString(
            folder.resolve("script"), "set -euo pipefail\n" + DocumentBlocks.script("files.sh"));
    var said = folder.resolve("said");
    var builder = new ProcessBuilder("bash", script.toString()).redirectErrorStream(true);
    builder.directory(Files.createDirectory(folder.resolve("work")).toFile());
    builder.redirectOutput(said.toFile());
    var environment = builder.environment();
    environment.merge("PATH", image.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
    environment.put("IMAGE", image.toString());
    environment.put("REPOSITORY", Path.of("").toAbsolutePath().toString());
    environment.put("BLKDELTA_STATE", folder.resolve("state").toString());
    var process = builder.start();
    try {
      assertTrue(process.waitFor(600, TimeUnit.SECONDS), "still running");
      assertEquals(0, process.exitValue(), Files.readString(said));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
