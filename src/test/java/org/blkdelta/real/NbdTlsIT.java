package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.blkdelta.cli.Cli;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Exports by TLS, of the servers that people have (both by GnuTLS), with certificates that openssl
/// made.
class NbdTlsIT {

  private static final String MADE =
      """
      issue() { # FOLDER NAME WHAT
        openssl req -newkey $4 -nodes -keyout $1/$2-key.pem -out $1/csr -subj /CN=$2
        openssl x509 -req -in $1/csr -CA $1/ca-cert.pem -CAkey $1/ca-key.pem -CAcreateserial \\
          -days 2 -extfile <(echo "$3") -out $1/$2-cert.pem
      }
      for folder in right wrong; do
        mkdir $folder
        openssl req -x509 -newkey rsa:2048 -nodes -keyout $folder/ca-key.pem \\
          -out $folder/ca-cert.pem -days 2 -subj /CN=authority
        issue $folder server subjectAltName=DNS:localhost,DNS:kvm,IP:127.0.0.1 rsa:2048
        issue $folder client extendedKeyUsage=clientAuth 'ec -pkeyopt ec_paramgen_curve:P-256'
      done
      mkdir nobody stranger old
      cp right/ca-cert.pem nobody
      cp right/ca-cert.pem wrong/client-*.pem stranger
      cp right/ca-cert.pem right/server-cert.pem old
      cp right/server-cert.pem old/client-cert.pem
      openssl rsa -traditional -in right/server-key.pem -out old/client-key.pem
      """;

  @TempDir Path folder;

  private byte[] content = {};
  private Path image = Path.of("");
  private Path copy = Path.of("");

  @BeforeEach
  void make() throws IOException {
    NbdServer.require();
    Programs.require("openssl");
    Programs.run(new ProcessBuilder("bash", "-ec", MADE).directory(folder.toFile()));
    content = new byte[(5 << 20) + 512];
    new Random(7).nextBytes(content);
    Arrays.fill(content, 1 << 20, 3 << 20, (byte) 0);
    image = Files.write(folder.resolve("vm.img"), content);
    copy = folder.resolve("copy");
  }

  private String uri(NbdServer server, String who) {
    return server.uri("").replace("nbd+", "nbds+") + "&tls-certificates=" + folder.resolve(who);
  }

  private List<String> words() {
    return List.of(
        "--tls=require", "--tls-certificates=" + folder.resolve("right"), "file", image.toString());
  }

  private NbdServer nbdkit() throws IOException {
    return NbdServer.nbdkit(folder, words().toArray(String[]::new));
  }

  @Test
  void an_export_by_tls_is_a_source_and_a_destination() throws IOException {
    var right = folder.resolve("right");
    try (var server =
        NbdServer.writable(
            folder,
            "raw",
            image,
            "--object=tls-creds-x509,id=tls,endpoint=server,verify-peer=yes,dir=" + right,
            "--tls-creds=tls")) {
      var uri = uri(server, "right");
      Cli.run("copy", "--create", uri, copy).ok();
      assertArrayEquals(content, Files.readAllBytes(copy));
      Cli.run("verify", uri, copy).ok();
      new Random(8).nextBytes(content);
      var changed = Files.write(folder.resolve("changed"), content);
      Cli.run("copy", "--overwrite", changed, uri).ok();
      Cli.run("verify", changed, uri).ok();
      assertTrue(Cli.run("inspect", uri).ok().stdout().contains("NBD export"));
      refused(
          6,
          "ended TLS when it saw who we are",
          "copy",
          "--create",
          uri(server, "nobody"),
          folder.resolve("none"));
      refused(
          6,
          "ended TLS when it saw who we are",
          "copy",
          "--create",
          uri(server, "stranger"),
          folder.resolve("none"));
    }
    assertArrayEquals(content, Files.readAllBytes(image));
    assertTrue(Files.notExists(folder.resolve("none")));
  }

  @Test
  void the_certificate_must_be_the_servers_own() throws IOException {
    try (var server = nbdkit()) {
      var uri = uri(server, "nobody");
      Cli.run("copy", "--create", uri, copy).ok();
      assertArrayEquals(content, Files.readAllBytes(copy));
      Cli.run("verify", uri + "&tls-hostname=kvm", copy).ok();
      refused(
          6,
          "the server's certificate is not for kvm2; name the server as the certificate does",
          "verify",
          uri + "&tls-hostname=kvm2",
          copy);
      refused(
          6,
          "the server's certificate is not signed by an authority in ca-cert.pem",
          "verify",
          uri(server, "wrong"),
          copy);
      refused(4, "the server wants TLS; write nbds: for nbd:", "verify", server.uri(""), copy);
    }
  }

  @Test
  void it_goes_by_tcp_too() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    try (var server = NbdServer.nbdkit(folder, port, words())) {
      var uri =
          "nbds://127.0.0.1:%d/?tls-certificates=%s".formatted(port, folder.resolve("nobody"));
      Cli.run("copy", "--create", uri, copy).ok();
      assertArrayEquals(content, Files.readAllBytes(copy));
      assertTrue(Files.exists(server.pidFile()));
    }
  }

  @Test
  void a_server_without_tls_is_not_spoken_to_in_the_clear() throws IOException {
    try (var server = NbdServer.qemu(folder, "raw", image)) {
      refused(4, "the server does not speak TLS", "copy", "--create", uri(server, "right"), copy);
    }
    assertTrue(Files.notExists(copy));
  }

  @Test
  void what_is_wrong_with_the_files_is_said() throws IOException {
    try (var server = nbdkit()) {
      refused(6, "/none/ca-cert.pem: ", "verify", uri(server, "none"), image);
      refused(
          6,
          "/old/client-key.pem: is not a PKCS#8 key without a password; convert it: openssl pkcs8",
          "verify",
          uri(server, "old"),
          image);
      Files.writeString(folder.resolve("nobody/ca-cert.pem"), "rubbish");
      refused(
          6,
          "/nobody/ca-cert.pem: is not a list of certificates in PEM",
          "verify",
          uri(server, "nobody"),
          image);
    }
  }

  private static void refused(int status, String what, Object... words) {
    var run = Cli.run(words);
    assertEquals(status, run.status(), run.stderr());
    assertTrue(run.stderr().contains(what), run.stderr());
  }
}
