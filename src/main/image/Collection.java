import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/// Packs the Ansible collection as `ansible-galaxy collection build` does, which a build machine
/// needn't have: the same source makes the same bytes. Run by the build: `java Collection.java
/// COLLECTION FOLDER TIME VERSION`. `FOLDER/NAMESPACE-NAME-VERSION.tar.gz` has MANIFEST.json,
/// FILES.json and all files of the collection but galaxy.yml, which they replace.
final class Collection {

  /// What `galaxy.yml` may say, in the order that MANIFEST.json has it.
  private static final List<String> KEYS =
      List.of(
          "namespace",
          "name",
          "version",
          "authors",
          "readme",
          "tags",
          "description",
          "license",
          "license_file",
          "dependencies",
          "repository",
          "documentation",
          "homepage",
          "issues");

  private static final Pattern LEFT_OUT =
      Pattern.compile(
          "galaxy\\.yml|(.*/)?(\\.ansible|\\.git|__pycache__|tests/output)(/.*)?|.*\\.pyc");

  private static final int BLOCK = 512;
  private static final int MAX_NAME = 100;

  private final Path folder;
  private final long seconds;
  private final ByteArrayOutputStream tar = new ByteArrayOutputStream();

  private Collection(Path folder, long seconds) {
    this.folder = folder;
    this.seconds = seconds;
  }

  public static void main(String[] arguments) throws IOException {
    var time = arguments[2];
    long seconds =
        time.matches("[0-9]+") ? Long.parseLong(time) : Instant.parse(time).getEpochSecond();
    new Collection(Path.of(arguments[0]), seconds).pack(Path.of(arguments[1]), arguments[3]);
  }

  private void pack(Path target, String version) throws IOException {
    var galaxy = galaxy();
    if (!version.equals(galaxy.get("version"))) {
      throw new IOException(
          "galaxy.yml: has the version %s, and the project has %s; write the same"
              .formatted(galaxy.get("version"), version));
    }
    var files = files();
    var list = list(files).getBytes(UTF_8);
    add("MANIFEST.json", manifest(galaxy, list).getBytes(UTF_8), false);
    add("FILES.json", list, false);
    for (var file : files) {
      boolean isFolder = Files.isDirectory(file);
      add(name(file), isFolder ? new byte[0] : Files.readAllBytes(file), isFolder);
    }
    tar.write(new byte[2 * BLOCK]);
    Files.createDirectories(target);
    var name = "%s-%s-%s.tar.gz".formatted(galaxy.get("namespace"), galaxy.get("name"), version);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(target.resolve(name)))) {
      tar.writeTo(out);
    }
  }

  private List<Path> files() throws IOException {
    try (var all = Files.walk(folder)) {
      return all.filter(file -> !file.equals(folder))
          .filter(file -> !LEFT_OUT.matcher(name(file)).matches())
          .sorted((one, other) -> name(one).compareTo(name(other)))
          .toList();
    }
  }

  private String name(Path file) {
    return folder.relativize(file).toString();
  }

  /// Reads the part of YAML that galaxy.yml is written in: words, and lists of words.
  private Map<String, Object> galaxy() throws IOException {
    var found = new LinkedHashMap<String, Object>();
    var items = new ArrayList<String>();
    for (var line : Files.readAllLines(folder.resolve("galaxy.yml"))) {
      if (line.startsWith("  - ")) {
        items.add(line.substring(4).strip());
      } else if (!line.isBlank() && !line.startsWith("#") && !line.equals("---")) {
        int colon = line.indexOf(':');
        var value = line.substring(colon + 1).strip();
        items = new ArrayList<>();
        found.put(line.substring(0, colon), value.isEmpty() ? items : value);
      }
    }
    return found;
  }

  private static String manifest(Map<String, Object> galaxy, byte[] list) {
    var info =
        KEYS.stream()
            .map(key -> "  %s: %s".formatted(text(key), value(galaxy.get(key))))
            .collect(Collectors.joining(",\n"));
    return """
        {
         "collection_info": {
        %s
         },
         "file_manifest_file": {
          "name": "FILES.json",
          "ftype": "file",
          "chksum_type": "sha256",
          "chksum_sha256": "%s",
          "format": 1
         },
         "format": 1
        }"""
        .formatted(info, digest(list));
  }

  private static String value(Object value) {
    return switch (value) {
      case null -> "null";
      case List<?> items ->
          items.stream()
              .map(item -> text(item.toString()))
              .collect(Collectors.joining(", ", "[", "]"));
      default -> value.equals("{}") ? "{}" : text(value.toString());
    };
  }

  private static String text(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private String list(List<Path> files) throws IOException {
    var entries = new ArrayList<String>();
    entries.add(entry(".", true, ""));
    for (var file : files) {
      boolean isFolder = Files.isDirectory(file);
      entries.add(entry(name(file), isFolder, isFolder ? "" : digest(Files.readAllBytes(file))));
    }
    return " {\n \"files\": [\n%s\n ],\n \"format\": 1\n}"
        .formatted(String.join(",\n", entries))
        .strip();
  }

  private static String entry(String name, boolean isFolder, String digest) {
    return """
          {
           "name": %s,
           "ftype": "%s",
           "chksum_type": %s,
           "chksum_sha256": %s,
           "format": 1
          }"""
        .formatted(
            text(name),
            isFolder ? "dir" : "file",
            isFolder ? "null" : "\"sha256\"",
            isFolder ? "null" : text(digest));
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible); // each JDK has it
    }
  }

  /// Adds a file or folder. Format: ustar, POSIX.1-1988.
  private void add(String name, byte[] bytes, boolean isFolder) throws IOException {
    var written = isFolder ? name + "/" : name;
    if (written.length() > MAX_NAME || !US_ASCII.newEncoder().canEncode(written)) {
      throw new IOException(name + ": has a name that is too long, or not ASCII; write another");
    }
    var header = new byte[BLOCK];
    put(header, 0, written);
    put(header, 100, isFolder ? "0000755" : "0000644");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, "%011o".formatted(bytes.length));
    put(header, 136, "%011o".formatted(seconds));
    Arrays.fill(header, 148, 156, (byte) ' '); // as which the checksum counts itself
    header[156] = (byte) (isFolder ? '5' : '0');
    put(header, 257, "ustar");
    put(header, 263, "00");
    put(header, 265, "root");
    put(header, 297, "root");
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    put(header, 148, "%06o".formatted(sum));
    header[154] = 0;
    tar.write(header);
    tar.write(bytes);
    tar.write(new byte[Math.floorMod(-bytes.length, BLOCK)]);
  }

  private static void put(byte[] header, int at, String text) {
    var bytes = text.getBytes(US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
