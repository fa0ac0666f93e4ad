package org.blkdelta.nbd;

import static org.blkdelta.nbd.ScriptedServer.SIZE;
import static org.blkdelta.nbd.ScriptedServer.agreed;
import static org.blkdelta.nbd.ScriptedServer.agreedSimple;
import static org.blkdelta.nbd.ScriptedServer.greeting;
import static org.blkdelta.nbd.ScriptedServer.info;
import static org.blkdelta.nbd.ScriptedServer.negotiated;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Stream;
import org.blkdelta.disk.DiskContract;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever a server sends, nothing of it is taken that the protocol does not allow. Each rule has
/// a message, and none takes more than its time and memory.
class HostileServerTest {

  private static final String PROTOCOL = ", against the protocol; use another server";
  private static final String READ = "asked for 4096 bytes at byte 0, the server sent ";
  private static final String STATUS =
      "asked for the status of 8192 bytes at byte 0, the server sent ";

  static Stream<Arguments> handshakes() {
    var empty = new Bytes();
    return Stream.of(
        of(
            new Bytes().text("HTTP/1.1 400 Bad Request"),
            "what answers is not an NBD server; check the port or socket"),
        of(
            new Bytes().i64(0x4e42444d41474943L).i64(0x00420281861253L),
            "the server knows only the protocol of before 2012; use a newer one"),
        of(
            new Bytes().i64(0x4e42444d41474943L).i64(0x49484156454f5054L).u16(2),
            "the server knows no options (fixed newstyle); use a newer one"),
        rule(greeting().i64(1).i64(1).u32(0), "answers an option by something else"),
        rule(greeting().option(9, 1, empty), "answers option 9 when asked 8"),
        rule(
            greeting().i64(0x0003e889045565a9L).u32(8).u32(1).u32(-1),
            "answers an option by 4294967295 bytes"),
        rule(
            greeting().option(8, 1, empty).bytes(repeated(1025, 9, 4, new Bytes().u32(0))),
            "answers an option by more than 1024 replies"),
        rule(
            greeting().option(8, 1, empty).option(9, 4, new Bytes().u16(0)),
            "names a context in 2 bytes"),
        rule(
            greeting()
                .option(8, 1, empty)
                .option(9, 1, empty)
                .option(10, 4, new Bytes().u32(1).text("x:y"))
                .option(10, 1, empty),
            "selects contexts that were not asked for, or two by one id"),
        rule(
            negotiated().bytes(repeated(1025, 7, 3, new Bytes().u16(1))),
            "answers an option by more than 1024 replies"),
        rule(
            negotiated().option(7, 3, new Bytes().u16(0).u32(1)),
            "describes the export in 4 bytes"),
        rule(negotiated().option(7, 3, new Bytes()), "describes the export in 0 bytes"),
        rule(negotiated().option(7, 1, empty), "does not say how large the export is"),
        rule(negotiated().option(7, 3, info(-1)), "says that the export has more than 8 EiB"),
        rule(negotiated().option(7, 2, empty), "answers an option by 2"),
        of(
            negotiated()
                .option(7, 3, info(1000))
                .option(7, 3, blocks(512, 4096, 1 << 20))
                .option(7, 1, empty),
            "has 1000 bytes, and can only be read in blocks of 512, so not to its end; let the"
                + " server serve smaller blocks"),
        rule(negotiated().option(7, 3, blocks(0, 1, 1)), "wants blocks of 0, 1 and 1 bytes"),
        rule(
            negotiated().option(7, 3, blocks(3, 4096, 8192)),
            "wants blocks of 3, 4096 and 8192 bytes"),
        rule(
            negotiated().option(7, 3, blocks(1 << 17, 1 << 17, 1 << 20)),
            "wants blocks of 131072, 131072 and 1048576 bytes"),
        rule(
            negotiated().option(7, 3, blocks(4096, 4096, 512)),
            "wants blocks of 4096, 4096 and 512 bytes"),
        of(
            negotiated().option(7, 0x80000006, new Bytes().text("no\033[2J such")),
            "the server has no export \"web\" (no?[2J such); name one that it has: nbdinfo --list"
                + " URI"),
        of(
            negotiated().option(7, 0x80000005, empty),
            "the server wants TLS; write nbds: for nbd:, and ?tls-certificates=DIR"),
        of(
            negotiated().option(7, 0x80000001, empty),
            "the server does not know NBD_OPT_GO; use a newer one"),
        of(
            negotiated().option(7, 0x80000002, empty),
            "the server forbids it: error 2; see its log"),
        of(
            negotiated().option(7, 0x80000007, new Bytes().text("bye")),
            "the server is shutting down: error 7 (bye); see its log"),
        of(negotiated().option(7, -1, empty), "the server refuses: error 2147483647; see its log"));
  }

