package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.spi.ToolProvider;
import org.blkdelta.disk.Programs;
import org.blkdelta.report.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The image that is installed: what runs is what is on the disk, anywhere.
class ImageIT {

  static final Path IMAGE = Path.of(System.getProperty("blkdelta.image", ""));

  /// Where the time of a zip archive's first entry is; see APPNOTE.TXT, 4.3.7.
  private static final int DOS_TIME = 10;

  @TempDir private Path temp;

  @Test
  void a_jar_that_was_replaced_runs_and_not_the_archive_of_its_classes() throws IOException {
    var image = temp.resolve("image");
    Programs.run("cp", "-a", IMAGE.toString(), image.toString());
    assertTrue(startsFromArchive(image));
    var source = temp.resolve("Main.java");
    Files.writeString(
        source,
        """
        package org.blkdelta.cli;

        public final class Main {
          public static void main(String[] arguments) {
            System.out.println("the new code");
          }
        }
        """);
    var classes = temp.resolve("classes").toString();
    tool("javac", "-d", classes, source.toString());
    tool("jar", "--update", "--file=" + image.resolve("lib/blkdelta.jar"), "-C", classes, ".");
    assertEquals("the new code\n", Programs.run(launcher(image), "--version"));
    assertFalse(startsFromArchive(image));
  }

  /// Builds with a fixed time differ in nothing else, if one text is as long as the other.
  @Test
  void a_jar_of_equal_size_and_time_runs_and_not_the_archive_of_its_classes() throws IOException {
    var image = temp.resolve("image");
    Programs.run("cp", "-a", IMAGE.toString(), image.toString());
    var jar = image.resolve("lib/blkdelta.jar");
    var time = Files.getLastModifiedTime(jar);
    var bytes = Files.readAllBytes(jar);
    bytes[DOS_TIME] ^= 2;
    Files.write(jar, bytes);
    Files.setLastModifiedTime(jar, time);
    assertEquals(Files.size(IMAGE.resolve("lib/blkdelta.jar")), Files.size(jar));
    assertEquals(version(), Programs.run(launcher(image), "--version"));
    assertFalse(startsFromArchive(image));
  }

  @Test
  void a_library_that_was_replaced_is_noticed_too() throws IOException {
    var image = temp.resolve("image");
    Programs.run("cp", "-a", IMAGE.toString(), image.toString());
    try (var jars = Files.newDirectoryStream(image.resolve("lib"), "picocli-*.jar")) {
      tool(
          "jar",
          "--update",
          "--file=" + jars.iterator().next(),
          "-C",
          temp.toString(),
          "image/bin");
    }
    assertEquals(version(), Programs.run(launcher(image), "--version"));
    assertFalse(startsFromArchive(image));
  }

  @Test
  void it_runs_from_any_folder_by_a_link_without_an_environment() throws IOException {
    var moved = temp.resolve("some where");
    Programs.run("cp", "-a", IMAGE.toString(), moved.toString());
    Programs.run("chmod", "-R", "a-w", moved.toString());
    var link = Files.createSymbolicLink(temp.resolve("link"), moved.resolve("bin/blkdelta"));
    var bare = List.of("env", "-i", "PATH=/usr/bin:/bin", link.toString(), "--version");
    assertEquals(version(), Programs.run(bare.toArray(String[]::new)));
    assertTrue(startsFromArchive(moved));
    Programs.run("chmod", "-R", "u+w", moved.toString());
  }

  @Test
  void without_its_runtime_it_says_so() throws IOException {
    Files.createDirectories(temp.resolve("bin"));
    Files.copy(IMAGE.resolve("bin/blkdelta"), temp.resolve("bin/blkdelta"));
    var script = "sh '%s' --version; test $? = 1".formatted(temp.resolve("bin/blkdelta"));
    var said = Programs.run("sh", "-c", script);
    assertEquals(
        "blkdelta: %s/runtime: the Java runtime is missing; reinstall blkdelta%n"
            .formatted(temp.toRealPath()),
        said);
  }

  @Test
  void what_is_meant_for_other_javas_stays_out() throws IOException {
    var builder = new ProcessBuilder(launcher(IMAGE), "--version");
    for (var name : List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")) {
      builder.environment().put(name, "-javaagent:/nowhere/agent.jar");
    }
    builder.environment().put("CLASSPATH", "/nowhere");
    builder.environment().put("_JAVA_LAUNCHER_DEBUG", "1");
    assertEquals(version(), Programs.run(builder));
  }

  @Test
  void it_starts_whatever_the_search_path_is() throws IOException {
    for (var path : List.of("", "/nowhere", "relative:")) {
      var script = "PATH='%s' '%s' --version".formatted(path, launcher(IMAGE));
      assertEquals(version(), Programs.run("sh", "-c", script), path);
    }
    assertEquals(
        version(), Programs.run("sh", "-c", "unset PATH; '" + launcher(IMAGE) + "' --version"));
    for (var name : List.of("lvmsync", "vmdksync")) {
      var script = "PATH=/nowhere '%s' --help".formatted(IMAGE.resolve("compat").resolve(name));
      assertTrue(Programs.run("sh", "-c", script).contains(name), name);
    }
  }

  @Test
  void a_shell_that_looked_for_the_launcher_itself_runs_the_same() throws IOException {
    var script = "cd / && PATH='%s':$PATH bash blkdelta --version".formatted(IMAGE.resolve("bin"));
    assertEquals(version(), Programs.run("sh", "-c", script));
  }

