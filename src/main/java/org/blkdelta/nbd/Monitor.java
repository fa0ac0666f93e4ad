package org.blkdelta.nbd;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.StringReader;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;

/// A connection to the monitor of a running QEMU (docs/interop/qmp-spec): one command after the
/// other, each answered before the next. Lines, values and waits are bounded, whatever answers.
/// Used by one thread at a time.
final class Monitor implements Closeable {

  /// How long QEMU may take for one command, with the events that come meanwhile.
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int MAX_LINE = 16 << 20;
  private static final int MAX_LINES = 100_000;
  private static final int MAX_DEPTH = 64;
  private static final int MAX_SHOWN = 300;
  private static final int WINDOW = 64 << 10;

  private final String name;
  private final PatientChannel channel;
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW).limit(0);
  private long commands;

  private Monitor(String name, PatientChannel channel) {
    this.name = name;
    this.channel = channel;
  }

  /// Connects; the caller closes this.
  ///
  /// @param name what messages call the disk
  /// @throws ConnectionException if nothing answers
  /// @throws SourceException if what answers is no monitor
  static Monitor connect(Path socket, String name) throws IOException {
    return connect(socket, name, PATIENCE);
  }

  /// @param patience how long each command may take
  static Monitor connect(Path socket, String name, Duration patience) throws IOException {
    PatientChannel channel;
    try {
      channel = PatientChannel.connect(UnixDomainSocketAddress.of(socket), patience);
    } catch (IOException fault) {
      throw new ConnectionException(
          "%s: QEMU's monitor cannot be reached: %s; see whether the VM runs, and has a QMP socket there"
              .formatted(name, SyncException.describe(fault)),
          fault);
    }
    try {
      var monitor = new Monitor(name, channel);
      monitor.greet();
      return monitor;
    } catch (IOException | RuntimeException fault) {
      channel.close();
      throw fault;
    }
  }

  /// Runs a command that has to succeed.
  ///
  /// @return what it returned
  /// @throws SourceException if QEMU refuses it
  JsonElement run(String command, JsonObject arguments) throws IOException {
    return answer(command, arguments).value(name + ": QEMU refuses " + command);
  }

  /// Runs a command that has to succeed, without arguments.
  JsonElement run(String command) throws IOException {
    return run(command, new JsonObject());
  }

  /// What QEMU answered: a value, or why there is none.
  ///
  /// @param kind the class of the error; empty if there is none
  /// @param why it failed, in QEMU's words
  record Answer(JsonElement value, String kind, String why) {

    boolean isError() {
      return !kind.isEmpty();
    }

    /// Returns the value.
    ///
    /// @param what the message begins with, if there is none
    JsonElement value(String what) throws SourceException {
      if (isError()) {
        throw new SourceException(
            kind.equals("CommandNotFound")
                ? what + ": it does not know the command; use QEMU 6.0 or newer"
                : what + ": " + Printable.of(why, MAX_SHOWN) + "; see QEMU's log");
      }
      return value;
    }
  }

  /// Runs a command that may fail.
  ///
  /// @throws IOException if there is no answer
  Answer answer(String command, JsonObject arguments) throws IOException {
    var id = "blkdelta-" + ++commands;
    var said = new JsonObject();
    said.addProperty("execute", command);
    said.add("arguments", arguments);
    said.addProperty("id", id);
    channel.again();
    send(said);
    for (int count = 0; count < MAX_LINES; count++) {
      var line = line();
      if (!line.has("event")) {
        return answered(line, id);
      }
    }
    throw malformed("says everything but an answer");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private void greet() throws IOException {
    JsonObject greeting;
    try {
      greeting = line();
    } catch (SourceException silent) {
      throw silent.getCause() instanceof SocketTimeoutException
          ? new ConnectionException(
              "%s: QEMU's monitor does not answer: it serves one client at a time; end the other one, or give QEMU another QMP socket"
                  .formatted(name),
              silent)
          : silent;
    }
    if (!greeting.has("QMP")) {
      throw malformed("greets like something else");
    }
    run("qmp_capabilities");
  }

  private Answer answered(JsonObject line, String id) throws SourceException {
    if (!line.has("id") || !line.get("id").equals(new JsonPrimitive(id))) {
      throw malformed("answers what was not asked");
    }
    if (line.has("return")) {
      return new Answer(line.get("return"), "", "");
    }
    var error = line.get("error");
    if (error == null || !error.isJsonObject()) {
      throw malformed("answers neither yes nor no");
    }
    return new Answer(
        new JsonObject(),
        text(error.getAsJsonObject(), "class").orElse("unknown"),
        text(error.getAsJsonObject(), "desc").orElse("no reason"));
  }

  /// Returns a member that is a text, if there is one.
  static Optional<String> text(JsonObject object, String member) {
    var value = object.get(member);
    return value != null && value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()
        ? Optional.of(value.getAsString())
        : Optional.empty();
  }

  private void send(JsonObject said) throws IOException {
    try {
      channel.write(ByteBuffer.wrap((said + "\n").getBytes(StandardCharsets.UTF_8)));
    } catch (IOException fault) {
      throw broken(fault);
    }
  }

  private JsonObject line() throws IOException {
    var bytes = new ByteArrayOutputStream();
    while (true) {
      if (!window.hasRemaining()) {
        receive();
      }
      byte next = window.get();
      if (next == '\n') {
        return parsed(bytes.toString(StandardCharsets.UTF_8));
      }
      if (bytes.size() >= MAX_LINE) {
        throw malformed("says a line without an end");
      }
      bytes.write(next);
    }
  }

  private JsonObject parsed(String line) throws IOException {
    try (var reader = new JsonReader(new StringReader(line))) {
      reader.setStrictness(Strictness.STRICT);
      reader.setNestingLimit(MAX_DEPTH);
      var value = JsonParser.parseReader(reader);
      if (value.isJsonObject() && reader.peek() == JsonToken.END_DOCUMENT) {
        return value.getAsJsonObject();
      }
    } catch (JsonParseException | IOException | IllegalStateException | NumberFormatException bad) {
      throw new SourceException(against("says what is not JSON"), bad);
    }
    throw malformed("says what is not an object");
  }

  private void receive() throws IOException {
    int count;
    window.clear();
    try {
      count = channel.read(window);
    } catch (IOException fault) {
      window.limit(0);
      throw broken(fault);
    }
    window.flip();
    if (count < 0) {
      throw new SourceException(
          name + ": QEMU closed its monitor's connection; see whether the VM runs, and its log");
    }
  }

  private SourceException broken(IOException fault) {
    return new SourceException(
        "%s: %s; see whether the VM runs, and its log"
            .formatted(
                name,
                fault instanceof SocketTimeoutException
                    ? "QEMU's monitor said nothing for too long"
                    : "the connection to QEMU's monitor broke: " + SyncException.describe(fault)),
        fault);
  }

  /// Returns a fault of what answers, to be thrown.
  ///
  /// @param what it does
  SourceException malformed(String what) {
    return new SourceException(against(what));
  }

  private String against(String what) {
    return "%s: the monitor %s, against QMP; see whether the socket is a QMP socket of QEMU"
        .formatted(name, what);
  }
}