  @ParameterizedTest
  @MethodSource("handshakes")
  void a_handshake_that_is_none(Bytes script, String message) {
    assertEquals(
        "nbd://kvm/web: " + message, refusal(new ScriptedServer(script), HostileServerTest::all));
  }

  static Stream<Arguments> reads() {
    var data = new Bytes().i64(0).bytes(new byte[4096], 0, 4096);
    return Stream.of(
        of(new Bytes().text("rubbish!"), "what begins with 72756262 is not a reply" + PROTOCOL),
        of(
            new Bytes().u32(0x67446698).u32(0).i64(99),
            "an answer to request 99, which is not under way" + PROTOCOL),
        of(
            new Bytes().chunk(1, 0, -1, 0),
            "an answer to request -1, which is not under way" + PROTOCOL),
        of(
            new Bytes().u32(0x67446698).u32(0).i64(1).bytes(new byte[4096], 0, 4096),
            "a simple reply came where a structured one was agreed" + PROTOCOL),
        of(
            new Bytes().u32(0x67446698).u32(5).i64(1),
            "at byte 0: the server cannot read the next 4096 bytes: input/output error; see its log"),
        of(new Bytes().chunk(1, 1, 1, 8).i64(0), READ + "a chunk of type 1 and 8 bytes" + PROTOCOL),
        of(new Bytes().chunk(0, 1, 1, 108).i64(4000), READ + "100 bytes at byte 4000" + PROTOCOL),
        of(new Bytes().chunk(0, 1, 1, 9).i64(-1), READ + "1 bytes at byte -1" + PROTOCOL),
        of(
            new Bytes().chunk(0, 1, 1, 9).i64(Long.MAX_VALUE),
            READ + "1 bytes at byte 9223372036854775807" + PROTOCOL),
        of(new Bytes().chunk(0, 1, 1, -1).i64(0), READ + "4294967287 bytes at byte 0" + PROTOCOL),
        of(
            new Bytes().chunk(0, 2, 1, 12).i64(0).u32(-1),
            READ + "4294967295 bytes at byte 0" + PROTOCOL),
        of(new Bytes().chunk(0, 2, 1, 12).i64(0).u32(0), READ + "0 bytes at byte 0" + PROTOCOL),
        of(new Bytes().chunk(0, 2, 1, 11), READ + "a chunk of type 2 and 11 bytes" + PROTOCOL),
        of(
            new Bytes().chunk(0, 2, 1, 12).i64(1000).u32(100).chunk(0, 1, 1, 28).i64(1090),
            READ + "byte 1090 twice" + PROTOCOL),
        of(
            new Bytes().chunk(0, 1, 1, data.size()).bytes(data).chunk(0, 2, 1, 12).i64(0).u32(1),
            READ + "byte 0 twice" + PROTOCOL),
        of(
            new Bytes().chunk(1, 2, 1, 12).i64(0).u32(4095),
            READ + "no bytes from 4095 on" + PROTOCOL),
        of(new Bytes().chunk(1, 0, 1, 0), READ + "no bytes from 0 on" + PROTOCOL),
        of(
            new Bytes().chunk(0, 0, 1, 0),
            "a chunk without content has 0 bytes, or is not the last" + PROTOCOL),
        of(
            new Bytes().chunk(1, 0, 1, 4),
            "a chunk without content has 4 bytes, or is not the last" + PROTOCOL),
        of(new Bytes().chunk(1, 5, 1, 12), READ + "a chunk of type 5 and 12 bytes" + PROTOCOL),
        of(new Bytes().chunk(1, 77, 1, 0), READ + "a chunk of type 77 and 0 bytes" + PROTOCOL),
        of(new Bytes().chunk(1, 0x8001, 1, 5), "an error has 5 bytes" + PROTOCOL),
        of(new Bytes().chunk(1, 0x8001, 1, -1), "an error has 4294967295 bytes" + PROTOCOL),
        of(
            new Bytes().chunk(1, 0x8001, 1, 10).u32(5).u16(5),
            "an error of 10 bytes has 5 of words" + PROTOCOL),
        of(
            new Bytes().chunk(1, 0x8002, 1, 20).u32(1).u16(6).text("no\n!ok").i64(0),
            "at byte 0: the server cannot read the next 4096 bytes: operation not permitted"
                + " (no?!ok); see its log"));
  }

