package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.blkdelta.lvm.StoreBuilder;
import org.blkdelta.wire.FrameLog;
import org.blkdelta.wire.FrameSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DumpCommandTest {

  private static final List<String> CHANGES =
      List.of("data 12288+4096", "zero 16384+4096", "data 20480+4096");

  @TempDir Path folder;

  private Scratch web;

  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
  }

  @Test
  void a_dump_is_a_whole_change_stream_and_nothing_else() throws IOException {
    var run = dump(new Cli(), "--quiet").ok();
    assertEquals("", run.stderr());
    var words = read(run.bytes());
    assertEquals("header 65536", words.getFirst());
    assertEquals(List.of("expect 0+12288", "expect 24576+40960"), words.subList(1, 3));
    assertEquals(CHANGES, words.subList(3, 6));
    assertEquals("end", words.getLast());
  }

  @Test
  void a_dump_says_nothing_of_the_host_it_was_made_on() throws IOException {
    var text = new String(dump(new Cli()).ok().bytes(), ISO_8859_1);
    assertTrue(!text.contains("host=") && !text.contains("reads="));
  }

  @Test
  void a_dump_for_lvmsync_is_its_format() throws IOException {
    var bytes = dump(new Cli(), "--format=lvmsync").ok().bytes();
    var expected = ByteBuffer.allocate(17 + 3 * (12 + 4096));
    expected.put("lvmsync PROTO[3]\n".getBytes(US_ASCII));
    for (int chunk = 3; chunk <= 5; chunk++) {
      var content = new byte[4096];
      Arrays.fill(content, (byte) (chunk == 4 ? 0 : chunk));
      expected.putLong(chunk * 4096L).putInt(4096).put(content);
    }
    assertArrayEquals(expected.array(), bytes);
    assertArrayEquals(bytes, dump(new Cli(), "--format", "LVMSYNC").ok().bytes());
  }

  @Test
  void a_terminal_gets_no_stream() {
    var run = dump(new Cli().onTerminal());
    assertEquals(2, run.status());
    assertEquals(0, run.bytes().length);
    assertEquals(
        "blkdelta: dump: standard output is a terminal; redirect it: dump … > FILE\n",
        run.stderr());
  }

  @Test
  void a_format_that_nobody_knows_is_a_question_of_usage() {
    assertEquals(2, dump(new Cli(), "--format=tar").status());
  }

  @Test
  void a_stream_that_could_not_be_written_whole_is_no_success() throws IOException {
    for (var format : List.of("blkdelta", "lvmsync")) {
      int length = dump(new Cli(), "--format=" + format).ok().bytes().length;
      for (int room : new int[] {0, 10, 100, 5000, length - 1}) {
        var run = dump(new Cli().printingTo(new FullDisk(room)), "--format=" + format);
        assertEquals(7, run.status(), "%s, %d bytes".formatted(format, room));
        assertTrue(run.stderr().startsWith("blkdelta: standard output: "), run.stderr());
        assertTrue(run.stderr().endsWith("the stream is incomplete: make it again\n"));
      }
    }
  }

  @Test
  void a_snapshot_that_is_lost_has_no_end_in_its_stream() throws IOException {
    Files.write(web.store, StoreBuilder.exceptionStore().copied(3).overflowed().bytes());
    var run = dump(new Cli());
    assertEquals(4, run.status());
    assertEquals(0, run.bytes().length);
  }

  private Cli.Run dump(Cli cli, String... options) {
    var words = new ArrayList<Object>(List.of("dump"));
    words.addAll(Arrays.asList(web.source()));
    words.addAll(Arrays.asList(options));
    return cli.with(words.toArray());
  }

  private static List<String> read(byte[] stream) throws IOException {
    var log = new FrameLog();
    FrameSource.open(new ByteArrayInputStream(stream), "dump").frames(log);
    return log.words();
  }
}
