package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What docs/security.md says is bundled is what the build takes.
class SecurityDocumentTest {

  private static final Pattern ROW = Pattern.compile("(?m)^\\| ([a-z0-9-]+) \\| ([0-9][^ ]*) \\|");

  private static final Pattern DEPENDENCY =
      Pattern.compile("<dependency>(.*?)</dependency>", Pattern.DOTALL);

  @Test
  void every_library_that_is_named_is_of_the_version_that_is_used() throws IOException {
    var jars = System.getProperty("java.class.path").split(File.pathSeparator, -1);
    for (var row : documented().entrySet()) {
      var jar = Pattern.quote(row.getKey() + "-" + row.getValue()) + "(-linux_[a-z0-9]+)?\\.jar";
      assertTrue(
          Pattern.compile("(?m)^.*/" + jar + "$").matcher(String.join("\n", jars)).find(),
          () -> row + " is not on the class path");
    }
  }

  @Test
  void every_library_that_the_build_takes_is_named() throws IOException {
    var pom = Files.readString(Path.of("pom.xml"));
    var documented = documented();
    var found = 0;
    for (var match = DEPENDENCY.matcher(pom); match.find(); ) {
      var dependency = match.group(1);
      var scope = element(dependency, "scope");
      if (scope.isEmpty() || scope.equals("runtime")) {
        var version = element(dependency, "version");
        var known =
            version.startsWith("${")
                ? element(pom, version.substring(2).replace("}", ""))
                : version;
        assertEquals(known, documented.get(element(dependency, "artifactId")), dependency);
        found++;
      }
    }
    assertTrue(found > 5, "libraries: " + found);
  }

  private static Map<String, String> documented() throws IOException {
    var rows = new TreeMap<String, String>();
    for (var match = ROW.matcher(Files.readString(Path.of("docs/security.md"))); match.find(); ) {
      rows.put(match.group(1), match.group(2));
    }
    return rows;
  }

  private static String element(String xml, String name) {
    var found = Pattern.compile("<%1$s>([^<]*)</%1$s>".formatted(Pattern.quote(name))).matcher(xml);
    return found.find() ? found.group(1) : "";
  }
}
