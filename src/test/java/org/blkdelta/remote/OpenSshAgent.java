package org.blkdelta.remote;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A real agent for tests.
final class OpenSshAgent implements Closeable {

  private final Path directory;
  private final Process process;

  private OpenSshAgent(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
  }

  static OpenSshAgent start() throws IOException {
    var directory = Files.createTempDirectory("blkdelta-agent-");
    var socket = directory.resolve("socket").toString();
    var process =
        new ProcessBuilder("ssh-agent", "-D", "-a", socket)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    var agent = new OpenSshAgent(directory, process);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Files.exists(agent.socket()) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    return agent;
  }

  Path socket() {
    return directory.resolve("socket");
  }

  void add(Path key) throws IOException {
    OpenSshServer.run(List.of("env", "SSH_AUTH_SOCK=" + socket(), "ssh-add", "-q", key.toString()));
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    ExitStatus.await(process);
    Files.deleteIfExists(socket());
    Files.delete(directory);
  }
}
