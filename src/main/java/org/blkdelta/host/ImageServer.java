package org.blkdelta.host;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.blkdelta.linux.RunFolder;
import org.blkdelta.linux.Signals;

/// A `qemu-nbd` that serves one disk image to the first client, on a socket in a folder that only
/// this user can open. It ends when that client leaves, when it is closed, and with this process
/// (see [Children]).
public final class ImageServer implements Closeable {

  private static final String PROGRAM = "qemu-nbd";
  private static final int MAX_COMPLAINT = 4096;
  private static final long PATIENCE_SECONDS = 5;

  /// One that wrote may have much to put in order when its client has left.
  private static final long PATIENCE_AFTER_WRITES_SECONDS = 60;

  /// An image, or one that it stands on.
  ///
  /// @param format what QEMU calls it
  /// @param file absolute
  public record Layer(String format, Path file) {}

  private final Path folder;
  private final Process process;

  private ImageServer(Path folder, Process process) {
    this.folder = folder;
    this.process = process;
  }

  /// Returns whether the program is there.
  public static boolean isInstalled() {
    return SearchPath.of(System.getenv("PATH")).find(PROGRAM).isPresent();
  }

  /// Starts one that only reads, if the program is there; it may not listen yet. The caller closes
  /// it.
  ///
  /// @param layers the image, and what it stands on: nothing else is opened, whatever they name
  public static Optional<ImageServer> start(List<Layer> layers) throws IOException {
    return start(layers, List.of("--read-only", "--allocation-depth"), false);
  }

  /// Starts one that writes to an image as well, which stands on no other.
  public static Optional<ImageServer> startWriting(Layer image) throws IOException {
    return start(List.of(image), List.of("--discard=unmap"), true);
  }

  private static Optional<ImageServer> start(
      List<Layer> layers, List<String> options, boolean writes) throws IOException {
    var program = SearchPath.of(System.getenv("PATH")).find(PROGRAM);
    if (program.isEmpty()) {
      return Optional.empty();
    }
    var folder = Files.createTempDirectory(RunFolder.ofUser(), "image-");
    try {
      var words = new ArrayList<>(List.of(program.get().toString()));
      words.addAll(options);
      words.addAll(List.of("--socket=" + socketIn(folder), "json:" + spec(layers, writes)));
      var builder = new ProcessBuilder(words);
      HostCommands.clean(builder.environment());
      builder.redirectInput(Redirect.from(new File("/dev/null")));
      builder.redirectOutput(Redirect.DISCARD);
      builder.redirectError(complaintIn(folder).toFile());
      return Optional.of(new ImageServer(folder, Signals.shielded(builder::start)));
    } catch (IOException | RuntimeException fault) {
      remove(folder);
      throw fault;
    }
  }

  /// Returns where it listens, or will.
  public Path socket() {
    return socketIn(folder);
  }

  /// Returns whether it did not end.
  public boolean isRunning() {
    return process.isAlive();
  }

  /// Returns whether it has ended, or does so in a moment.
  public boolean hasEnded() {
    try {
      return process.waitFor(1, TimeUnit.SECONDS);
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
      return !process.isAlive();
    }
  }

  /// Returns what it complained of, in one line.
  public String complaint() throws IOException {
    try (var said = Files.newInputStream(complaintIn(folder))) {
      var bytes = said.readNBytes(MAX_COMPLAINT);
      return new String(bytes, StandardCharsets.UTF_8).strip().replace("\n", "; ");
    }
  }

  /// Waits for the end of one whose client has left, and closes it.
  public void finish() throws IOException {
    try (this) {
      process.waitFor(PATIENCE_AFTER_WRITES_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException impatient) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    remove(folder);
  }

  private static Path socketIn(Path folder) {
    return folder.resolve("socket");
  }

  private static Path complaintIn(Path folder) {
    return folder.resolve("complaint");
  }

  private static void remove(Path folder) throws IOException {
    Files.deleteIfExists(socketIn(folder));
    Files.deleteIfExists(complaintIn(folder));
    Files.deleteIfExists(folder);
  }

  /// Returns how QEMU opens the layers: each by its format, on a file, on the next or on none.
  private static JsonObject spec(List<Layer> layers, boolean writes) {
    var top = layers.getFirst();
    var file = new JsonObject();
    file.addProperty("driver", Files.isRegularFile(top.file()) ? "file" : "host_device");
    file.addProperty("filename", top.file().toString());
    var spec = new JsonObject();
    spec.addProperty("driver", top.format());
    spec.addProperty("read-only", !writes);
    spec.add("file", file);
    if (layers.size() > 1) {
      spec.add("backing", spec(layers.subList(1, layers.size()), writes));
    } else if (top.format().equals("qcow2")) {
      spec.add("backing", JsonNull.INSTANCE);
    }
    return spec;
  }
}
