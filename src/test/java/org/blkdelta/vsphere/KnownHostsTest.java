package org.blkdelta.vsphere;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownHostsTest {

  private static final Thumbprint PRINT = Thumbprint.parse("ab".repeat(32)).orElseThrow();
  private static final Thumbprint OTHER = Thumbprint.parse("cd".repeat(32)).orElseThrow();

  @TempDir Path folder;
  private KnownHosts hosts;
  private Path file;

  @BeforeEach
  void setUp() {
    hosts = new KnownHosts(folder.resolve("state"));
    file = folder.resolve("state/vsphere_hosts");
  }

  @Test
  void a_host_is_known_from_then_on_by_its_name_and_port() throws Exception {
    assertEquals(Optional.empty(), hosts.of(uri("esx1")));
    hosts.remember(uri("esx1"), PRINT);
    hosts.remember(uri("esx1:8443"), OTHER);
    assertEquals(Optional.of(new Pin(PRINT, file + ", line 1")), hosts.of(uri("ESX1")));
    assertEquals(Optional.of(new Pin(OTHER, file + ", line 2")), hosts.of(uri("esx1:8443")));
    assertEquals(Optional.empty(), hosts.of(uri("esx2")));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void people_may_edit_the_file() throws Exception {
    hosts.remember(uri("esx1"), PRINT);
    // no newline at its end
    Files.writeString(file, "# ours\n\n" + Files.readString(file) + "[fe80::1]:443  " + OTHER);
    hosts.remember(uri("esx3"), OTHER);
    assertEquals(file + ", line 3", hosts.of(uri("esx1")).orElseThrow().place());
    assertEquals(OTHER, hosts.of(uri("[fe80::1]")).orElseThrow().print());
    assertEquals(OTHER, hosts.of(uri("esx3")).orElseThrow().print());
  }

  @Test
  void a_line_that_means_nothing_is_told_and_not_passed_over() throws Exception {
    for (var line :
        new String[] {
          "esx1:443", "esx1:443 abcd", "esx1:443 " + PRINT + " x", "esx1:443 " + "ab".repeat(20)
        }) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, line + "\n");
      var told = assertThrows(ConnectionException.class, () -> hosts.of(uri("esx2")));
      var message = String.valueOf(told.getMessage());
      assertTrue(message.startsWith(file + ", line 1: is not"), message);
    }
  }

  @Test
  void a_file_that_others_may_write_to_is_not_believed() throws Exception {
    hosts.remember(uri("esx1"), PRINT);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    assertThrows(ConnectionException.class, () -> hosts.of(uri("esx1")));
  }

  private static MachineUri uri(String host) throws IOException {
    return MachineUri.parse("vsphere://root@" + host + "/web");
  }
}
