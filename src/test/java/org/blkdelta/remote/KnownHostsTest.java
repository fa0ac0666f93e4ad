package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import org.blkdelta.remote.KnownHosts.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownHostsTest {

  private static final HostKey KEY = key("ssh-ed25519", "one");
  private static final HostKey OTHER = key("ssh-ed25519", "other");
  private static final HostKey RSA = key("ssh-rsa", "rsa");

  @TempDir Path directory;

  @Test
  void a_key_is_known_by_its_bytes() throws IOException {
    var hosts = hosts("web,10.0.0.7 " + line(KEY) + " a comment");
    assertInstanceOf(Verdict.Known.class, hosts.judge("web", KEY));
    assertInstanceOf(Verdict.Known.class, hosts.judge("10.0.0.7", KEY));
    assertInstanceOf(Verdict.Unknown.class, hosts.judge("db", KEY));
  }

  @Test
  void one_of_several_keys_is_enough() throws IOException {
    var hosts = hosts("web " + line(RSA), "web " + line(OTHER), "web " + line(KEY));
    assertInstanceOf(Verdict.Known.class, hosts.judge("web", KEY));
    assertEquals(List.of("ssh-rsa", "ssh-ed25519"), hosts.keyTypes("web"));
  }

  @Test
  void another_key_is_a_change_and_its_line_is_named() throws IOException {
    var hosts = hosts("", "# a comment", "web " + line(RSA));
    var changed = assertInstanceOf(Verdict.Changed.class, hosts.judge("web", KEY));
    assertEquals(directory.resolve("file0") + ":3", changed.line().place());
  }

  @Test
  void a_revocation_counts_more_than_anything() throws IOException {
    var hosts = hosts("web " + line(KEY), "@revoked * " + line(KEY));
    var revoked = assertInstanceOf(Verdict.Revoked.class, hosts.judge("web", KEY));
    assertEquals(2, revoked.line().number());
    assertTrue(hosts.revocation("web", OTHER).isEmpty());
  }

  @Test
  void an_authority_is_no_host_and_a_host_is_no_authority() throws IOException {
    var hosts = hosts("@cert-authority *.example " + line(KEY), "db.example " + line(OTHER));
    assertInstanceOf(Verdict.Unknown.class, hosts.judge("web.example", KEY));
    assertTrue(hosts.trusts("web.example", KEY));
    assertEquals(false, hosts.trusts("web.other", KEY));
    assertEquals(false, hosts.trusts("db.example", OTHER));
    assertEquals(List.of("ssh-ed25519"), hosts.keyTypes("db.example"));
  }

  @Test
  void malformed_lines_say_nothing() throws IOException {
    var hosts =
        hosts(
            "web",
            "web ssh-ed25519",
            "web ssh-ed25519 not*base64",
            "web ssh-rsa " + KEY.base64(),
            "web ssh-ed25519 AAAA",
            "@unknown web " + line(KEY),
            "@revoked",
            "#web " + line(KEY),
            "web ssh-ed25519 " + "A".repeat(7));
    assertInstanceOf(Verdict.Unknown.class, hosts.judge("web", KEY));
  }

  @Test
  void several_files_are_read_and_missing_ones_are_not() throws IOException {
    var first = Files.writeString(directory.resolve("first"), "web " + line(KEY));
    var second = Files.writeString(directory.resolve("second"), "db " + line(OTHER));
    var hosts = KnownHosts.read(List.of(first, directory.resolve("missing"), second));
    assertInstanceOf(Verdict.Known.class, hosts.judge("web", KEY));
    assertInstanceOf(Verdict.Known.class, hosts.judge("db", OTHER));
  }

  @Test
  void a_file_that_cannot_be_read_is_an_error() {
    assertThrows(IOException.class, () -> KnownHosts.read(List.of(directory)));
  }

  @Test
  void the_null_device_is_a_file_that_knows_nobody() throws IOException {
    var nobody = Path.of("/dev/null");
    var hosts = KnownHosts.read(List.of(nobody));
    assertInstanceOf(Verdict.Unknown.class, hosts.judge("web", KEY));
    KnownHosts.append(nobody, "web", KEY, false);
  }

  @Test
  void a_file_that_never_ends_is_an_error() throws IOException {
    var file = directory.resolve("large");
    try (var large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(1L << 40);
    }
    var refused = assertThrows(IOException.class, () -> KnownHosts.read(List.of(file)));
    assertEquals(file + ": has more than 16777216 bytes", refused.getMessage());
    assertThrows(IOException.class, () -> KnownHosts.read(List.of(Path.of("/dev/zero"))));
  }

  @Test
  void a_key_is_added_to_a_file_and_its_directory_that_are_made_for_it() throws IOException {
    var file = directory.resolve("ssh/known_hosts");
    KnownHosts.append(file, "web", KEY, false);
    KnownHosts.append(file, "db", OTHER, false);
    assertEquals("web " + line(KEY) + "\ndb " + line(OTHER) + "\n", Files.readString(file));
    assertEquals("rw-------", permissions(file));
    assertEquals("rwx------", permissions(directory.resolve("ssh")));
  }

  @Test
  void a_last_line_without_an_end_is_not_added_to() throws IOException {
    var file = Files.writeString(directory.resolve("file"), "web " + line(KEY));
    KnownHosts.append(file, "db", OTHER, false);
    assertEquals("web " + line(KEY) + "\ndb " + line(OTHER) + "\n", Files.readString(file));
  }

  @Test
  void a_hashed_name_is_found_again() throws IOException {
    var file = directory.resolve("file");
    KnownHosts.append(file, "[web]:2222", KEY, true);
    assertTrue(Files.readString(file).startsWith("|1|"));
    var hosts = KnownHosts.read(List.of(file));
    assertInstanceOf(Verdict.Known.class, hosts.judge("[web]:2222", KEY));
    assertInstanceOf(Verdict.Unknown.class, hosts.judge("web", KEY));
  }

  @Test
  void a_fingerprint_is_what_ssh_keygen_prints() {
    var key =
        HostKey.parse(
            "ssh-ed25519", "AAAAC3NzaC1lZDI1NTE5AAAAIFJIHBbcLRUmoum/IixyilQdx/PHpFJatRbSncTwMahL");
    assertEquals(
        "SHA256:X2tlkUDfTYZGdhGwDhcoUse2wdAKwjvccxn91fovg70", key.orElseThrow().fingerprint());
  }

  private KnownHosts hosts(String... lines) throws IOException {
    return KnownHosts.read(List.of(Files.write(directory.resolve("file0"), List.of(lines))));
  }

  private static String line(HostKey key) {
    return key.type() + " " + key.base64();
  }

  private static HostKey key(String type, String content) {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    byte[] rest = content.getBytes(StandardCharsets.US_ASCII);
    var blob = ByteBuffer.allocate(4 + name.length + rest.length);
    blob.putInt(name.length).put(name).put(rest);
    var base64 = Base64.getEncoder().encodeToString(blob.array());
    return HostKey.parse(type, base64).orElseThrow();
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
