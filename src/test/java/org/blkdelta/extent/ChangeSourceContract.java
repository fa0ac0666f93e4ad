package org.blkdelta.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What every source of changes does.
public interface ChangeSourceContract {

  /// Opens a source that has changed.
  ChangeSource changed() throws IOException;

  @Test
  default void changes_are_ascending_joined_and_inside_the_disk() throws IOException {
    try (var source = changed()) {
      var extents = changes(source);
      assertFalse(extents.isEmpty());
      long end = 0;
      for (int i = 0; i < extents.size(); i++) {
        var extent = extents.get(i);
        assertTrue(extent.length() > 0, extents::toString);
        assertTrue(extent.offset() >= end, extents::toString);
        if (i > 0 && extent.offset() == end) {
          assertNotEquals(extents.get(i - 1).kind(), extent.kind(), extents::toString);
        }
        end = extent.offset() + extent.length();
      }
      assertTrue(end <= source.disk().size(), extents::toString);
    }
  }

  @Test
  default void changes_are_the_same_when_they_are_asked_for_again() throws IOException {
    try (var source = changed()) {
      assertEquals(changes(source), changes(source));
    }
  }

  @Test
  default void the_new_bytes_can_be_read() throws IOException {
    try (var source = changed()) {
      for (var extent : changes(source)) {
        if (extent.kind() == Extent.Kind.DATA) {
          var bytes = ByteBuffer.allocate((int) extent.length());
          source.disk().read(bytes, extent.offset());
          assertFalse(bytes.hasRemaining());
        }
      }
    }
  }

  @Test
  default void what_was_read_is_true_as_long_as_nothing_happens() throws IOException {
    try (var source = changed()) {
      source.changes(extent -> {});
      source.checkStillTrue();
      source.checkStillTrue();
    }
  }

  @Test
  default void a_fault_of_the_sink_passes_through() throws IOException {
    try (var source = changed()) {
      var fault = new IOException("the destination is full");
      var thrown =
          assertThrows(
              IOException.class,
              () ->
                  source.changes(
                      extent -> {
                        throw fault;
                      }));
      assertSame(fault, thrown);
      assertFalse(changes(source).isEmpty());
    }
  }

  private static List<Extent> changes(ChangeSource source) throws IOException {
    var extents = new ArrayList<Extent>();
    source.changes(extents::add);
    return extents;
  }
}
