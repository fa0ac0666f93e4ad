package org.blkdelta.real;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.blkdelta.disk.Programs;
import org.blkdelta.nbd.ExportUri;
import org.blkdelta.nbd.WritableExport;

/// QEMU's storage daemon with one raw disk, `disk`: one monitor for blkdelta, and one for the test.
/// Closing it ends it.
final class RunningQemu implements Closeable {

  private final Path folder;
  private final Process process;
  private final SocketChannel channel;
  private final BufferedReader answers;

  private RunningQemu(Path folder, Process process) throws IOException, InterruptedException {
    this.folder = folder;
    this.process = process;
    while (!Files.exists(folder.resolve("test.qmp")) || !Files.exists(folder.resolve("qmp"))) {
      if (process.waitFor(10, TimeUnit.MILLISECONDS)) {
        throw new AssertionError("the daemon ended");
      }
    }
    channel = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("test.qmp")));
    answers = new BufferedReader(Channels.newReader(channel, UTF_8));
    answers.readLine();
    ask("{'execute':'qmp_capabilities'}");
  }

  /// Starts one that opens a raw file.
  static RunningQemu start(Path folder, Path disk) throws IOException, InterruptedException {
    Programs.require("qemu-storage-daemon", "qemu-img", "nbdcopy");
    var words = new ArrayList<>(List.of("qemu-storage-daemon"));
    words.addAll(List.of("--blockdev", "driver=file,node-name=disk,filename=" + disk));
    for (var name : List.of("qmp", "test.qmp")) {
      var id = "chardev-" + name.replace(".", "-");
      words.addAll(
          List.of(
              "--chardev",
              "socket,id=%s,path=%s,server=on,wait=off".formatted(id, folder.resolve(name)),
              "--monitor",
              "chardev=" + id));
    }
    return new RunningQemu(folder, new ProcessBuilder(words).inheritIO().start());
  }

  /// Returns what blkdelta calls the disk.
  ///
  /// @param more parameters
  String uri(String more) {
    return "qmp+unix:///disk?socket=%s&scratch=%s%s".formatted(folder.resolve("qmp"), folder, more);
  }

  /// Returns the socket of the guest's server.
  Path server() {
    return folder.resolve("guest");
  }

  /// Exports the disk for writing, as a guest has it.
  void serve() throws IOException {
    ok(
        "{'execute':'nbd-server-start','arguments':{'addr':{'type':'unix','data':{'path':'%s'}}}}"
            .formatted(server()));
    ok(
        "{'execute':'block-export-add','arguments':{'type':'nbd','id':'guest','node-name':'disk',"
            + "'name':'guest','writable':true}}");
  }

  /// Ends that.
  void endServing() throws IOException {
    ok("{'execute':'block-export-del','arguments':{'id':'guest','mode':'hard'}}");
    while (!ask("{'execute':'query-block-exports'}").getAsJsonArray("return").isEmpty()) {
      Thread.onSpinWait();
    }
    ok("{'execute':'nbd-server-stop'}");
  }

  /// Connects as a guest does; the caller closes it.
  WritableExport guest() throws IOException {
    return WritableExport.connect(ExportUri.parse("nbd+unix:///guest?socket=" + server()));
  }

  /// Returns everything of blkdelta's in it, but the bitmaps that note what changes.
  List<String> leftovers() throws IOException {
    var found = new ArrayList<String>();
    for (var query :
        List.of(
            "query-block-jobs", "query-jobs", "query-block-exports", "query-named-block-nodes")) {
      for (var element : list(query)) {
        var text = element.toString();
        if (text.contains("blkdelta-") && !text.contains("\"node-name\":\"disk\"")) {
          found.add(query + ": " + text);
        }
      }
    }
    bitmaps().stream().filter(name -> name.startsWith("blkdelta-round-")).forEach(found::add);
    try (var files = Files.list(folder)) {
      files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith("blkdelta-"))
          .forEach(found::add);
    }
    return found;
  }

  /// Returns the names of the disk's bitmaps.
  List<String> bitmaps() throws IOException {
    return StreamSupport.stream(list("query-named-block-nodes").spliterator(), false)
        .map(element -> element.getAsJsonObject())
        .filter(node -> node.get("node-name").getAsString().equals("disk"))
        .filter(node -> node.has("dirty-bitmaps"))
        .flatMap(
            node -> StreamSupport.stream(node.getAsJsonArray("dirty-bitmaps").spliterator(), false))
        .filter(bitmap -> bitmap.getAsJsonObject().has("name"))
        .map(bitmap -> bitmap.getAsJsonObject().get("name").getAsString())
        .toList();
  }

  /// Runs a command that must succeed.
  JsonObject ok(String command) throws IOException {
    var answer = ask(command);
    if (!answer.has("return")) {
      throw new AssertionError(command + ": " + answer);
    }
    return answer;
  }

  private JsonArray list(String query) throws IOException {
    return ok("{'execute':'" + query + "'}").getAsJsonArray("return");
  }

  private JsonObject ask(String command) throws IOException {
    channel.write(ByteBuffer.wrap((command.replace('\'', '"') + "\n").getBytes(UTF_8)));
    while (true) {
      var line = answers.readLine();
      if (line == null) {
        throw new AssertionError("the daemon left");
      }
      var answer = JsonParser.parseString(line).getAsJsonObject();
      if (!answer.has("event")) {
        return answer;
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    process.destroyForcibly().onExit().join();
  }
}
