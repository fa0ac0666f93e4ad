package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.blkdelta.remote.ClientInputs;
import org.blkdelta.vmdk.Recipe;
import org.blkdelta.wire.PackedInput;
import org.blkdelta.wire.PackedOutput;

/// Everything that blkdelta reads of what a user gave it, each with good files and a way to read
/// them once one of them is damaged.
final class MutantSubjects {

  /// Reads the files of a folder, one of which is damaged, and fails if what comes of it is wrong.
  @FunctionalInterface
  interface Check {
    void run(Path folder) throws Exception;
  }

  /// Files and what is done with them.
  ///
  /// @param files their good content, by name
  /// @param damaged those that get damaged
  record Subject(String name, Map<String, byte[]> files, List<String> damaged, Check check) {}

  private static final int VOLUME = 1 << 20;

  private final Oracles oracles = new Oracles();
  private final List<Subject> subjects = new ArrayList<>();

  /// Returns all of them; the folder is for making them.
  static List<Subject> all(Path folder) throws IOException {
    var made = new MutantSubjects();
    made.disks(folder);
    made.exports();
    made.stores();
    made.pools();
    made.streams(folder);
    made.client();
    return made.subjects;
  }

  private void add(String name, Map<String, byte[]> files, List<String> damaged, Check check) {
    subjects.add(new Subject(name, files, damaged, check));
  }

  private void disks(Path folder) throws IOException {
    for (var title : List.of("flat", "cowd", "sesparse", "hosted", "stream")) {
      var place = Files.createDirectories(folder.resolve("disk " + title));
      var recipe = Recipe.good(title);
      recipe.make(place);
      var files = files(place);
      var base = files.get("a.vmdk") != null ? "a-flat.vmdk" : "b-flat.vmdk";
      int sectors = Integer.parseInt(recipe.fact("sectors", "0"));
      if (title.equals("cowd") || title.equals("sesparse")) {
        files.putIfAbsent(base, noise(sectors * 512, 1));
      }
      var names = files.keySet().stream().filter(name -> !name.endsWith("-flat.vmdk")).toList();
      var top = recipe.fact("source", "");
      add("copy of a disk: " + title, files, names, at -> copy(at.resolve(top), title));
      add("sync of a disk: " + title, files, names, at -> sync(at.resolve(top), sectors));
    }
  }

  private void copy(Path top, String title) throws IOException {
    var destination = top.resolveSibling("destination");
    var run = run("copy", "-q", "--create", top, destination);
    if (run.status() == 0) {
      oracles.sameAsQemu(top, destination, title);
    }
  }

  private void sync(Path top, int sectors) throws IOException {
    var destination = Files.write(top.resolveSibling("destination"), new byte[sectors * 512]);
    run("sync", "-q", top, destination);
    run("inspect", "--json", top);
  }

  private void exports() throws IOException {
    var bytes = exported();
    add(
        "apply of an export",
        Map.of("x.vmdk", bytes),
        List.of("x.vmdk"),
        at -> {
          var destination = Files.write(at.resolve("destination"), noise(4099 * 512, 2));
          if (run("apply", "-q", at.resolve("x.vmdk"), destination).status() == 0) {
            oracles.sameAsQemu(at.resolve("x.vmdk"), destination, "export");
          }
        });
    add(
        "apply of an archive",
        Map.of("x.ova", archive(bytes)),
        List.of("x.ova"),
        at -> {
          var destination = Files.write(at.resolve("destination"), noise(4099 * 512, 2));
          if (run("apply", "-q", at.resolve("x.ova"), destination).status() == 0) {
            oracles.sameAsTarAndQemu(at.resolve("x.ova"), destination);
          }
        });
    add(
        "apply of an archive from a pipe",
        Map.of("x.ova", archive(bytes)),
        List.of("x.ova"),
        at -> {
          var destination = Files.write(at.resolve("destination"), noise(4099 * 512, 2));
          var whole = Files.readAllBytes(at.resolve("x.ova"));
          if (checked(cli(at).reading(whole).with("apply", "-q", "-", destination)).status() == 0) {
            oracles.sameAsTarAndQemu(at.resolve("x.ova"), destination);
          }
        });
  }

  private void stores() throws IOException {
    for (var name : List.of("chunk-4k", "entries-256", "chunk-512")) {
      var store = unpacked(Path.of("testdata/lvm", name, "store.img.gz"));
      int size =
          switch (name) {
            case "entries-256" -> 4 << 20;
            case "chunk-512" -> 1 << 20;
            default -> 1 << 16;
          };
      add(
          "store: " + name,
          Map.of("cow", store, "origin", noise(size, 3)),
          List.of("cow"),
          at -> {
            var old = noise(size, 4);
            var destination = Files.write(at.resolve("destination"), old);
            var origin = at.resolve("origin");
            var words =
                new Object[] {
                  "sync", "-q", "--base=assume", "--origin", origin, at.resolve("cow"), destination
                };
            if (run(words).status() == 0) {
              Oracles.sameAsList(at.resolve("cow"), Files.readAllBytes(origin), old, destination);
            }
          });
    }
  }

