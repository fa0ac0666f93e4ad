package org.blkdelta.cli;

import static org.blkdelta.cli.ImageIT.IMAGE;
import static org.blkdelta.cli.ImageIT.startsFromArchive;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What comes with the program in its packages, and how they are installed and removed.
class PackagesIT {

  @TempDir private Path temp;

  @Test
  void packages_keep_what_the_archive_knows_its_jars_by() throws IOException {
    Programs.require("tar", "dpkg-deb", "rpm2cpio", "cpio");
    var unpacked = temp.toString();
    Programs.run("tar", "-xzf", packed("*.tar.gz"), "-C", unpacked, "--strip-components=1");
    assertTrue(startsFromArchive(temp), "tar");
    Programs.run("dpkg-deb", "-x", packed("*.deb"), unpacked + "/deb");
    assertTrue(startsFromArchive(temp.resolve("deb/usr/lib/blkdelta")), "deb");
    Files.createDirectory(temp.resolve("rpm"));
    var script = "cd rpm && rpm2cpio '%s' | cpio -idm --quiet".formatted(packed("*.rpm"));
    Programs.run(new ProcessBuilder("sh", "-c", script).directory(temp.toFile()));
    var installed = temp.resolve("rpm/usr/lib/blkdelta");
    assertTrue(startsFromArchive(installed), "rpm");
    for (var name : List.of("bin/blkdelta", "compat/lvmsync", "runtime/lib/jspawnhelper")) {
      assertTrue(Files.isExecutable(installed.resolve(name)), name);
    }
    var link = Files.readSymbolicLink(temp.resolve("rpm/usr/bin/blkdelta"));
    assertEquals("../lib/blkdelta/bin/blkdelta", link.toString());
  }

  /// Takes a minute: a Debian without anything that it can do without is fetched from a mirror.
  @Test
  void the_demo_runs_where_nothing_but_its_package_was_installed() throws IOException {
    Programs.require("debootstrap", "chroot", "mount");
    var root = temp.resolve("root");
    Programs.run("debootstrap", "--variant=minbase", "stable", root.toString());
    var proc = root.resolve("proc").toString();
    Programs.run("mount", "-t", "proc", "proc", proc);
    try {
      Files.copy(Path.of(packed("*.deb")), root.resolve("blkdelta.deb"));
      Programs.run("chroot", root.toString(), "dpkg", "-i", "/blkdelta.deb");
      var said = Programs.run("chroot", root.toString(), "blkdelta", "demo");
      assertTrue(said.contains("the copy is the volume, byte for byte"), said);
      purge(root);
    } finally {
      Programs.run("umount", proc);
    }
  }

  /// What was remembered of copies goes with the configuration: by purge, and without a question.
  private static void purge(Path root) throws IOException {
    var script =
        "unset BLKDELTA_STATE; echo a >/a; echo b >/b; blkdelta copy -q /a /b; ls /var/lib/blkdelta";
    assertFalse(Programs.run("chroot", root.toString(), "sh", "-c", script).isBlank());
    Programs.run("chroot", root.toString(), "dpkg", "-r", "blkdelta");
    var state = root.resolve("var/lib/blkdelta");
    assertTrue(Files.exists(state));
    assertTrue(Files.notExists(root.resolve("usr/lib/blkdelta")));
    Programs.run("chroot", root.toString(), "dpkg", "--purge", "blkdelta");
    assertTrue(Files.notExists(state));
    assertEquals(
        "",
        Programs.run(
            "find", root.toString(), "-xdev", "-name", "*blkdelta*", "!", "-name", "blkdelta.deb"));
  }

  @Test
  void lintian_finds_no_error_in_the_package() throws IOException {
    Programs.require("lintian");
    var script =
        "lintian --allow-root --tag-display-limit 0 '%s' || true".formatted(packed("*.deb"));
    var errors =
        Programs.run("sh", "-c", script).lines().filter(line -> line.startsWith("E:")).toList();
    assertEquals(List.of(), errors);
  }

  @Test
  void systemd_takes_the_units() throws IOException {
    Programs.require("systemd-analyze", "dpkg-deb");
    var unpacked = temp.resolve("deb");
    Programs.run("dpkg-deb", "-x", packed("*.deb"), unpacked.toString());
    var units = unpacked.resolve("lib/systemd/system");
    var service = units.resolve("blkdelta-round@.service");
    var text = Files.readString(service);
    var program = IMAGE.resolve("bin/blkdelta").toString();
    assertTrue(text.contains("ExecStart=/usr/bin/blkdelta "), text);
    Files.writeString(service, text.replace("=/usr/bin/blkdelta ", "=" + program + " "));
    var timer = units.resolve("blkdelta-round@.timer").toString();
    var verify = "systemd-analyze verify --man=no '%s' '%s' 2>&1".formatted(service, timer);
    assertEquals("", Programs.run("sh", "-c", verify));
  }

