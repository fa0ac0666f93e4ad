package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Consumer;

/// A server in memory that keeps to the protocol: what is written to the channel is asked, and what
/// is read from it answered.
final class AnsweringServer implements ByteChannel {

  /// What a context says of so many bytes.
  record Run(int length, int flags) {}

  static final ExportUri URI = uri("nbd://kvm/web");

  private static final int UNSUPPORTED = 0x80000001;

  /// The bytes before those of a read: magic, flags, type, cookie, length, offset.
  private static final int READ_HEAD = 28;

  private static final int FLAGS = 4;

  private final byte[] content;
  private final Map<String, List<Run>> contexts = new LinkedHashMap<>();
  private final List<String> selected = new ArrayList<>();
  private int spoilt = -1;
  private Random random = new Random(0);
  private final ArrayDeque<ByteBuffer> answers = new ArrayDeque<>();
  private final List<Integer> commands = new ArrayList<>();
  private final List<Long> offsets = new ArrayList<>();
  private final List<Integer> lengths = new ArrayList<>();
  private int mostUnderWay;
  private boolean isStructured = true;
  private boolean isNegotiated;
  private int block = 1;
  private int maxPayload = 1 << 25;
  private int piece = Integer.MAX_VALUE;
  private int maxRuns = Integer.MAX_VALUE;
  private boolean isReversed;
  private long cutFrom = Long.MAX_VALUE;
  private int cutCommand;
  private boolean isCut;
  private int flags = 3;
  private int error;
  private int failingCommand = -1;
  private ByteBuffer payload = ByteBuffer.allocate(0);
  private int state;

  AnsweringServer(byte[] content) {
    this.content = content;
    answer(out -> out.i64(0x4e42444d41474943L).i64(0x49484156454f5054L).u16(3));
  }

