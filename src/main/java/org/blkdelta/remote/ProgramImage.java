package org.blkdelta.remote;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.blkdelta.failure.UsageException;

/// The program as a folder that runs anywhere: launcher, jars and Java runtime.
///
/// @param folder the image
public record ProgramImage(Path folder) {

  /// The list of its files, as `sha256sum -c` reads it, in the root of what is sent.
  private static final String MANIFEST = "manifest";

  private static final List<String> PARTS = List.of("bin", "lib", "runtime");
  private static final int EXECUTABLE = 0755;
  private static final int READABLE = 0644;

  private static final int PROGRAM_HEADERS = 32;
  private static final int PROGRAM_HEADER_SIZE = 54;
  private static final int PROGRAM_HEADER_COUNT = 56;
  private static final int PT_INTERP = 3;
  private static final int P_OFFSET = 8;
  private static final int P_FILESZ = 32;

  /// Returns the image that this program runs from.
  ///
  /// @throws UsageException if it was started in another way
  public static ProgramImage running() throws UsageException {
    var runtime = Path.of(System.getProperty("java.home"));
    var folder = runtime.resolveSibling("");
    var jar = folder.resolve("lib/blkdelta.jar");
    if (!Files.isRegularFile(folder.resolve("bin/blkdelta"))
        || !System.getProperty("java.class.path").equals(jar.toString())) {
      throw new UsageException(
          "--deploy: sends the image that runs, and this is none; start it as bin/blkdelta of an"
              + " installed one");
    }
    return new ProgramImage(folder);
  }

  /// Returns the program that starts this process's image, or empty if it was started otherwise.
  public static Optional<Path> launcher() {
    var launcher = Path.of(System.getProperty("java.home")).resolveSibling("bin/blkdelta");
    return Files.isExecutable(launcher) ? Optional.of(launcher) : Optional.empty();
  }

  /// Returns the system that it is for, as `uname -s` and `uname -m` say it.
  String system() {
    var machine = System.getProperty("os.arch");
    return System.getProperty("os.name") + " " + (machine.equals("amd64") ? "x86_64" : machine);
  }

  /// Returns the path of the loader that its runtime is started by, which differs with the
  /// processor and the C library; see elf(5), PT_INTERP.
  String loader() throws IOException {
    var java = folder.resolve("runtime/bin/java");
    try (var in = Files.newInputStream(java)) {
      var file = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
      int at = Math.toIntExact(file.getLong(PROGRAM_HEADERS));
      for (int left = file.getShort(PROGRAM_HEADER_COUNT); left > 0; left--) {
        if (file.getInt(at) == PT_INTERP) {
          var name = new byte[Math.toIntExact(file.getLong(at + P_FILESZ)) - 1];
          file.get(Math.toIntExact(file.getLong(at + P_OFFSET)), name);
          return new String(name, StandardCharsets.UTF_8);
        }
        at += file.getShort(PROGRAM_HEADER_SIZE);
      }
      throw new IOException(java + ": names no loader; reinstall blkdelta");
    } catch (BufferUnderflowException | IndexOutOfBoundsException | ArithmeticException broken) {
      throw new IOException(java + ": is not a program; reinstall blkdelta", broken);
    }
  }

  /// Reads all its files and returns their list.
  Manifest manifest() throws IOException {
    var lines = new StringBuilder();
    var files = files();
    for (var file : files) {
      lines.append("%s  %s\n".formatted(digest(file), folder.relativize(file)));
    }
    var text = lines.toString();
    return new Manifest(text, hex(sha256().digest(bytes(text))), files.size());
  }

  /// Its files, with their digests.
  ///
  /// @param text as `sha256sum -c` reads it
  /// @param digest the SHA-256 of that, in hexadecimal digits
  /// @param fileCount how many it lists
  record Manifest(String text, String digest, int fileCount) {}

  /// Writes its files and their list as a tar archive, compressed by gzip. Times are kept: the
  /// archive of classes knows its jars by them.
  void pack(Manifest manifest, OutputStream to) throws IOException {
    try (var tar =
        new TarArchiveOutputStream(new GZIPOutputStream(to), StandardCharsets.UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      var list = bytes(manifest.text());
      tar.putArchiveEntry(entry(MANIFEST, list.length, READABLE));
      tar.write(list);
      tar.closeArchiveEntry();
      for (var file : files()) {
        pack(file, tar);
      }
    }
  }

  private void pack(Path file, TarArchiveOutputStream tar) throws IOException {
    int mode = Files.isExecutable(file) ? EXECUTABLE : READABLE;
    var entry = entry(folder.relativize(file).toString(), Files.size(file), mode);
    entry.setModTime(Files.getLastModifiedTime(file));
    tar.putArchiveEntry(entry);
    Files.copy(file, tar);
    tar.closeArchiveEntry();
  }

  /// Returns an entry without the name of an owner, whom the other machine may know as somebody
  /// else.
  private static TarArchiveEntry entry(String name, long size, int mode) {
    var entry = new TarArchiveEntry(name);
    entry.setSize(size);
    entry.setMode(mode);
    entry.setUserName("");
    return entry;
  }

  private List<Path> files() throws IOException {
    var found = new ArrayList<Path>();
    for (var part : PARTS) {
      try (var files = Files.walk(folder.resolve(part), FileVisitOption.FOLLOW_LINKS)) {
        files.filter(Files::isRegularFile).sorted().forEach(found::add);
      } catch (UncheckedIOException unreadable) {
        throw unreadable.getCause();
      }
    }
    return found;
  }

  private static String digest(Path file) throws IOException {
    var digest = sha256();
    try (var to = new DigestOutputStream(OutputStream.nullOutputStream(), digest);
        InputStream from = Files.newInputStream(file)) {
      from.transferTo(to);
    }
    return hex(digest.digest());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible); // every Java platform has it
    }
  }
}
