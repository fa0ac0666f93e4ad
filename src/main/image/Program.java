import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A program that the build runs: the same whatever locale and Java options the build has, and
/// silent unless it fails.
final class Program {

  private static final List<String> UNSET =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH");

  private Program() {}

  static void run(Path folder, Map<String, String> environment, String... words)
      throws IOException, InterruptedException {
    var said = Files.createTempFile("blkdelta-image-", ".said");
    var builder = new ProcessBuilder(words).directory(folder.toFile());
    builder.environment().keySet().removeAll(UNSET);
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.environment().putAll(environment);
    int status =
        builder.redirectErrorStream(true).redirectOutput(said.toFile()).start().waitFor();
    var output = Files.readString(said, UTF_8);
    Files.delete(said);
    if (status != 0) {
      System.err.print(output);
      throw new IllegalStateException(String.join(" ", words) + ": status " + status);
    }
  }
}
