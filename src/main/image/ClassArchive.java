import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The archive of classes from which the program starts, in the image's folder `lib`. Besides the
/// build, a test makes it: `java ClassArchive.java IMAGE` makes an image's archive again.
record ClassArchive(Path image) {

  /// What runs load; `-Dtrain=true` records it anew.
  private static final Path LIST = Path.of("src/main/image/classes.list");

  public static void main(String[] arguments) throws IOException, InterruptedException {
    new ClassArchive(Path.of(arguments[0]).toAbsolutePath()).make(Path.of("testdata/demo"));
  }

  void make(Path sample) throws IOException, InterruptedException {
    Files.deleteIfExists(file());
    Files.deleteIfExists(sums());
    var scratch = Files.createTempDirectory("blkdelta-image-");
    try {
      if (Boolean.getBoolean("train")) {
        Files.write(LIST, new Training(image, sample, scratch).classes().lines(), UTF_8);
      }
      var list = ClassList.read(LIST);
      list.completeOwn(image.resolve("lib/blkdelta.jar"));
      var classes = Files.write(scratch.resolve("all"), list.lines(), UTF_8);
      var first = dump(classes, scratch.resolve("first.jsa"));
      var archive = first.settled(dump(classes, scratch.resolve("second.jsa")));
      Files.write(file(), archive.bytes().array());
      sum();
    } finally {
      Image.delete(scratch);
    }
  }

  /// Makes an archive. What else would differ from one build to the next is fixed: the jars are
  /// named as they lie in the image, and the JVM keeps how many processors it saw.
  private Dump dump(Path classes, Path file) throws IOException, InterruptedException {
    long from = Dump.now();
    Program.run(
        image,
        Map.of(),
        image.resolve("runtime/bin/java").toString(),
        "-Xshare:dump",
        "-XX:+AOTClassLinking",
        // the collector that can write objects into an archive; the launcher's can read them
        "-XX:+UseG1GC",
        "-XX:ActiveProcessorCount=2",
        // so much that no garbage is collected: what is left of caches would be chance
        "-Xms1500m",
        "-Xmx1500m",
        "-Xmn1200m",
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        "--enable-native-access=ALL-UNNAMED",
        "-XX:SharedClassListFile=" + classes,
        "-XX:SharedArchiveFile=" + file,
        "-cp",
        "lib/blkdelta.jar");
    return Dump.read(file, from, Dump.now());
  }

  /// Writes down what the archive was made from, in one line: the launcher compares it, by content,
  /// since the time and size that the JVM looks at may be those of another build, too.
  private void sum() throws IOException, InterruptedException {
    var script = "set -- $(cksum -- *.jar); echo \"$*\" >blkdelta.cksum";
    Program.run(image.resolve("lib"), Map.of(), "sh", "-c", script);
  }

  private Path file() {
    return image.resolve("lib/blkdelta.jsa");
  }

  private Path sums() {
    return image.resolve("lib/blkdelta.cksum");
  }
}
