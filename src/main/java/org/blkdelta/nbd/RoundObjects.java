package org.blkdelta.nbd;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.blkdelta.failure.SourceException;

/// What one round has in QEMU, by names that no other round has: a backup job that keeps what the
/// guest overwrites in an overlay, the overlay's two nodes, its export, and the bitmap of what
/// changed. They are made in the order in which they are named here, and removed in the other, so
/// that whatever a killed run left is found by the node of the overlay's file, or is the bitmap.
///
/// @param id names the round
record RoundObjects(String id) {

  private static final String FILE = "blkdelta-scratch-";
  private static final String OVERLAY = "blkdelta-overlay-";
  private static final String BITMAP = "blkdelta-round-";
  private static final String JOB = "blkdelta-";

  private static final int ID_BYTES = 6;
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long BETWEEN_LOOKS_MILLIS = 20;

  /// Returns those of a new round.
  static RoundObjects next() {
    var bytes = new byte[ID_BYTES];
    RANDOM.nextBytes(bytes);
    return new RoundObjects(HexFormat.of().formatHex(bytes));
  }

  /// Returns those that a node is a part of, by its name.
  static Optional<RoundObjects> ofNode(String name) {
    return of(name, FILE);
  }

  /// Returns those that a bitmap is a part of, by its name.
  static Optional<RoundObjects> ofBitmap(String name) {
    return of(name, BITMAP);
  }

  private static Optional<RoundObjects> of(String name, String prefix) {
    return name.startsWith(prefix) && name.length() == prefix.length() + 2 * ID_BYTES
        ? Optional.of(new RoundObjects(name.substring(prefix.length())))
        : Optional.empty();
  }

  /// Returns the name of the bitmap.
  String bitmap() {
    return BITMAP + id;
  }

  /// Returns the name of the job, and of the export.
  String job() {
    return JOB + id;
  }

  /// Opens the overlay, on top of the disk's node.
  void open(Monitor monitor, Path overlay, String node) throws IOException {
    var file = arguments("driver", "file", "node-name", FILE + id);
    file.addProperty("filename", overlay.toString());
    monitor.run("blockdev-add", file);
    var above = arguments("driver", "qcow2", "node-name", OVERLAY + id);
    above.addProperty("file", FILE + id);
    above.addProperty("backing", node);
    monitor.run("blockdev-add", above);
  }

  /// Has QEMU listen.
  void listen(Monitor monitor, Path socket, String name) throws IOException {
    var address = arguments("type", "unix");
    address.add("data", arguments("path", socket.toString()));
    var arguments = new JsonObject();
    arguments.add("addr", address);
    arguments.addProperty("max-connections", 0);
    var answer = monitor.answer("nbd-server-start", arguments);
    if (answer.isError() && answer.why().contains("already running")) {
      throw new SourceException(
          name
              + ": QEMU's only NBD server is in use already: a backup runs, or another blkdelta; wait for it, or say where it listens: &server=PATH");
    }
    answer.value(name + ": QEMU refuses nbd-server-start");
  }

  /// Freezes the disk, all in one moment: from then on the overlay has what is overwritten, the
  /// round's bitmap has what changed since its base, and the next bitmap notes what is written. The
  /// backup comes first: from then on to the end of the transaction nothing is written.
  ///
  /// @param base the bitmap that began with the base; empty if all is sent
  void freeze(Monitor monitor, String node, Optional<RoundBitmap> base, RoundBitmap next)
      throws IOException {
    var actions = new JsonArray();
    var backup = arguments("job-id", job(), "device", node);
    backup.addProperty("target", OVERLAY + id);
    backup.addProperty("sync", "none");
    actions.add(action("blockdev-backup", backup));
    var round = arguments("node", node, "name", bitmap());
    round.addProperty("disabled", true);
    actions.add(action("block-dirty-bitmap-add", round));
    if (base.isPresent()) {
      var merge = arguments("node", node, "target", bitmap());
      var merged = new JsonArray();
      merged.add(base.get().name());
      merge.add("bitmaps", merged);
      actions.add(action("block-dirty-bitmap-merge", merge));
    }
    actions.add(action("block-dirty-bitmap-add", arguments("node", node, "name", next.name())));
    var all = new JsonObject();
    all.add("actions", actions);
    monitor.run("transaction", all);
  }

