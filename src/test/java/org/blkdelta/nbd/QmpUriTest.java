package org.blkdelta.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.blkdelta.extent.Generation;
import org.blkdelta.failure.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QmpUriTest {

  @Test
  void a_node_and_where_its_monitor_is() throws Exception {
    var text = "qmp+unix:///libvirt-1-format?socket=/run/my%20vm.qmp&scratch=/srv/x/../s&server=/n";
    assertEquals(
        new QmpUri(
            text,
            "libvirt-1-format",
            Path.of("/run/my vm.qmp"),
            Path.of("/srv/s"),
            Optional.of(Path.of("/n"))),
        QmpUri.parse(text));
    assertEquals(Path.of("/var/tmp"), QmpUri.parse("qmp+unix:///%23a?socket=/q").scratch());
    assertEquals("#a", QmpUri.parse("qmp+unix:///%23a?socket=/q").node());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "qmp://host/disk|a monitor is reached by a Unix socket only",
        "qmp+unix://host/disk?socket=/q|a socket has no host",
        "qmp+unix:///?socket=/q|names no node of QEMU",
        "qmp+unix:///a23456789a123456789a123456789a12?socket=/q|names no node of QEMU",
        "qmp+unix:///disk|the socket of QEMU's monitor is missing",
        "qmp+unix:///disk?socket=|is unknown, empty or said twice",
        "qmp+unix:///disk?socket=/a&socket=/b|is unknown, empty or said twice",
        "qmp+unix:///disk?socket=/a&node=b|is unknown, empty or said twice",
        "qmp+unix:///a b?socket=/a|is not a URI (at character 14)",
      })
  void what_is_refused(String text, String what) {
    assertTrue(QmpUri.isOne(text));
    var refused = assertThrows(UsageException.class, () -> QmpUri.parse(text));
    assertTrue(String.valueOf(refused.getMessage()).contains(what), refused.getMessage());
  }

  @Test
  void a_path_is_none() {
    assertFalse(QmpUri.isOne("/dev/qmp"));
    assertFalse(QmpUri.isOne("kvm:qmp+unix:///disk?socket=/q"));
  }

  @Test
  void the_name_of_a_bitmap_has_all_that_the_next_round_needs() {
    var first = RoundBitmap.after(0, Instant.ofEpochSecond(1_800_000_000), 4096);
    assertEquals(Optional.of(first), RoundBitmap.parse(first.name()));
    assertEquals(1, first.number());
    assertEquals(2, RoundBitmap.after(1, Instant.EPOCH, 4096).number());
    assertTrue(first.generation("disk").id().startsWith("qemu:"));
    assertEquals(
        Generation.Likeness.SAME,
        first.generation("disk").likeness(Generation.of(first.generation("x").id())));
    for (var other : new String[] {"b0", "blkdelta-round-0123456789ab", first.name() + "0"}) {
      assertEquals(Optional.empty(), RoundBitmap.parse(other));
    }
  }
}