  @Test
  void a_limit_that_is_too_low_is_named_and_nothing_goes_to_standard_output() throws IOException {
    assertEquals(
        "blkdelta: the limit of open files is 20, too low; raise it: ulimit -n 1024\n",
        limited("-n 20", 5));
    assertEquals(
        "blkdelta: the limit of KiB of address space is 1000000, too low; raise it: ulimit -v"
            + " unlimited\n",
        limited("-v 1000000", 5));
    limited("-v 2000000", 0);
    limited("-n 64", 0);
  }

  /// What the JVM itself has to say, below a limit that the launcher does not know.
  @Test
  void a_jvm_that_cannot_start_says_so_on_standard_error() throws IOException {
    var said = temp.resolve("said");
    var limited =
        "ulimit -v 4000000; BLKDELTA_JAVA_OPTIONS=-Xmx900g '%s' --version 2>'%s' && exit 9; exit 0"
            .formatted(launcher(IMAGE), said);
    assertEquals("", Programs.run("sh", "-c", limited));
    assertTrue(Files.readString(said).contains("Could not reserve"), Files.readString(said));
  }

  private String limited(String limit, int status) throws IOException {
    var said = temp.resolve("said");
    var script =
        "ulimit %s; '%s' demo 2>'%s'; test $? = %d".formatted(limit, launcher(IMAGE), said, status);
    var out = Programs.run("sh", "-c", script);
    assertTrue(status == 0 || out.isEmpty(), out);
    return Files.readString(said);
  }

  @Test
  void the_compressor_is_the_images_own_and_is_missed_only_where_it_is_wanted() throws IOException {
    var image = temp.resolve("image");
    Programs.run("cp", "-a", IMAGE.toString(), image.toString());
    var file = Files.write(temp.resolve("file"), new byte[4096]).toString();
    var copy = Files.write(temp.resolve("copy"), new byte[4096]).toString();
    var compressing = new ProcessBuilder(launcher(image), "copy", "-q", "-z", file, copy);
    compressing.environment().put("BLKDELTA_STATE", temp.resolve("state").toString());
    compressing.environment().put("BLKDELTA_JAVA_OPTIONS", "-Djava.io.tmpdir=/proc");
    assertEquals("", Programs.run(compressing));
    Files.delete(image.resolve("lib/libzstd-jni.so"));
    var script = "'%s' copy -q -z '%s' '%s'; test $? = 6".formatted(launcher(image), file, copy);
    var said = Programs.run("sh", "-c", script);
    assertTrue(said.startsWith("blkdelta: zstd: its library cannot be loaded: "), said);
    assertTrue(said.endsWith("; reinstall blkdelta, or do not compress\n"), said);
    assertEquals(version(), Programs.run(launcher(image), "--version"));
  }

  /// A client of HTTPS needs it, and a class that is missing shows only when hands are shaken.
  @Test
  void its_runtime_speaks_tls() throws IOException {
    var source = temp.resolve("Handshake.java");
    Files.writeString(
        source,
        """
        import java.util.concurrent.FutureTask;
        import javax.net.ssl.SSLServerSocketFactory;
        import javax.net.ssl.SSLSocket;
        import javax.net.ssl.SSLSocketFactory;

        public final class Handshake {
          public static void main(String[] arguments) throws Exception {
            var server = SSLServerSocketFactory.getDefault().createServerSocket(0);
            var answer = new FutureTask<>(() -> server.accept().getInputStream().read());
            Thread.ofPlatform().daemon().start(answer);
            int port = server.getLocalPort();
            try (var client =
                (SSLSocket) SSLSocketFactory.getDefault().createSocket("localhost", port)) {
              client.getOutputStream().write(7);
              System.out.println(client.getSession().getProtocol() + " " + answer.get());
            }
          }
        }
        """);
    tool("javac", "-d", temp.toString(), source.toString());
    var keys = temp.resolve("keys").toString();
    Programs.run(
        Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
        "-genkeypair",
        "-keyalg",
        "EC",
        "-dname",
        "CN=localhost",
        "-keystore",
        keys,
        "-storepass",
        "password");
    var said =
        Programs.run(
            IMAGE.resolve("runtime/bin/java").toString(),
            "-Djavax.net.ssl.keyStore=" + keys,
            "-Djavax.net.ssl.keyStorePassword=password",
            "-Djavax.net.ssl.trustStore=" + keys,
            "-Djavax.net.ssl.trustStorePassword=password",
            "-cp",
            temp.toString(),
            "Handshake");
    assertEquals("TLSv1.3 7\n", said);
    assertTrue(Files.exists(IMAGE.resolve("runtime/lib/security/cacerts")));
  }

  /// Whether the program's own classes come out of the archive, and not out of their jar.
  static boolean startsFromArchive(Path image) throws IOException {
    var builder = new ProcessBuilder(launcher(image), "--version");
    builder.environment().put("BLKDELTA_JAVA_OPTIONS", "-Xlog:class+load:stdout");
    return Programs.run(builder)
        .lines()
        .filter(line -> line.contains(" org.blkdelta.cli.Main "))
        .findAny()
        .orElseThrow()
        .endsWith("shared objects file");
  }

  static String launcher(Path image) {
    return image.resolve("bin/blkdelta").toString();
  }

  private static String version() throws IOException {
    return String.join("\n", Version.lines()) + "\n";
  }

  private static void tool(String name, String... arguments) {
    assertEquals(
        0, ToolProvider.findFirst(name).orElseThrow().run(System.out, System.err, arguments));
  }
}