  /// Exports the frozen disk, read-only.
  void export(Monitor monitor) throws IOException {
    var arguments = arguments("type", "nbd", "id", job());
    arguments.addProperty("node-name", OVERLAY + id);
    arguments.addProperty("name", job());
    arguments.addProperty("writable", false);
    var bitmaps = new JsonArray();
    bitmaps.add(bitmap());
    arguments.add("bitmaps", bitmaps);
    monitor.run("block-export-add", arguments);
  }

  /// Returns whether the job still keeps what is overwritten, and has not failed to.
  boolean isFrozen(Monitor monitor) throws IOException {
    for (var element : list(monitor, "query-block-jobs")) {
      if (is(element, "device", job())) {
        return is(element, "status", "running") && !is(element, "io-status", "failed");
      }
    }
    return false;
  }

  /// Removes all that is there of it.
  ///
  /// @param isListening whether QEMU's server was started for it
  /// @param patience how long each of them may take to go
  void remove(Monitor monitor, boolean isListening, Duration patience) throws IOException {
    if (isListed(monitor, "query-block-exports", "id")) {
      monitor.run("block-export-del", arguments("id", job(), "mode", "hard"));
      awaitEnd(monitor, "query-block-exports", "id", patience);
    }
    if (isListed(monitor, "query-block-jobs", "device")) {
      var cancel = arguments("device", job());
      cancel.addProperty("force", true);
      monitor.run("block-job-cancel", cancel);
      awaitEnd(monitor, "query-block-jobs", "device", patience);
    }
    if (isListening) {
      monitor.run("nbd-server-stop");
    }
    var nodes = QemuNode.all(monitor);
    for (var name : List.of(OVERLAY + id, FILE + id)) {
      if (nodes.stream().anyMatch(node -> node.name().equals(name))) {
        monitor.run("blockdev-del", arguments("node-name", name));
      }
    }
    for (var node : nodes) {
      for (var bitmap : node.bitmaps()) {
        if (bitmap.name().equals(bitmap())) {
          removeBitmap(monitor, node.name(), bitmap());
        }
      }
    }
  }

  /// Removes a bitmap.
  static void removeBitmap(Monitor monitor, String node, String name) throws IOException {
    monitor.run("block-dirty-bitmap-remove", arguments("node", node, "name", name));
  }

  private void awaitEnd(Monitor monitor, String query, String member, Duration patience)
      throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    while (isListed(monitor, query, member)) {
      if (System.nanoTime() > end) {
        throw new SourceException(
            "QEMU does not end %s; see query-block-jobs and query-block-exports".formatted(job()));
      }
      try {
        TimeUnit.MILLISECONDS.sleep(BETWEEN_LOOKS_MILLIS);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", stopped);
      }
    }
  }

  private boolean isListed(Monitor monitor, String query, String member) throws IOException {
    for (var element : list(monitor, query)) {
      if (is(element, member, job())) {
        return true;
      }
    }
    return false;
  }

  private static JsonArray list(Monitor monitor, String query) throws IOException {
    var told = monitor.run(query);
    if (!told.isJsonArray()) {
      throw monitor.malformed("answers " + query + " by no list");
    }
    return told.getAsJsonArray();
  }

  private static boolean is(JsonElement element, String member, String value) {
    return element.isJsonObject()
        && Monitor.text(element.getAsJsonObject(), member).equals(Optional.of(value));
  }

  private static JsonObject action(String type, JsonObject data) {
    var action = arguments("type", type);
    action.add("data", data);
    return action;
  }

  /// Returns an object of texts: a name, its value, and so on.
  private static JsonObject arguments(String... pairs) {
    var arguments = new JsonObject();
    for (int at = 0; at < pairs.length; at += 2) {
      arguments.addProperty(pairs[at], pairs[at + 1]);
    }
    return arguments;
  }
}