  /// One paragraph of `copyright` names each jar, and each license that it names has its text.
  @Test
  void every_library_comes_with_its_license() throws IOException {
    var doc = IMAGE.resolve("share/doc/blkdelta");
    var paragraphs = List.of(Files.readString(doc.resolve("copyright")).split("\n\n"));
    for (var name : libraries()) {
      var license =
          paragraphs.stream()
              .filter(paragraph -> matches(paragraph, "lib/" + name))
              .map(paragraph -> paragraph.replaceFirst("(?s).*License: (.*)", "$1").strip())
              .findFirst();
      for (var text : license.orElseThrow(() -> new AssertionError(name)).split(" and ")) {
        var file = doc.resolve("licenses").resolve(text + ".txt");
        assertTrue(Files.size(file) > 1000, file.toString());
      }
    }
  }

  private static boolean matches(String paragraph, String file) {
    var files = paragraph.lines().findFirst().orElseThrow();
    return files.startsWith("Files: lib/")
        && FileSystems.getDefault()
            .getPathMatcher("glob:" + files.substring("Files: ".length()))
            .matches(Path.of(file));
  }

  @Test
  void the_bill_of_materials_lists_the_libraries_that_are_there() throws IOException {
    var bill =
        JsonParser.parseString(
                Files.readString(IMAGE.resolve("share/doc/blkdelta/blkdelta.cdx.json")))
            .getAsJsonObject();
    var listed = new TreeSet<String>();
    for (var component : bill.getAsJsonArray("components")) {
      var fields = component.getAsJsonObject();
      listed.add(fields.get("name").getAsString() + "-" + fields.get("version").getAsString());
    }
    var there = new TreeSet<String>();
    libraries().forEach(name -> there.add(name.replaceFirst("(-linux_\\w+)?\\.jar$", "")));
    assertEquals(there, listed);
  }

  /// The names of the jars that are others' work.
  private static List<String> libraries() throws IOException {
    try (var jars = Files.newDirectoryStream(IMAGE.resolve("lib"), "*.jar")) {
      return StreamSupport.stream(jars.spliterator(), false)
          .map(jar -> jar.getFileName().toString())
          .filter(name -> !name.equals("blkdelta.jar"))
          .toList();
    }
  }

  @Test
  void what_documents_and_help_name_by_its_path_is_there() throws IOException {
    var named =
        Pattern.compile(
            "(?:/opt/blkdelta-[0-9.]+|/usr/lib/blkdelta|/usr(?=/share/doc/blkdelta))(/[\\w./-]*\\w)");
    var share = IMAGE.resolve("share");
    var texts = new StringBuilder(Programs.run("sh", "-c", "zcat " + share + "/man/man?/*.gz"));
    try (var files = Files.walk(share.resolve("doc/blkdelta"))) {
      for (var file : files.filter(name -> name.toString().endsWith(".md")).toList()) {
        texts.append(Files.readString(file));
      }
    }
    int found = 0;
    for (var name = named.matcher(texts.toString().replace("\\-", "-")); name.find(); found++) {
      assertTrue(Files.exists(IMAGE.resolve(name.group(1).substring(1))), name.group());
    }
    assertTrue(found > 3);
  }

  /// All else in the packages is copied, or made by tools that give the same bytes each time. A
  /// second build may be in another folder, locale and time zone.
  @Test
  void the_archive_of_classes_is_the_same_when_it_is_made_again_elsewhere() throws IOException {
    var copy = temp.resolve("elsewhere").toString();
    Programs.run("cp", "-a", IMAGE.toString(), copy);
    var java = Path.of(System.getProperty("java.home"), "bin/java").toString();
    var builder = new ProcessBuilder(java, "src/main/image/ClassArchive.java", copy);
    builder.environment().putAll(Map.of("LC_ALL", "C", "TZ", "Asia/Tokyo"));
    assertEquals("", Programs.run(builder));
    var archive = "lib/blkdelta.jsa";
    assertEquals(-1, Files.mismatch(IMAGE.resolve(archive), Path.of(copy, archive)));
  }

  /// Returns the package whose name matches, which lies beside the image.
  private static String packed(String glob) throws IOException {
    try (var found = Files.newDirectoryStream(IMAGE.resolve(".."), glob)) {
      return found.iterator().next().toRealPath().toString();
    }
  }
}
