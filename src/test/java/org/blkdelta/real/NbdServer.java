package org.blkdelta.real;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.disk.Programs;

/// A real server on a socket of its own, which goes into the background when it listens. Closing it
/// ends it, if it did not do so by itself.
///
/// @param socket where it listens
/// @param pidFile has its process id
record NbdServer(Path socket, Path pidFile) implements Closeable {

  /// Skips the test where a server is missing; fails it on a CI server.
  static void require() {
    Programs.require("qemu-img", "qemu-io", "qemu-nbd", "qemu-storage-daemon", "nbdkit");
  }

  /// Serves an image, read-only, to one client after the other.
  static NbdServer qemu(Path folder, String format, Path image, String... more) throws IOException {
    var server = in(folder);
    var words = new ArrayList<>(List.of("qemu-nbd", "--fork", "--read-only", "--persistent"));
    words.addAll(List.of("--pid-file=" + server.pidFile, "--socket=" + server.socket));
    words.addAll(List.of(more));
    words.addAll(List.of("--format=" + format, image.toString()));
    return server.started(words);
  }

  /// Serves a raw image, read-only, at a port of the loopback address.
  ///
  /// @param shared how many clients are served together
  static NbdServer qemu(Path folder, int port, Path image, int shared) throws IOException {
    var server = in(folder);
    var words = new ArrayList<>(List.of("qemu-nbd", "--fork", "--read-only", "--persistent"));
    words.addAll(List.of("--bind=127.0.0.1", "--port=" + port, "--shared=" + shared));
    words.addAll(List.of("--pid-file=" + server.pidFile, "--format=raw", image.toString()));
    return server.started(words);
  }

  /// Serves an image for writing, to one client after the other.
  static NbdServer writable(Path folder, String format, Path image, String... more)
      throws IOException {
    var server = in(folder);
    var words = new ArrayList<>(List.of("qemu-nbd", "--fork", "--persistent"));
    words.addAll(List.of("--pid-file=" + server.pidFile, "--socket=" + server.socket));
    words.addAll(List.of(more));
    words.addAll(List.of("--format=" + format, image.toString()));
    return server.started(words);
  }

  /// Exports a node of QEMU's storage daemon, read-only, with a bitmap.
  static NbdServer daemon(Path folder, Path image, String name, String bitmap) throws IOException {
    var server = in(folder);
    return server.started(
        List.of(
            "qemu-storage-daemon",
            "--daemonize",
            "--pidfile",
            server.pidFile.toString(),
            "--blockdev",
            "driver=file,node-name=file,read-only=on,filename=" + image,
            "--blockdev",
            "driver=qcow2,node-name=disk,read-only=on,file=file",
            "--nbd-server",
            "addr.type=unix,addr.path=" + server.socket,
            "--export",
            "type=nbd,id=export,node-name=disk,name=" + name + ",bitmaps.0=" + bitmap));
  }

  /// Runs nbdkit with some words.
  static NbdServer nbdkit(Path folder, String... more) throws IOException {
    var server = in(folder);
    var words = new ArrayList<>(List.of("nbdkit", "-U", server.socket.toString()));
    words.addAll(List.of("-P", server.pidFile.toString()));
    words.addAll(List.of(more));
    return server.started(words);
  }

  /// Runs nbdkit with some words, at a port of the loopback address.
  static NbdServer nbdkit(Path folder, int port, List<String> more) throws IOException {
    var server = in(folder);
    var words = new ArrayList<>(List.of("nbdkit", "-i", "127.0.0.1", "-p", "" + port));
    words.addAll(List.of("-P", server.pidFile.toString()));
    words.addAll(more);
    return server.started(words);
  }

  /// Returns the URI of an export.
  String uri(String export) {
    return "nbd+unix:///" + export + "?socket=" + socket;
  }

  @Override
  public void close() throws IOException {
    long pid = Long.parseLong(Files.readString(pidFile).strip());
    ProcessHandle.of(pid)
        .ifPresent(
            server -> {
              server.destroy();
              server.onExit().join();
            });
    Files.deleteIfExists(pidFile);
    Files.deleteIfExists(socket);
  }

  private static NbdServer in(Path folder) {
    return new NbdServer(folder.resolve("socket"), folder.resolve("pid"));
  }

  private NbdServer started(List<String> words) throws IOException {
    Programs.run(words.toArray(String[]::new));
    return this;
  }
}
