package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Asks what the contexts say of a range (doc/proto.md, NBD_CMD_BLOCK_STATUS): one chunk for each,
/// of consecutive runs from the range's beginning on. The server may say less than was asked, but
/// at least something; and the last run may go beyond the range.
final class StatusRequest implements Request {

  private static final int COMMAND = 7;
  private static final int BLOCK_STATUS = 5;

  /// What one run takes: its length and its flags.
  private static final int RUN = 2 * Integer.BYTES;

  /// More runs than 2^20 no server should send in a chunk.
  private static final int MAX_PAYLOAD = Integer.BYTES + (RUN << 20);

  private final long offset;
  private final int length;
  private final Set<Integer> contexts;
  private final Map<Integer, StatusRuns> runs = new HashMap<>();

  /// @param contexts the ids of those that were selected
  StatusRequest(long offset, int length, Set<Integer> contexts) {
    this.offset = offset;
    this.length = length;
    this.contexts = Set.copyOf(contexts);
  }

  @Override
  public int command() {
    return COMMAND;
  }

  @Override
  public String doing() {
    return "tell what the next %d bytes are".formatted(length);
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public int length() {
    return length;
  }

  /// Returns what a context says, when the request is finished.
  StatusRuns runs(int context) {
    var found = runs.get(context);
    if (found == null) {
      throw new IllegalStateException("context " + context + " was not selected");
    }
    return found;
  }

  @Override
  public void takeSimple(Connection in) throws IOException {
    throw fault("a simple reply", in);
  }

  @Override
  public void take(int type, long payload, Connection in) throws IOException {
    boolean isWhole = (payload - Integer.BYTES) % RUN == 0 && payload >= Integer.BYTES + RUN;
    if (type != BLOCK_STATUS || !isWhole || payload > MAX_PAYLOAD) {
      throw fault("a chunk of type %d and %d bytes".formatted(type, payload), in);
    }
    int context = (int) in.u32();
    if (!contexts.contains(context) || runs.containsKey(context)) {
      throw fault("context %d, which is unknown or came before".formatted(context), in);
    }
    var bytes = ByteBuffer.wrap(in.bytes((int) payload - Integer.BYTES));
    check(bytes, in);
    runs.put(context, new StatusRuns(offset, length, bytes));
  }

  @Override
  public void finish(Connection in) throws IOException {
    if (runs.size() < contexts.size()) {
      throw fault("%d of %d contexts".formatted(runs.size(), contexts.size()), in);
    }
  }

  /// Each run goes on, and begins inside the range.
  private void check(ByteBuffer bytes, Connection in) throws IOException {
    long end = 0;
    for (int at = 0; at < bytes.limit(); at += RUN) {
      long run = bytes.getInt(at) & 0xffff_ffffL;
      if (run == 0 || end >= length) {
        throw fault("a run of %d bytes at byte %d".formatted(run, offset + end), in);
      }
      end += run;
    }
  }

  private IOException fault(String what, Connection in) {
    return in.fault(
        "asked for the status of %d bytes at byte %d, the server sent %s, against the protocol; use another server"
            .formatted(length, offset, what));
  }
}