  @ParameterizedTest
  @MethodSource("reads")
  void an_answer_to_a_read_that_is_none(Bytes script, String message) {
    var server = new ScriptedServer(agreed().bytes(script));
    assertEquals("nbd://kvm/web: " + message, refusal(server, HostileServerTest::read));
  }

  @Test
  void structured_replies_are_none_where_they_were_not_agreed() {
    var server = new ScriptedServer(agreedSimple().chunk(1, 1, 1, 4104).i64(0));
    assertEquals(
        "nbd://kvm/web: what begins with 668e33ef is not a reply" + PROTOCOL,
        refusal(server, HostileServerTest::read));
  }

  static Stream<Arguments> statuses() {
    return Stream.of(
        of(status(1, 8, SIZE, 0), STATUS + "context 8, which is unknown or came before" + PROTOCOL),
        of(
            status(0, 7, SIZE, 0).bytes(status(1, 7, SIZE, 0)),
            STATUS + "context 7, which is unknown or came before" + PROTOCOL),
        of(new Bytes().chunk(1, 0, 1, 0), STATUS + "0 of 1 contexts" + PROTOCOL),
        of(status(1, 7, 0, 0), STATUS + "a run of 0 bytes at byte 0" + PROTOCOL),
        of(status(1, 7, 512, 0, 0, 0, 512, 0), STATUS + "a run of 0 bytes at byte 512" + PROTOCOL),
        of(status(1, 7, SIZE, 0, 1, 0), STATUS + "a run of 1 bytes at byte 8192" + PROTOCOL),
        of(
            status(1, 7, 511, 0),
            "at byte 0: the server says what only the next 511 bytes are" + PROTOCOL),
        of(status(1, 7), STATUS + "a chunk of type 5 and 4 bytes" + PROTOCOL),
        of(new Bytes().chunk(1, 5, 1, 13), STATUS + "a chunk of type 5 and 13 bytes" + PROTOCOL),
        of(
            new Bytes().chunk(1, 5, 1, -4),
            STATUS + "a chunk of type 5 and 4294967292 bytes" + PROTOCOL),
        of(
            new Bytes().chunk(1, 5, 1, 4 + (8 << 20) + 8),
            STATUS + "a chunk of type 5 and 8388620 bytes" + PROTOCOL),
        of(new Bytes().chunk(1, 1, 1, 12), STATUS + "a chunk of type 1 and 12 bytes" + PROTOCOL),
        of(
            new Bytes().chunk(1, 0x8001, 1, 6).u32(22).u16(0),
            "at byte 0: the server cannot tell what the next 8192 bytes are: invalid argument; see its log"));
  }

  @ParameterizedTest
  @MethodSource("statuses")
  void an_answer_about_status_that_is_none(Bytes script, String message) {
    var server = new ScriptedServer(agreed().bytes(script));
    assertEquals("nbd://kvm/web: " + message, refusal(server, HostileServerTest::list));
  }

  /// The last run of a range may go beyond it, even beyond the disk: nothing is there.
  @Test
  void what_goes_beyond_the_range_is_cut_off() throws IOException {
    var server = new ScriptedServer(agreed().bytes(status(1, 7, 512, 0, -1, 3)));
    try (var source = server.open()) {
      long[] end = {0};
      source.changes(extent -> end[0] = extent.end());
      assertEquals(SIZE, end[0]);
    }
  }

  @Test
  void after_a_fault_nothing_is_asked_and_nothing_taken() throws IOException {
    var server =
        new ScriptedServer(
            agreed()
                .bytes(new Bytes().u32(0x67446698).u32(5).i64(1))
                .chunk(1, 2, 2, 12)
                .i64(0)
                .u32(4096));
    try (var source = server.open()) {
      var first = assertThrows(SourceException.class, () -> read(source));
      int written = server.written();
      var second = assertThrows(SourceException.class, () -> read(source));
      assertEquals(first.getMessage(), second.getMessage());
      assertEquals(written, server.written());
    }
  }

