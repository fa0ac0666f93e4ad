package org.blkdelta.nbd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.failure.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExportUriTest {

  /// Those of doc/uri.md, and more.
  @ParameterizedTest
  @CsvSource({
    "nbd://example.com/disk, example.com, 10809, disk",
    "nbd://example.com/, example.com, 10809, ''",
    "nbd://example.com, example.com, 10809, ''",
    "nbd://example.com//disk, example.com, 10809, /disk",
    "nbd://example.com/hello%20world, example.com, 10809, hello world",
    "nbd://10.0.0.1:10810/a/b, 10.0.0.1, 10810, a/b",
    "nbd://[2001:db8::1]:7/x%3f, 2001:db8::1, 7, x?",
    "nbd://kvm/%e2%82%ac, kvm, 10809, €",
  })
  void a_server_and_an_export(String text, String host, int port, String export) throws Exception {
    assertEquals(
        new ExportUri(text, Optional.empty(), host, port, export, Optional.empty()),
        ExportUri.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "nbd+unix:///disk?socket=nbd.sock, nbd.sock, disk",
    "nbd+unix:///?socket=/run/my%20vm.sock, /run/my vm.sock, ''",
    "nbd+unix:///a+b?socket=/run/x?y, /run/x?y, a+b",
  })
  void a_socket_and_an_export(String text, String socket, String export) throws Exception {
    var uri = ExportUri.parse(text);
    assertEquals(Optional.of(socket), uri.socket());
    assertEquals(export, uri.export());
    assertEquals(socket, uri.address().toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nbds://kvm/web|TLS needs a folder with ca-cert.pem; write ?tls-certificates=DIR",
        "nbds+unix:///?socket=/run/x|TLS needs a folder with ca-cert.pem; write"
            + " ?tls-certificates=DIR",
        "nbd://kvm/web?tls-certificates=/pki|has certificates, but is in the clear; write nbds: for"
            + " TLS",
        "nbd://me@kvm/web|has a user name or a fragment; write nbd://HOST[:PORT]/EXPORT or"
            + " nbd+unix:///EXPORT?socket=PATH",
        "nbd:///web|names no host and port; write nbd://HOST[:PORT]/EXPORT",
        "nbd://kvm/my web|is not a URI (at character 13); write nbd://HOST[:PORT]/EXPORT or"
            + " nbd+unix:///EXPORT?socket=PATH",
        "nbd://kvm:0/web|names no host and port; write nbd://HOST[:PORT]/EXPORT",
        "nbd://kvm:65536/web|names no host and port; write nbd://HOST[:PORT]/EXPORT",
        "nbd://kvm/web?socket=/run/x|names a host and a socket; write"
            + " nbd+unix:///EXPORT?socket=PATH",
        "nbd+unix:///web|the socket is missing; write nbd+unix:///EXPORT?socket=PATH",
        "nbd+unix:///web?socket=|the socket is missing; write nbd+unix:///EXPORT?socket=PATH",
        "nbd+unix://web?socket=/run/x|a socket has no host; write three slashes:"
            + " nbd+unix:///EXPORT?socket=PATH",
        "nbd+unix:///?socket=%00/x|has a zero byte (%00), which no name here can have; write"
            + " nbd://HOST[:PORT]/EXPORT or nbd+unix:///EXPORT?socket=PATH",
        "nbd+unix:///?socket=/a&socket=/b|\"socket=/b\" is unknown or said twice; socket,"
            + " tls-certificates, tls-hostname are known",
        "nbd://kvm/web?tls-type=psk|\"tls-type=psk\" is unknown or said twice; socket,"
            + " tls-certificates, tls-hostname are known",
      })
  void what_cannot_be_read_is_refused_with_what_to_write(String text, String what) {
    var refused = assertThrows(UsageException.class, () -> ExportUri.parse(text));
    assertEquals(text + ": " + what, refused.getMessage());
  }

  @Test
  void the_certificate_is_of_the_host_unless_it_is_said() throws UsageException {
    var pki = Path.of("/etc/pki/my nbd");
    var certificates = "tls-certificates=/etc/pki/my%20nbd";
    assertEquals(
        Optional.of(new Tls(pki, "kvm")), ExportUri.parse("nbds://kvm/web?" + certificates).tls());
    assertEquals(
        Optional.of(new Tls(pki, "::1")), ExportUri.parse("nbds://[::1]/?" + certificates).tls());
    assertEquals(
        Optional.of(new Tls(pki, "other")),
        ExportUri.parse("nbds://kvm/?tls-hostname=other&" + certificates).tls());
    assertEquals(
        Optional.of(new Tls(pki, "localhost")),
        ExportUri.parse("nbds+unix:///?socket=/s&" + certificates).tls());
  }

  @Test
  void a_path_is_no_uri() {
    assertTrue(ExportUri.isOne("nbd://kvm/web"));
    assertTrue(ExportUri.isOne("nbds+unix:///?socket=/x"));
    assertFalse(ExportUri.isOne("nbd:/dev/vg0/web"));
    assertFalse(ExportUri.isOne("./nbd://kvm"));
  }
}