  static ExportUri uri(String text) {
    try {
      return ExportUri.parse(text);
    } catch (IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// Answers as one does that knows no structured replies.
  AnsweringServer simple() {
    isStructured = false;
    return this;
  }

  /// Lets the export be written, and says what else it can do; see doc/proto.md.
  AnsweringServer writable(int more) {
    flags = 1 | more;
    return this;
  }

  /// Flips a bit of a number in the head of one of the replies to reads.
  ///
  /// @param reply which of them; 0 is the first
  AnsweringServer spoiling(int reply, Random random) {
    spoilt = reply;
    this.random = random;
    return this;
  }

  /// Answers a command with an error.
  AnsweringServer failing(int command, int number) {
    failingCommand = command;
    error = number;
    return this;
  }

  WritableExport openForWriting() throws IOException {
    return WritableExport.of(
        ExportDisk.over(this, URI, Side.DESTINATION, List.of(Export.ALLOCATION)));
  }

  AnsweringServer blocks(int min, int max) {
    block = min;
    maxPayload = max;
    return this;
  }

  /// Cuts what is read into chunks of so many bytes, and those of zeros into holes.
  AnsweringServer pieces(int bytes) {
    piece = bytes;
    return this;
  }

  /// Answers last what was asked first.
  AnsweringServer reversed() {
    isReversed = true;
    return this;
  }

  /// Says no more than so many runs at once.
  AnsweringServer runsAtOnce(int most) {
    maxRuns = most;
    return this;
  }

  /// Says nothing more when a read goes beyond a byte.
  AnsweringServer cutFrom(long offset) {
    cutFrom = offset;
    return this;
  }

  /// Says nothing more when a write goes beyond a byte.
  AnsweringServer cutWritesFrom(long offset) {
    cutCommand = 1;
    return cutFrom(offset);
  }

  /// Returns whether that has happened.
  boolean isCut() {
    return isCut;
  }

  AnsweringServer context(String name, Run... runs) {
    contexts.put(name, List.of(runs));
    return this;
  }

  ExportSource open(Selection selection) throws IOException {
    return ExportSource.over(this, URI, selection, OptionalLong.empty());
  }

  ExportSource open(Selection selection, long baseSize) throws IOException {
    return ExportSource.over(this, URI, selection, OptionalLong.of(baseSize));
  }

  /// Returns the commands that came, in their order.
  List<Integer> commands() {
    return commands;
  }

  /// Returns the lengths of the commands that came.
  List<Integer> lengths() {
    return lengths;
  }

  /// Returns the offsets of the commands that came.
  List<Long> offsets() {
    return offsets;
  }

  /// Returns how many requests were not answered yet at most.
  int mostUnderWay() {
    return mostUnderWay;
  }

  /// Returns how many requests were not answered yet.
  int underWay() {
    return answers.size();
  }

  @Override
  public int read(ByteBuffer dst) {
    if (answers.isEmpty()) {
      return -1;
    }
    var next = answers.getFirst();
    int count = Math.min(next.remaining(), dst.remaining());
    dst.put(next.slice(next.position(), count));
    next.position(next.position() + count);
    if (!next.hasRemaining()) {
      answers.removeFirst();
    }
    return count;
  }

  @Override
  public int write(ByteBuffer src) {
    int length = src.remaining();
    if (state == 0) {
      src.getInt();
      state = 1;
    }
    while (state == 1 && src.hasRemaining()) {
      option(src);
    }
    while (src.hasRemaining()) {
      if (payload.hasRemaining()) {
        int count = Math.min(payload.remaining(), src.remaining());
        payload.put(src.slice(src.position(), count));
        src.position(src.position() + count);
      } else if (isCut) {
        src.position(src.limit());
      } else {
        request(src);
      }
    }
    mostUnderWay = Math.max(mostUnderWay, answers.size());
    return length;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}

  private void option(ByteBuffer src) {
    src.getLong();
    int option = src.getInt();
    var data = src.slice(src.position() + Integer.BYTES, src.getInt());
    src.position(src.position() + data.remaining());
    switch (option) {
      case 8 -> {
        isNegotiated = isStructured;
        reply(8, isStructured ? 1 : UNSUPPORTED, new Bytes());
      }
      case 9 -> {
        contexts.keySet().forEach(name -> reply(9, 4, new Bytes().u32(0).text(name)));
        reply(9, 1, new Bytes());
      }
      case 10 -> select(data);
      case 7 -> {
        reply(7, 3, new Bytes().u16(0).i64(content.length).u16(flags));
        reply(7, 3, new Bytes().u16(3).u32(block).u32(Math.max(block, 4096)).u32(maxPayload));
        reply(7, 1, new Bytes());
        state = 2;
      }
      default -> throw new AssertionError("option " + option);
    }
  }

  private void select(ByteBuffer data) {
    text(data);
    int count = data.getInt();
    selected.clear();
    for (int i = 0; i < count; i++) {
      var name = text(data);
      if (contexts.containsKey(name)) {
        selected.add(name);
        reply(10, 4, new Bytes().u32(100 + selected.size()).text(name));
      }
    }
    reply(10, 1, new Bytes());
  }

  private void request(ByteBuffer src) {
    src.getInt();
    int command = src.getInt();
    long cookie = src.getLong();
    long offset = src.getLong();
    int length = src.getInt();
    commands.add(command);
    offsets.add(offset);
    lengths.add(length);
    isCut |= command == cutCommand && offset + length > cutFrom;
    if (command == 2 || isCut) {
      return;
    }
    if (offset % block != 0 || length % block != 0 || (length <= 0 && command != 3)) {
      throw new AssertionError("%d bytes at %d".formatted(length, offset));
    }
    var bytes = new Bytes();
    if (command == failingCommand) {
      payload = ByteBuffer.allocate(command == 1 ? length : 0);
      bytes.u32(0x67446698).u32(error).i64(cookie);
    } else if (command == 1) {
      payload = ByteBuffer.wrap(content, (int) offset, length);
      done(bytes, cookie);
    } else if (command == 6) {
      Arrays.fill(content, (int) offset, (int) offset + length, (byte) 0);
      done(bytes, cookie);
    } else if (command == 3) {
      done(bytes, cookie);
    } else if (command == 7) {
      status(bytes, cookie, offset, length);
    } else if (isNegotiated) {
      chunks(bytes, cookie, (int) offset, length);
    } else {
      bytes.u32(0x67446698).u32(0).i64(cookie).bytes(content, (int) offset, length);
    }
    var answer = ByteBuffer.wrap(bytes.array());
    if (command == 0 && spoilt-- == 0) {
      spoil(answer);
    }
    if (isReversed) {
      answers.addFirst(answer);
    } else {
      answers.addLast(answer);
    }
  }

  private void spoil(ByteBuffer reply) {
    int at = random.nextInt(READ_HEAD);
    boolean isOfFlags = at == FLAGS || at == FLAGS + 1;
    at = isOfFlags ? FLAGS + 1 : at;
    int bit = isOfFlags ? 0 : random.nextInt(Byte.SIZE); // of the flags only one says anything
    reply.put(at, (byte) (reply.get(at) ^ (1 << bit)));
  }

  /// Answers by a simple reply, as QEMU does, or by a chunk without content.
  private void done(Bytes out, long cookie) {
    if (isNegotiated && cookie % 2 == 0) {
      out.chunk(1, 0, cookie, 0);
    } else {
      out.u32(0x67446698).u32(0).i64(cookie);
    }
  }

  private void chunks(Bytes out, long cookie, int offset, int length) {
    for (int at = offset; at < offset + length; ) {
      int size = Math.min(piece, offset + length - at);
      int done = at + size == offset + length ? 1 : 0;
      boolean isZero = Arrays.equals(new byte[size], Arrays.copyOfRange(content, at, at + size));
      if (isZero && piece < Integer.MAX_VALUE) {
        out.chunk(done, 2, cookie, 12).i64(at).u32(size);
      } else {
        out.chunk(done, 1, cookie, 8 + size).i64(at).bytes(content, at, size);
      }
      at += size;
    }
  }

  private void status(Bytes out, long cookie, long offset, int length) {
    for (int i = 0; i < selected.size(); i++) {
      var runs = runs(contexts.getOrDefault(selected.get(i), List.of()), offset, length);
      int done = i + 1 == selected.size() ? 1 : 0;
      out.chunk(done, 5, cookie, 4 + 8 * runs.size()).u32(101 + i);
      runs.forEach(run -> out.u32(run.length()).u32(run.flags()));
    }
  }

  private List<Run> runs(List<Run> all, long offset, int length) {
    var found = new ArrayList<Run>();
    long at = 0;
    for (var run : all) {
      long start = Math.max(at, offset);
      at += run.length();
      if (start < at && start < offset + length && found.size() < maxRuns) {
        found.add(new Run((int) (at - start), run.flags())); // the last may go beyond the range
      }
    }
    return found;
  }

  private static String text(ByteBuffer data) {
    var bytes = new byte[data.getInt()];
    data.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private void reply(int option, int type, Bytes data) {
    answer(out -> out.option(option, type, data));
  }

  private void answer(Consumer<Bytes> writing) {
    var bytes = new Bytes();
    writing.accept(bytes);
    answers.addLast(ByteBuffer.wrap(bytes.array()));
  }
}
