package org.blkdelta.nbd;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.failure.SourceException;
import org.jspecify.annotations.Nullable;

/// A node of QEMU's block graph, as `query-named-block-nodes` tells of it.
///
/// @param isReadOnly whether QEMU lets nobody write to it
/// @param file what it opens
/// @param bitmaps those that have a name
record QemuNode(String name, boolean isReadOnly, long size, String file, List<Bitmap> bitmaps) {

  private static final int MAX_NODES = 10_000;

  /// A dirty bitmap.
  ///
  /// @param isRecording whether it notes what is written
  /// @param isInconsistent whether it missed some of that
  record Bitmap(String name, boolean isRecording, boolean isInconsistent) {}

  QemuNode {
    bitmaps = List.copyOf(bitmaps);
  }

  /// Asks for all that have a name of their own.
  static List<QemuNode> all(Monitor monitor) throws IOException {
    var arguments = new JsonObject();
    arguments.addProperty("flat", true);
    var told = monitor.run("query-named-block-nodes", arguments);
    var nodes = new ArrayList<QemuNode>();
    if (!told.isJsonArray() || told.getAsJsonArray().size() > MAX_NODES) {
      throw monitor.malformed("lists no nodes");
    }
    for (var element : told.getAsJsonArray()) {
      nodes.add(of(monitor, object(monitor, element)));
    }
    return nodes;
  }

  private static QemuNode of(Monitor monitor, JsonObject told) throws SourceException {
    var bitmaps = new ArrayList<Bitmap>();
    var list = told.get("dirty-bitmaps");
    if (list != null && list.isJsonArray()) {
      for (var element : list.getAsJsonArray()) {
        var bitmap = object(monitor, element);
        Monitor.text(bitmap, "name")
            .ifPresent(
                name ->
                    bitmaps.add(
                        new Bitmap(
                            name, isTrue(bitmap, "recording"), isTrue(bitmap, "inconsistent"))));
      }
    }
    return new QemuNode(
        Monitor.text(told, "node-name").orElse(""),
        isTrue(told, "ro"),
        size(monitor, object(monitor, told.get("image"))),
        Monitor.text(told, "file").orElse(""),
        bitmaps);
  }

  private static long size(Monitor monitor, JsonObject image) throws SourceException {
    var size = image.get("virtual-size");
    if (size == null || !size.isJsonPrimitive() || !size.getAsString().matches("[0-9]{1,18}")) {
      throw monitor.malformed("does not say how large a node is");
    }
    return Long.parseLong(size.getAsString());
  }

  private static JsonObject object(Monitor monitor, @Nullable JsonElement element)
      throws SourceException {
    if (element == null || !element.isJsonObject()) {
      throw monitor.malformed("describes a node by something else");
    }
    return element.getAsJsonObject();
  }

  private static boolean isTrue(JsonObject object, String member) {
    var value = object.get(member);
    return value != null
        && value.isJsonPrimitive()
        && value.getAsJsonPrimitive().isBoolean()
        && value.getAsBoolean();
  }
}
