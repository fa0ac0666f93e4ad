package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A disk that writes down what is asked of it, in words such as `write 4096+512`, and asks the one
/// behind it. Several may share one list, to show what came before what.
public final class RecordingDisk implements WritableDisk {

  private final WritableDisk disk;
  private final List<String> events;
  private final String prefix;

  /// Records to a list of its own.
  public RecordingDisk(WritableDisk disk) {
    this(disk, "", new ArrayList<>());
  }

  /// Records to `events`, each with `prefix` before it.
  public RecordingDisk(WritableDisk disk, String prefix, List<String> events) {
    this.disk = disk;
    this.prefix = prefix;
    this.events = events;
  }

  /// Returns everything that happened.
  public List<String> events() {
    return List.copyOf(events);
  }

  /// Returns what happened of one kind, such as `write`.
  public List<String> events(String kind) {
    return events.stream().filter(event -> event.startsWith(prefix + kind)).toList();
  }

  @Override
  public String name() {
    return disk.name();
  }

  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public void read(ByteBuffer dst, long offset) throws IOException {
    events.add("%sread %d+%d".formatted(prefix, offset, dst.remaining()));
    disk.read(dst, offset);
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    events.add("%swrite %d+%d".formatted(prefix, offset, src.remaining()));
    disk.write(src, offset);
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    events.add("%szero %d+%d".formatted(prefix, offset, length));
    disk.zero(offset, length);
  }

  @Override
  public void sync() throws IOException {
    events.add(prefix + "sync");
    disk.sync();
  }

  @Override
  public void close() throws IOException {
    events.add(prefix + "close");
    disk.close();
  }
}