  private void pools() throws IOException {
    for (var name : List.of("snapshots", "many")) {
      var folder = Path.of("testdata/thin", name);
      int older = 1;
      int newer = name.equals("snapshots") ? 3 : 2;
      long size = 0;
      for (var line : Files.readAllLines(folder.resolve("volumes.txt"))) {
        var words = line.split(" ");
        size = words[0].equals("" + newer) ? Long.parseLong(words[1]) : size;
      }
      long volume = size;
      add(
          "pool: " + name,
          Map.of("pool", unpacked(folder.resolve("metadata.img.gz"))),
          List.of("pool"),
          at -> {
            var content = Oracles.sparse(at.resolve("content"), volume);
            var words =
                new Object[] {
                  "inspect",
                  "--extents",
                  "--thin-metadata",
                  at.resolve("pool"),
                  "--from",
                  older,
                  "--to",
                  newer,
                  content
                };
            var run = run(words);
            if (run.status() == 0) {
              oracles.sameAsThinDelta(at.resolve("pool"), older, newer, volume, run.stdout());
            }
          });
    }
  }

  private void streams(Path folder) throws IOException {
    for (var name :
        List.of("small.blkdelta.bin", "expecting.blkdelta.bin", "optional-frame.blkdelta.bin")) {
      var good = Files.readAllBytes(Path.of("testdata/stream", name));
      var expected = applied(folder, good);
      add("stream: " + name, Map.of("stream", good), List.of("stream"), at -> stream(at, expected));
    }
    var lvmsync = Files.readAllBytes(Path.of("testdata/stream/unordered.lvmsync.bin"));
    add(
        "stream of lvmsync",
        Map.of("stream", lvmsync),
        List.of("stream"),
        at -> {
          var destination = Files.write(at.resolve("destination"), new byte[VOLUME]);
          if (run("apply", "-q", at.resolve("stream"), destination).status() == 0) {
            Oracles.sameAsLvmsync(at.resolve("stream"), destination, VOLUME);
          }
          run(
              "lvmsync",
              "-q",
              "--apply",
              at.resolve("stream"),
              "--snapback",
              at.resolve("undo"),
              destination);
        });
    undo(folder);
    state(folder);
    packed();
  }

  private static void stream(Path at, byte[] expected) throws IOException {
    for (var words : List.of(List.of("-q"), List.of("-q", "--base=assume"))) {
      var destination = Files.write(at.resolve("destination"), new byte[VOLUME]);
      var line = new ArrayList<Object>(List.of("apply"));
      line.addAll(words);
      line.addAll(List.of(at.resolve("stream"), destination));
      if (run(line.toArray()).status() == 0) {
        Oracles.same(expected, destination);
      }
    }
  }

  private void undo(Path folder) throws IOException {
    var web = Scratch.with543(Files.createDirectories(folder.resolve("undo")));
    var undo = web.folder.resolve("undo");
    var old = Files.readAllBytes(web.copy);
    run(web.source("sync", "-q", "--base=assume", "--undo", undo), web.copy);
    var written = Files.readAllBytes(web.copy);
    add(
        "undo",
        Map.of("undo", Files.readAllBytes(undo)),
        List.of("undo"),
        at -> {
          var destination = Files.write(at.resolve("destination"), written);
          if (run("apply", "-q", at.resolve("undo"), destination).status() == 0) {
            Oracles.same(old, destination);
          }
          run("apply", "-q", "--undo-of-interrupted", at.resolve("undo"), destination);
        });
  }

  private void state(Path folder) throws IOException {
    var web = Scratch.with543(Files.createDirectories(folder.resolve("state of it")));
    var memory = web.folder.resolve("state");
    cli(web.folder).with(joined(web.source("sync", "-q", "--base=assume"), web.copy)).ok();
    var files = files(memory);
    var state = files.values().iterator().next();
    var before = Files.readAllBytes(web.copy);
    add(
        "state file",
        Map.of("json", state),
        List.of("json"),
        at -> {
          Files.write(web.copy, before); // keeps its identity
          Files.write(
              memory.resolve(files.keySet().iterator().next()),
              Files.readAllBytes(at.resolve("json")));
          checked(cli(web.folder).with(joined(web.source("sync", "-q"), web.copy)));
        });
  }

  private void packed() throws IOException {
    var plain = Arrays.copyOf(noise(300_000, 5), 3 << 20);
    var wire = new ByteArrayOutputStream();
    org.blkdelta.wire.Zstandard.load();
    try (var out = PackedOutput.always(wire, 3)) {
      out.write(plain);
    }
    add(
        "compressed stream",
        Map.of("packed", wire.toByteArray()),
        List.of("packed"),
        at -> {
          var bytes = new ByteArrayInputStream(Files.readAllBytes(at.resolve("packed")));
          int read = 0;
          try (var in = new PackedInput(bytes, "packed")) {
            for (int next = in.read(); next >= 0; next = in.read()) {
              if (read >= plain.length || (byte) next != plain[read++]) {
                throw new AssertionError("other bytes at " + read);
              }
            }
          } catch (IOException refused) {
            // said
          }
        });
  }

