package org.blkdelta.nbd;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import org.blkdelta.failure.Printable;

/// The talk before the first request (doc/proto.md, "Newstyle negotiation"): what the server can
/// do, which contexts are wanted, which export it is. One connection, one of these.
final class Handshake {

  private static final long MAGIC = 0x4e42444d41474943L; // NBDMAGIC
  private static final long NEWSTYLE = 0x49484156454f5054L; // IHAVEOPT
  private static final long OPTION_REPLY = 0x0003e889045565a9L;

  private static final int FIXED = 1;
  private static final int NO_ZEROES = 1 << 1;

  private static final int ABORT = 2;
  private static final int START_TLS = 5;
  private static final int GO = 7;
  private static final int STRUCTURED_REPLY = 8;
  private static final int LIST_META_CONTEXT = 9;
  private static final int SET_META_CONTEXT = 10;

  private static final long ACK = 1;
  private static final long INFO = 3;
  private static final long META_CONTEXT = 4;
  private static final long ERROR = 1L << 31;
  private static final long UNSUPPORTED = ERROR + 1;
  private static final long FORBIDDEN = ERROR + 2;
  private static final long TLS_REQUIRED = ERROR + 5;
  private static final long UNKNOWN_EXPORT = ERROR + 6;
  private static final long SHUTDOWN = ERROR + 7;

  private static final int INFO_EXPORT = 0;
  private static final int INFO_BLOCK_SIZE = 3;

  /// The longest reply that the protocol knows is a string of 4096 bytes and a few numbers.
  private static final int MAX_REPLY = 4096 + 64;

  /// A list that is longer has no end.
  private static final int MAX_REPLIES = 1024;

  private static final int MAX_SHOWN = 60;
  private static final int MAX_BLOCK = 1 << 16;
  private static final int MAX_PAYLOAD = 32 << 20;

  private final Connection connection;
  private final String export;
  private final Optional<SSLEngine> tls;

  private long size = -1;
  private int flags;
  private int block = 1;
  private long maxPayload = MAX_PAYLOAD;

  /// @param export the name
  /// @param tls of our side, if the server is to speak TLS
  Handshake(Connection connection, String export, Optional<SSLEngine> tls) {
    this.connection = connection;
    this.export = export;
    this.tls = tls;
  }

  /// Does it all.
  ///
  /// @param wanted names of contexts, of which those are selected that the server has
  /// @throws IOException if the server has no such export, or cannot serve it to us
  Export run(List<String> wanted) throws IOException {
    greet();
    if (tls.isPresent()) {
      startTls(tls.get());
    }
    boolean isStructured = isStructured();
    var offered = isStructured ? contexts(LIST_META_CONTEXT, List.of()) : Map.<String, Integer>of();
    var selected = isStructured ? contexts(SET_META_CONTEXT, wanted) : Map.<String, Integer>of();
    if (!wanted.containsAll(selected.keySet())
        || selected.values().stream().distinct().count() < selected.size()) {
      throw malformed("selects contexts that were not asked for, or two by one id");
    }
    go();
    check();
    var names = offered.keySet().stream().sorted().toList();
    int largest = (int) Math.min(maxPayload, MAX_PAYLOAD) / block * block;
    return new Export(size, flags, isStructured, block, largest, selected, names);
  }

  private void greet() throws IOException {
    if (connection.i64() != MAGIC) {
      throw connection.fault("what answers is not an NBD server; check the port or socket");
    }
    if (connection.i64() != NEWSTYLE) {
      throw connection.fault("the server knows only the protocol of before 2012; use a newer one");
    }
    int server = connection.u16();
    if ((server & FIXED) == 0) {
      throw connection.fault("the server knows no options (fixed newstyle); use a newer one");
    }
    var answer = ByteBuffer.allocate(Integer.BYTES).putInt(FIXED | (server & NO_ZEROES)).flip();
    connection.send(answer);
  }

  /// Nothing is asked in the clear, whatever the server says.
  private void startTls(SSLEngine engine) throws IOException {
    send(START_TLS, ByteBuffer.allocate(0));
    if (reply(START_TLS).type() != ACK) {
      throw connection.fault(
          "the server does not speak TLS; start it with its certificate (qemu-nbd --tls-creds)");
    }
    connection.encrypt(engine);
  }

  private boolean isStructured() throws IOException {
    send(STRUCTURED_REPLY, ByteBuffer.allocate(0));
    return reply(STRUCTURED_REPLY).type() == ACK;
  }

  /// Asks for contexts: which there are, or for those that block status is to be told of. A server
  /// that knows no such option has none.
  private Map<String, Integer> contexts(int option, List<String> queries) throws IOException {
    var data = new Data().string(export).u32(queries.size());
    queries.forEach(data::string);
    send(option, data.bytes());
    var found = new HashMap<String, Integer>();
    for (int count = 0; count < MAX_REPLIES; count++) {
      var reply = reply(option);
      if (reply.type() != META_CONTEXT) {
        return reply.type() == ACK ? found : Map.of();
      }
      if (reply.data().remaining() < Integer.BYTES) {
        throw malformed("names a context in " + reply.data().remaining() + " bytes");
      }
      int id = reply.data().getInt();
      found.put(text(reply.data()), id);
    }
    throw endless();
  }

