package org.blkdelta.nbd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.blkdelta.disk.DiskContract;
import org.blkdelta.disk.MemoryDisk;
import org.blkdelta.failure.SourceException;
import org.junit.jupiter.api.Tag;

/// Whatever a server says, reading it ends: with a list that is in order and bytes that are all
/// there, or with a refusal. Runs its seeds in every build; `JAZZER_FUZZ=1` makes it look for more.
@Tag("fuzz")
class NbdFuzzTest {

  /// Says anything from the first byte on.
  @FuzzTest(maxDuration = "2m")
  void any_bytes(byte[] script) throws IOException {
    read(new ScriptedServer(script));
  }

  /// Says anything after a handshake.
  @FuzzTest(maxDuration = "2m")
  void any_replies(byte[] script) throws IOException {
    read(new ScriptedServer(ScriptedServer.agreed().bytes(script, 0, script.length)));
  }

  /// Puts chunks together that are nearly right: random bytes would seldom be one.
  @FuzzTest(maxDuration = "5m")
  void nearly_right_chunks(FuzzedDataProvider data) throws IOException {
    var script = ScriptedServer.agreed();
    while (data.remainingBytes() > 0) {
      int cookie = data.consumeInt(0, 3);
      int flags = data.consumeInt(0, 1);
      switch (data.consumeInt(0, 4)) {
        case 0 ->
            script
                .chunk(flags, 5, cookie, 20)
                .u32(data.consumeInt(6, 7))
                .u32(data.consumeInt(-1, ScriptedServer.SIZE))
                .u32(data.consumeInt())
                .u32(data.consumeInt(-1, ScriptedServer.SIZE))
                .u32(data.consumeInt());
        case 1 -> {
          var bytes = new byte[data.consumeInt(0, 4097)];
          script
              .chunk(flags, 1, cookie, 8 + bytes.length)
              .i64(data.consumeInt(-1, 4096))
              .bytes(bytes, 0, bytes.length);
        }
        case 2 ->
            script
                .chunk(flags, 2, cookie, 12)
                .i64(data.consumeInt(-1, 4096))
                .u32(data.consumeInt(-1, 4097));
        case 3 -> script.chunk(flags, data.consumeInt(0, 0xffff), cookie, data.consumeInt(0, 8));
        default -> script.u32(0x67446698).u32(data.consumeInt(0, 1)).i64(cookie);
      }
    }
    read(new ScriptedServer(script));
  }

  /// What a qcow2 image says of itself: a header that is right, or a refusal.
  @FuzzTest(maxDuration = "2m")
  void the_header_of_an_image(byte[] rest) throws IOException {
    var bytes = ByteBuffer.allocate(Math.max(104, 4 + rest.length)).putInt(0x514649fb).put(rest);
    try {
      var header = QcowHeader.of(new MemoryDisk("vm.qcow2", bytes.array()), "vm.qcow2");
      assertTrue(header.size() >= 0);
      assertTrue(header.backing().orElse("").length() <= 1023);
      assertTrue(header.backingFormat().orElse("").length() <= bytes.capacity());
    } catch (SourceException refused) {
      var message = String.valueOf(refused.getMessage());
      assertTrue(message.startsWith("vm.qcow2: is a qcow2 image that "), message);
    }
  }

  private static void read(ScriptedServer server) throws IOException {
    try (var source = server.open()) {
      long[] end = {0};
      source.changes(
          extent -> {
            assertTrue(extent.offset() >= end[0] && extent.end() <= source.disk().size());
            end[0] = extent.end();
          });
      DiskContract.read(source.disk(), 0, (int) Math.min(4096, source.disk().size()));
    } catch (SourceException refused) {
      assertTrue(String.valueOf(refused.getMessage()).startsWith("nbd://kvm/web: "));
    }
  }
}