  private void client() throws IOException {
    var key = "AAAAC3NzaC1lZDI1NTE5AAAAIIcWBPgyQ9yJhBPuJv5VJXiCq7Lk0Jw4Nw1YqDqk1d3x";
    var hosts =
        "web,10.0.0.7 ssh-ed25519 %s\n@revoked * ssh-ed25519 %s\n@cert-authority *.example ssh-ed25519 %s\n"
                .formatted(key, key, key)
            + "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 "
            + key
            + "\n";
    add(
        "known_hosts",
        Map.of("hosts", hosts.getBytes(UTF_8)),
        List.of("hosts"),
        at -> ClientInputs.knownHosts(at.resolve("hosts")));
    var config =
        """
        host web
        user deploy
        hostname web.example
        port 2222
        connecttimeout 7
        serveraliveinterval 3
        serveralivecountmax 2
        stricthostkeychecking accept-new
        setenv A=1
        identityagent none
        rekeylimit 1073741824 3600
        identityfile ~/.ssh/id_%r
        userknownhostsfile ~/.ssh/a ~/.ssh/b
        """;
    add(
        "ssh -G",
        Map.of("config", config.getBytes(UTF_8)),
        List.of("config"),
        at -> ClientInputs.config(at.resolve("config")));
    var made = Files.createTempDirectory("blkdelta-key-").resolve("id");
    for (var type : List.of("ed25519", "rsa")) {
      for (var passphrase : List.of("", "secret")) {
        Oracles.program("ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", made.toString());
        var bytes = Files.readAllBytes(made);
        Files.delete(made);
        Files.delete(Path.of(made + ".pub"));
        add(
            "key: " + type + (passphrase.isEmpty() ? "" : ", encrypted"),
            Map.of("id", bytes),
            List.of("id"),
            at -> ClientInputs.key(at.resolve("id")));
      }
    }
    Files.delete(made.getParent());
  }

  /// Runs a command line, and fails where it ends as no command may.
  private static Cli.Run run(Object... words) throws IOException {
    var folder = Objects.requireNonNull(((Path) words[words.length - 1]).getParent());
    return checked(cli(folder).with(words));
  }

  private static Cli.Run run(Object[] words, Object last) throws IOException {
    return run(joined(words, last));
  }

  private static Cli cli(Path folder) {
    return new Cli().remembering(folder.resolve("state"));
  }

  private static Cli.Run checked(Cli.Run run) {
    if (!List.of(0, 2, 3, 4, 5, 6, 7, 8).contains(run.status())
        || run.stderr().contains("this is a bug")) {
      throw new AssertionError("exit status %d: %s".formatted(run.status(), run.stderr()));
    }
    return run;
  }

  private static Object[] joined(Object[] words, Object last) {
    // the command comes first: Scratch.source puts the source before it
    var line = new ArrayList<Object>(List.of(words));
    var source = new ArrayList<>(line.subList(0, 3));
    line.subList(0, 3).clear();
    line.addAll(source);
    line.add(last);
    return line.toArray();
  }

  private static byte[] applied(Path folder, byte[] stream) throws IOException {
    var destination = Files.write(folder.resolve("good"), new byte[VOLUME]);
    new Cli()
        .remembering(folder.resolve("good state"))
        .reading(stream)
        .with("apply", "-q", "--base=assume", "-", destination);
    return Files.readAllBytes(destination);
  }

  private static byte[] exported() throws IOException {
    var folder = Files.createTempDirectory("blkdelta-export-");
    Recipe.good("stream").make(folder);
    var bytes = Files.readAllBytes(folder.resolve("d.vmdk"));
    for (var name : files(folder).keySet()) {
      Files.delete(folder.resolve(name));
    }
    Files.delete(folder);
    return bytes;
  }

  private static byte[] archive(byte[] disk) throws IOException {
    var ovf =
        "<Envelope><References><File ovf:href=\"d.vmdk\" ovf:id=\"f\"/></References>"
            + "<DiskSection><Disk ovf:diskId=\"a\" ovf:fileRef=\"f\"/></DiskSection></Envelope>";
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      for (var member :
          new TreeMap<>(Map.of("a.ovf", ovf.getBytes(UTF_8), "d.vmdk", disk)).entrySet()) {
        var entry = new TarArchiveEntry(member.getKey());
        entry.setSize(member.getValue().length);
        tar.putArchiveEntry(entry);
        tar.write(member.getValue());
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static Map<String, byte[]> files(Path folder) throws IOException {
    var files = new TreeMap<String, byte[]>();
    try (var list = Files.list(folder)) {
      for (var file : list.filter(Files::isRegularFile).toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private static byte[] unpacked(Path file) throws IOException {
    try (var in = new GZIPInputStream(Files.newInputStream(file))) {
      return in.readAllBytes();
    }
  }

  private static byte[] noise(int size, int seed) {
    var bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
