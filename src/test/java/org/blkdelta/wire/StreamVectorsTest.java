package org.blkdelta.wire;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.blkdelta.failure.SourceException;
import org.blkdelta.wire.StreamVectors.Vector;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StreamVectorsTest {

  private static final Path FOLDER = Path.of("testdata", "stream");

  static List<Vector> vectors() throws IOException {
    return StreamVectors.all();
  }

  @BeforeAll
  static void makeThemAnewWhereThatIsWanted() throws IOException {
    if (Boolean.getBoolean("write.vectors")) {
      StreamVectors.write(FOLDER);
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void what_is_kept_is_what_would_be_written_today(Vector vector) throws IOException {
    assertArrayEquals(Files.readAllBytes(FOLDER.resolve(vector.name())), vector.bytes());
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void what_is_kept_is_read_as_its_description_says(Vector vector) throws IOException {
    var kept = new ByteArrayInputStream(Files.readAllBytes(FOLDER.resolve(vector.name())));
    assertEquals(vector.outcome(), outcome(kept, vector.name()));
  }

  @Test
  void the_text_beside_them_is_current() throws IOException {
    assertEquals(StreamVectors.readme(), Files.readString(FOLDER.resolve("README.md")));
  }

  @Test
  void nothing_else_is_kept() throws IOException {
    try (var kept = Files.list(FOLDER)) {
      assertEquals(
          Stream.concat(Stream.of("README.md"), vectors().stream().map(Vector::name))
              .collect(toSet()),
          kept.map(file -> String.valueOf(file.getFileName())).collect(toSet()));
    }
  }

  private static String outcome(ByteArrayInputStream stream, String name) throws IOException {
    var log = new FrameLog();
    try {
      FrameSource.open(stream, name).frames(log);
      return String.join(", ", log.words());
    } catch (SourceException refused) {
      return String.valueOf(refused.getMessage()).substring(name.length() + 2);
    }
  }
}
