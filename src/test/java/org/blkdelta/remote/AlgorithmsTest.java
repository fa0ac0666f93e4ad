package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlgorithmsTest {

  static {
    Ed25519.register();
  }

  @TempDir Path directory;

  @Test
  void the_cheap_ciphers_come_first() {
    assertEquals(
        List.of(
            "aes128-gcm@openssh.com",
            "aes256-gcm@openssh.com",
            "chacha20-poly1305@openssh.com",
            "aes128-ctr",
            "aes192-ctr",
            "aes256-ctr"),
        NamedResource.getNameList(algorithms().ciphers()));
  }

  @Test
  void chosen_algorithms_keep_their_order_and_unknown_ones_are_left_out() {
    var algorithms = algorithms("ciphers aes256-ctr,unknown,aes128-cbc", "macs hmac-sha2-512");
    assertEquals(
        List.of("aes256-ctr", "aes128-cbc"), NamedResource.getNameList(algorithms.ciphers()));
    assertEquals(List.of("hmac-sha2-512"), NamedResource.getNameList(algorithms.macs()));
    assertEquals(Optional.empty(), algorithms.unavailable());
  }

  @Test
  void a_choice_of_which_nothing_is_available_is_found() {
    assertEquals(Optional.of("kexalgorithms"), algorithms("kexalgorithms x,y").unavailable());
  }

  @Test
  void sha1_is_not_offered() throws IOException {
    var algorithms = algorithms();
    assertFalse(NamedResource.getNameList(algorithms.userKeys()).contains("ssh-rsa"));
    assertFalse(NamedResource.getNameList(algorithms.hostKeys(known())).contains("ssh-rsa"));
  }

  @Test
  void the_types_that_a_host_is_known_by_come_first() throws Exception {
    var rsa = key("ssh-rsa");
    assertEquals(
        List.of("rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"),
        NamedResource.getNameList(algorithms().hostKeys(known("web " + rsa))).subList(0, 3));
    assertEquals(
        List.of("ssh-ed25519", "ecdsa-sha2-nistp256"),
        NamedResource.getNameList(algorithms().hostKeys(known("db " + rsa))).subList(0, 2));
  }

  @Test
  void a_host_at_another_port_is_known_by_its_name_too() throws Exception {
    var algorithms = algorithms("port 2222");
    assertEquals(
        "rsa-sha2-512", algorithms.hostKeys(known("web " + key("ssh-rsa"))).getFirst().getName());
  }

  @Test
  void certificates_are_asked_for_where_an_authority_is_believed() throws Exception {
    var key = key("ssh-ed25519");
    var trusting = algorithms().hostKeys(known("@cert-authority web " + key));
    assertEquals("ssh-ed25519-cert-v01@openssh.com", trusting.getFirst().getName());
    var other = algorithms().hostKeys(known("@cert-authority db " + key));
    assertEquals("ssh-ed25519", other.getFirst().getName());
    assertFalse(
        NamedResource.getNameList(other).stream().anyMatch(name -> name.contains("-cert-")));
  }

  private KnownHosts known(String... lines) throws IOException {
    return KnownHosts.read(List.of(Files.write(directory.resolve("known"), List.of(lines))));
  }

  private static String key(String type) throws GeneralSecurityException {
    var key = HostKey.of(KeyUtils.generateKeyPair(type, bits(type)).getPublic());
    return key.type() + " " + key.base64();
  }

  private static int bits(String type) {
    return switch (type) {
      case "ssh-rsa" -> 2048;
      case "ssh-ed25519" -> 255;
      default -> 256;
    };
  }

  private static Algorithms algorithms(String... lines) {
    var host = new Host(Optional.empty(), "web", OptionalInt.empty());
    return new Algorithms(SshConfig.parse(host, List.of(lines), List.of()));
  }
}
