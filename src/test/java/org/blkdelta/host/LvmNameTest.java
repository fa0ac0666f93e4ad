package org.blkdelta.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
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
  void other_texts_name_no_volume() {
    for (var text : List.of("", "web", "vg/", "/web", "-vg/web", "vg/-web", "a/b/c", "vg/we b")) {
      assertEquals(Optional.empty(), LvmName.parse(text), text);
    }
    assertEquals("", LvmName.ofMapped("byhand").volume());
  }
}
