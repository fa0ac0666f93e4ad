package org.blkdelta.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A disk that writes down what is asked of it, in words such as `write 4096+512`, and asks the one
/// behind it. Several may share one list, to show what came before what.
public final class RecordingDisk extends ForwardingWritableDisk {

  private final List<String> events;
  private final String prefix;

  /// Records to a list of its own.
  public RecordingDisk(WritableDisk disk) {
    this(disk, "", new ArrayList<>());
  }

  /// Records to `events`, each with `prefix` before it.
  public RecordingDisk(WritableDisk disk, String prefix, List<String> events) {
    super(disk);
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
  public void read(ByteBuffer dst, long offset) throws IOException {
    add(new Read(dst, offset));
    super.read(dst, offset);
  }

  @Override
  public void readAll(List<Read> reads) throws IOException {
    reads.forEach(this::add);
    super.readAll(reads);
  }

  @Override
  public void write(ByteBuffer src, long offset) throws IOException {
    events.add("%swrite %d+%d".formatted(prefix, offset, src.remaining()));
    super.write(src, offset);
  }

  @Override
  public void zero(long offset, long length) throws IOException {
    events.add("%szero %d+%d".formatted(prefix, offset, length));
    super.zero(offset, length);
  }

  @Override
  public void sync() throws IOException {
    events.add(prefix + "sync");
    super.sync();
  }

  @Override
  public void close() throws IOException {
    events.add(prefix + "close");
    super.close();
  }

  private void add(Read one) {
    events.add("%sread %d+%d".formatted(prefix, one.offset(), one.dst().remaining()));
  }
}
