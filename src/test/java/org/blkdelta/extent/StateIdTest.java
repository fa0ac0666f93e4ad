package org.blkdelta.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.blkdelta.extent.Generation.Likeness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What two names of states say about each other.
class StateIdTest {

  @ParameterizedTest
  @CsvSource({
    "lvm:a@b,                lvm:a@b,                SAME",
    "lvm:a@b,                lvm:a@c,                DIFFERENT",
    "thin:p/1@2,             lvm:a@b,                DIFFERENT",
    "vmdk:00000001;aa;11,    vmdk:00000001;aa;11,    SAME",
    "vmdk:00000001;aa;11,    vmdk:00000002;aa;11,    DIFFERENT",
    "vmdk:00000001;aa;11,    vmdk:00000001;bb;11,    DIFFERENT",
    // a clone has other ids, another disk as well
    "vmdk:00000001;aa;11,    vmdk:00000001;aa;22,    UNSURE",
    // nothing identifies the disk
    "vmdk:fffffffe;aa,       vmdk:fffffffe;aa,       UNSURE",
    "vmdk:fffffffe;aa,       vmdk:fffffffe;bb,       DIFFERENT",
    // the links below are not known, or an older version remembered it
    "vmdk:00000001,          vmdk:00000001,          UNSURE",
    "vmdk:00000001,          vmdk:00000001;aa;11,    UNSURE",
    "vmdk:00000001,          vmdk:00000002;aa;11,    DIFFERENT",
  })
  void names_say_so_much_about_each_other(String one, String other, Likeness expected) {
    assertEquals(expected, Generation.of(one).likeness(Generation.of(other)));
    assertEquals(expected, Generation.of(other).likeness(Generation.of(one)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"lvm:a@b", "vmdk:fffffffe", "vmdk:fffffffe;aa", "vmdk:fffffffe;aa;11"})
  void a_name_is_written_as_it_was_read(String text) {
    assertEquals(text, StateId.parse(text).text());
  }

  @Test
  void a_name_with_empty_parts_has_none() {
    assertEquals("vmdk:00000001", StateId.parse("vmdk:00000001;;").text());
  }
}
