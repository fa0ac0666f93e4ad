package org.blkdelta.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LvmNameTest {

  @Test
  void hyphens_inside_names_are_doubled_and_back() {
    for (var name :
        List.of(
            new LvmName("vg", "web"), new LvmName("my-vg", "o-r--g"), new LvmName("a", "b+c_.d"))) {
      assertEquals(name, LvmName.ofMapped(name.mapped()));
    }
    assertEquals("my--vg-o--r----g", new LvmName("my-vg", "o-r--g").mapped());
  }

  @Test
  void both_forms_with_a_slash_are_understood() {
    var name = Optional.of(new LvmName("my-vg", "web.1"));
    assertEquals(name, LvmName.parse("my-vg/web.1"));
    assertEquals(name, LvmName.parse("/dev/my-vg/web.1"));
    assertEquals("my-vg/web.1", name.get().toString());
  }

  @Test
  void the_state_that_a_snapshot_keeps_is_told_in_local_time() {
    var web = new LvmName("vg0", "web");
    assertEquals("vg0/web (snapshot web-2)", web.asOf(OptionalLong.empty(), "web-2"));
    long noon = LocalDateTime.of(2026, 3, 2, 14, 5).atZone(ZoneId.systemDefault()).toEpochSecond();
    assertEquals(
        "vg0/web as of 2026-03-02 14:05 (snapshot web-2)",
        web.asOf(OptionalLong.of(noon), "web-2"));
  }

  @Test
  void other_texts_name_no_volume() {
    for (var text : List.of("", "web", "vg/", "/web", "-vg/web", "vg/-web", "a/b/c", "vg/we b")) {
      assertEquals(Optional.empty(), LvmName.parse(text), text);
    }
    assertEquals("", LvmName.ofMapped("byhand").volume());
  }
}