  private void go() throws IOException {
    send(GO, new Data().string(export).u16(1).u16(INFO_BLOCK_SIZE).bytes());
    for (int count = 0; count < MAX_REPLIES; count++) {
      var reply = reply(GO);
      if (reply.type() == ACK) {
        return;
      }
      if (reply.type() != INFO) {
        send(ABORT, ByteBuffer.allocate(0));
        throw refused(reply);
      }
      info(reply.data());
    }
    throw endless();
  }

  private void info(ByteBuffer data) throws IOException {
    int kind = data.remaining() < Short.BYTES ? -1 : data.getShort() & 0xffff;
    int length = data.remaining();
    if (kind == INFO_EXPORT && length == Long.BYTES + Short.BYTES) {
      size = data.getLong();
      flags = data.getShort() & 0xffff;
      if (size < 0) {
        throw malformed("says that the export has more than 8 EiB");
      }
    } else if (kind == INFO_BLOCK_SIZE && length == 3 * Integer.BYTES) {
      constraints(data.getInt(), data.getInt(), data.getInt() & 0xffff_ffffL);
    } else if (kind == INFO_EXPORT || kind == INFO_BLOCK_SIZE || kind < 0) {
      throw malformed("describes the export in " + length + " bytes");
    }
  }

  /// Checks what doc/proto.md, "Block size constraints", says of them.
  private void constraints(int min, int preferred, long max) throws IOException {
    boolean isSound =
        Integer.bitCount(min) == 1
            && min > 0
            && min <= MAX_BLOCK
            && max >= min
            && (preferred & 0xffff_ffffL) >= min;
    if (!isSound) {
      throw malformed(
          "wants blocks of %d, %d and %d bytes".formatted(min, preferred & 0xffff_ffffL, max));
    }
    block = min;
    maxPayload = max;
  }

  private void check() throws IOException {
    if (size < 0) {
      throw malformed("does not say how large the export is");
    }
    if (size % block != 0) {
      throw connection.fault(
          "has %d bytes, and can only be read in blocks of %d, so not to its end; let the server serve smaller blocks"
              .formatted(size, block));
    }
  }

  private IOException refused(Reply reply) {
    long type = reply.type();
    if (type < ERROR) {
      return malformed("answers an option by " + type);
    }
    var why = reply.data().hasRemaining() ? " (" + shown(reply.data()) + ")" : "";
    if (type == UNKNOWN_EXPORT) {
      return connection.fault(
          "the server has no export \"%s\"%s; name one that it has: nbdinfo --list URI"
              .formatted(Printable.of(export, MAX_SHOWN), why));
    }
    if (type == TLS_REQUIRED) {
      return connection.fault(
          "the server wants TLS; write nbds: for nbd:, and ?tls-certificates=DIR");
    }
    if (type == UNSUPPORTED) {
      return connection.fault("the server does not know NBD_OPT_GO; use a newer one");
    }
    var what = type == FORBIDDEN ? "forbids it" : type == SHUTDOWN ? "is shutting down" : "refuses";
    return connection.fault(
        "the server %s: error %d%s; see its log".formatted(what, type - ERROR, why));
  }

  private void send(int option, ByteBuffer data) throws IOException {
    var bytes = ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES + data.remaining());
    bytes.putLong(NEWSTYLE).putInt(option).putInt(data.remaining()).put(data);
    connection.send(bytes.flip());
  }

  /// What the server says of an option.
  private record Reply(long type, ByteBuffer data) {}

  private Reply reply(int option) throws IOException {
    if (connection.i64() != OPTION_REPLY) {
      throw malformed("answers an option by something else");
    }
    long replied = connection.u32();
    long type = connection.u32();
    long length = connection.u32();
    if (replied != option) {
      throw malformed("answers option %d when asked %d".formatted(replied, option));
    }
    if (length > MAX_REPLY) {
      throw malformed("answers an option by " + length + " bytes");
    }
    return new Reply(type, ByteBuffer.wrap(connection.bytes((int) length)));
  }

  private IOException endless() {
    return malformed("answers an option by more than " + MAX_REPLIES + " replies");
  }

  private IOException malformed(String what) {
    return connection.fault("the server " + what + ", against the protocol; use another one");
  }

  private static String shown(ByteBuffer text) {
    return Printable.of(text(text), MAX_SHOWN);
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes).toString();
  }

  /// What is said with an option.
  private static final class Data {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Data u16(int number) {
      bytes.write(number >> Byte.SIZE);
      bytes.write(number);
      return this;
    }

    Data u32(int number) {
      return u16(number >> Short.SIZE).u16(number);
    }

    Data string(String text) {
      var encoded = text.getBytes(StandardCharsets.UTF_8);
      u32(encoded.length);
      bytes.writeBytes(encoded);
      return this;
    }

    ByteBuffer bytes() {
      return ByteBuffer.wrap(bytes.toByteArray());
    }
  }
}
