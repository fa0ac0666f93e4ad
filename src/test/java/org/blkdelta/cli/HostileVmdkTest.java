package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.blkdelta.vmdk.Recipe;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every disk of `testdata/vmdk` has the outcome that its recipe names: what is hostile is refused
/// in these words, and the destination stays as it was.
class HostileVmdkTest {

  private static final int SECTOR = 512;

  @TempDir(factory = InMemory.class)
  private Path temp;

  static List<Recipe> good() throws IOException {
    return Recipe.all("good.txt");
  }

  static List<Recipe> hostile() throws IOException {
    var recipes = new ArrayList<Recipe>();
    for (var file :
        List.of("descriptor", "names", "chain", "cowd", "sesparse", "hosted", "stream")) {
      recipes.addAll(Recipe.all("hostile-" + file + ".txt"));
    }
    return recipes;
  }

  static List<Recipe> strange() throws IOException {
    return Recipe.all("strange.txt");
  }

  @ParameterizedTest
  @MethodSource("good")
  void a_good_disk_is_read(Recipe recipe) throws IOException {
    synced(recipe, folder("good"));
  }

  @ParameterizedTest
  @MethodSource("strange")
  void a_strange_disk_is_read_as_if_it_were_not(Recipe recipe) throws IOException {
    var expected = synced(Recipe.good(recipe.from()), folder("good"));
    var found = synced(recipe, folder("strange"));
    assertEquals(-1, Files.mismatch(expected, found), "the first byte that differs");
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void a_hostile_disk_is_refused_and_nothing_is_written(Recipe recipe) throws IOException {
    var folder = folder("hostile");
    recipe.make(folder);
    var pristine = destination(recipe, "pristine");
    var destination = destination(recipe, "destination");

    var sync = Cli.run(words("sync", recipe, folder, List.of(destination)));
    assertEquals(told(recipe), said(sync, folder));
    assertEquals(recipe.fact("exit", "4"), Integer.toString(sync.status()));
    assertEquals(-1, Files.mismatch(pristine, destination));

    var inspect = Cli.run(words("inspect", recipe, folder, List.of()));
    var report = recipe.fact("inspect", ""); // a file that is no list of changes is still something
    if (!report.isEmpty()) {
      assertEquals(report.charAt(0) - '0', inspect.status());
      var lines = (inspect.stdout() + said(inspect, folder)).lines().toList();
      assertTrue(lines.contains(report.substring(2)), lines::toString);
      return;
    }
    assertEquals(told(recipe), said(inspect, folder));
    assertEquals(recipe.fact("exit", "4"), Integer.toString(inspect.status()));
    assertEquals("", inspect.stdout());
  }

  private Path synced(Recipe recipe, Path folder) throws IOException {
    recipe.make(folder);
    var destination = destination(recipe, "destination of " + folder.getFileName());
    var sync = Cli.run(words("sync", recipe, folder, List.of("--base=assume", destination))).ok();
    var said = said(sync, folder).lines().toList();
    for (var warning : recipe.facts("warns")) {
      assertTrue(said.contains("blkdelta: warning: " + warning), said::toString);
    }
    var sum = recipe.fact("sha256", "");
    if (!sum.isEmpty()) {
      assertEquals(sum, sha256(destination));
    }
    return destination;
  }

  private Object[] words(String command, Recipe recipe, Path folder, List<Object> more)
      throws IOException {
    var words = new ArrayList<Object>(List.of(command));
    var options = recipe.fact("options", "");
    if (!options.isEmpty()) {
      words.addAll(List.of(options.replace("@", folder + "/").split(" ")));
    }
    for (var source : recipe.fact("source", "").split(" ")) {
      words.add(folder.resolve(source));
    }
    words.addAll(more);
    return words.toArray();
  }

  /// What is to be said: warnings, and the last word.
  private static String told(Recipe recipe) {
    return Stream.concat(
            recipe.facts("warns").stream().map(warning -> "blkdelta: warning: " + warning),
            recipe.facts("says").stream().map(message -> "blkdelta: " + message))
        .reduce("", (before, line) -> before + line + "\n");
  }

  /// What was said, with names of files as in the recipe.
  private static String said(Cli.Run run, Path folder) {
    return run.stderr().replace(folder + "/", "").replace(folder.toString(), "@");
  }

  private Path folder(String name) throws IOException {
    return Files.createDirectories(temp.toRealPath().resolve(name));
  }

  /// Makes the disk that the changes are for: sector i is full of bytes i modulo 251.
  private Path destination(Recipe recipe, String name) throws IOException {
    var bytes = new byte[Integer.parseInt(recipe.fact("sectors", "16")) * SECTOR];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i / SECTOR % 251);
    }
    return Files.write(temp.resolve(name), bytes);
  }

  private static String sha256(Path file) throws IOException {
    try {
      var digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException missing) {
      throw new AssertionError(missing);
    }
  }
}
