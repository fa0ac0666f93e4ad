package org.blkdelta.vsphere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import org.blkdelta.failure.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachineUriTest {

  private static final String PRINT = "ab".repeat(32);

  @Test
  void all_parts_are_read() throws UsageException {
    var uri =
        MachineUri.parse(
            "vsphere://administrator@vsphere.local@vc.example:8443/my%20web%2F1?disk=Hard%20disk%201&thumbprint=%s&password-file=/etc/secret&snapshot=a"
                .replace("%s", PRINT));
    assertEquals("administrator@vsphere.local", uri.user());
    assertEquals("vc.example:8443", uri.authority());
    assertEquals("my web/1", uri.machine());
    assertEquals(Optional.of("Hard disk 1"), uri.disk());
    assertEquals(Optional.of("a"), uri.snapshot());
    assertEquals(Optional.of(Path.of("/etc/secret")), uri.passwordFile());
    assertEquals(PRINT, uri.thumbprint().orElseThrow().digits());
    assertEquals("vsphere://administrator@vsphere.local@vc.example:8443/my%20web%2F1", uri.name());
  }

  @Test
  void a_machine_may_be_named_by_its_uuid() throws UsageException {
    var uri = MachineUri.parse("vsphere://root@[::1]/?uuid=4210ABCD");
    assertEquals(Optional.of("4210abcd"), uri.uuid());
    assertEquals("[::1]:443", uri.authority());
  }

  @ParameterizedTest
  @CsvSource({
    "vsphere://esx/web, names no user",
    "vsphere://root:secret@esx/web, has a password",
    "vsphere://root@/web, names no host",
    "vsphere://root@esx:0/web, names no host",
    "vsphere://root@esx:70000/web, names no host",
    "vsphere://root@esx, name one machine",
    "vsphere://root@esx/web?uuid=1, name one machine",
    "vsphere://root@esx/web?disc=1, is unknown",
    "vsphere://root@esx/web?disk=, is unknown",
    "vsphere://root@esx/web?disk=1&disk=2, is unknown",
    "vsphere://root@esx/web?thumbprint=12, is not the SHA-256",
    "vsphere://root@esx/web#1, write # as %23",
    "vsphere://root@esx/we b, is not a URI",
    "vsphere://root@esx/web%00, has a zero byte",
  })
  void what_is_wrong_is_said(String text, String words) {
    var refused = assertThrows(UsageException.class, () -> MachineUri.parse(text));
    assertTrue(String.valueOf(refused.getMessage()).contains(words), String.valueOf(refused));
  }
}