  @Test
  void a_talk_that_is_cut_at_any_byte_is_refused() throws IOException {
    var whole = talk();
    all(new ScriptedServer(whole).open());
    for (int cut = 0; cut < whole.length; cut++) {
      var server = new ScriptedServer(Arrays.copyOf(whole, cut));
      assertEquals(
          "nbd://kvm/web: the server closed the connection too early; see the server's log, and run"
              + " this again",
          refusal(server, HostileServerTest::all));
    }
  }

  @Test
  void silence_at_any_byte_is_refused() {
    var whole = talk();
    for (int cut = 0; cut < whole.length; cut++) {
      var server = new ScriptedServer(Arrays.copyOf(whole, cut)).silent();
      assertEquals(
          "nbd://kvm/web: the server said nothing for too long; see the server's log, and run this"
              + " again",
          refusal(server, HostileServerTest::all));
    }
  }

  /// Every bit of what describes the bytes of a read, but those that the protocol leaves open.
  @Test
  void a_bit_that_flips_anywhere_but_in_the_bytes_is_refused() throws IOException {
    var before = agreed();
    var script =
        agreed()
            .chunk(0, 2, 1, 12)
            .i64(0)
            .u32(4000)
            .chunk(1, 1, 1, 8 + 96)
            .i64(4000)
            .bytes(DiskContract.bytes(96), 0, 96)
            .array();
    read(new ScriptedServer(script).open());
    int flips = 0;
    for (int bit = 8 * before.size(); bit < 8 * (script.length - 96); bit++) {
      int at = bit / 8 - before.size();
      int field = at < 32 ? at : at - 32; // of the first chunk, or of the second
      boolean isOpen = field == 4 || (field == 5 && bit % 8 != 7);
      if (!isOpen) {
        var flipped = script.clone();
        flipped[bit / 8] ^= (byte) (0x80 >> (bit % 8));
        refusal(new ScriptedServer(flipped), HostileServerTest::read);
        flips++;
      }
    }
    assertTrue(flips > 400, "bits: " + flips);
  }

  private static byte[] talk() {
    return agreed()
        .bytes(status(1, 7, SIZE, 0))
        .chunk(0, 2, 2, 12)
        .i64(0)
        .u32(4000)
        .chunk(1, 1, 2, 8 + 96)
        .i64(4000)
        .bytes(DiskContract.bytes(96), 0, 96)
        .array();
  }

  /// Does something with an export.
  private interface Use {
    void of(ExportSource source) throws IOException;
  }

  private static String refusal(ScriptedServer server, Use use) {
    var refused =
        assertThrows(
            SourceException.class,
            () -> {
              try (var source = server.open()) {
                use.of(source);
              }
            });
    var message = String.valueOf(refused.getMessage());
    assertTrue(message.length() <= 200 + "nbd://kvm/web".length(), message);
    return message;
  }

  private static void all(ExportSource source) throws IOException {
    list(source);
    read(source);
  }

  private static void list(ExportSource source) throws IOException {
    source.changes(extent -> {});
  }

  private static void read(ExportSource source) throws IOException {
    DiskContract.read(source.disk(), 0, 4096);
  }

  private static Bytes status(int flags, int context, int... runs) {
    var bytes = new Bytes().chunk(flags, 5, 1, 4 + 4 * runs.length).u32(context);
    Arrays.stream(runs).forEach(bytes::u32);
    return bytes;
  }

  private static Bytes blocks(int min, int preferred, int max) {
    return new Bytes().u16(3).u32(min).u32(preferred).u32(max);
  }

  private static Bytes repeated(int times, int option, int type, Bytes data) {
    var bytes = new Bytes();
    for (int i = 0; i < times; i++) {
      bytes.option(option, type, data);
    }
    return bytes;
  }

  private static Arguments of(Bytes script, String message) {
    return Arguments.of(script, message);
  }

  private static Arguments rule(Bytes script, String what) {
    return of(script, "the server " + what + ", against the protocol; use another one");
  }
}
