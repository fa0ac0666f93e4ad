package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.remote.SshConfig.Strictness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SshConfigTest {

  private static final String HOME = System.getProperty("user.home");

  @Test
  void what_ssh_prints_is_read() {
    var config =
        config(
            "host web",
            "user deploy",
            "hostname Web.example",
            "port 2222",
            "connecttimeout 7",
            "serveraliveinterval 3",
            "serveralivecountmax 2",
            "stricthostkeychecking accept-new",
            "setenv A=1",
            "setenv B=x y",
            "identityagent none");
    assertEquals("Web.example", config.hostName());
    assertEquals(2222, config.port());
    assertEquals("deploy", config.user());
    assertEquals("[web.example]:2222", config.knownAs());
    assertEquals(Optional.of("web.example"), config.alsoKnownAs());
    assertEquals(Duration.ofSeconds(7), config.connectTimeout());
    assertEquals(Duration.ofSeconds(3), config.aliveInterval());
    assertEquals(2, config.aliveCount());
    assertEquals(Strictness.ACCEPT_NEW, config.strictness());
    assertEquals(Map.of("A", "1", "B", "x y"), config.environment());
    assertEquals(Optional.empty(), config.agent());
  }

  @Test
  void what_is_not_printed_has_a_default() {
    var config = config();
    assertEquals("web", config.hostName());
    assertEquals(22, config.port());
    assertEquals(System.getProperty("user.name"), config.user());
    assertEquals("web", config.knownAs());
    assertEquals(Optional.empty(), config.alsoKnownAs());
    assertEquals(Duration.ofSeconds(15), config.aliveInterval());
    assertEquals(4, config.aliveCount());
    assertEquals(Strictness.ASK, config.strictness());
    assertEquals(Path.of(HOME, ".ssh/known_hosts"), config.userKnownHosts().getFirst());
    assertEquals(List.of(Path.of("/etc/ssh/ssh_known_hosts")), config.globalKnownHosts());
    assertEquals(Path.of(HOME, ".ssh/id_rsa"), config.identities().getFirst());
    assertTrue(config.isOn("pubkeyauthentication", true));
  }

  @Test
  void an_alias_names_the_host_without_its_port() {
    var config = config("hostkeyalias Web-Key", "port 2222");
    assertEquals("web-key", config.knownAs());
    assertEquals(Optional.empty(), config.alsoKnownAs());
  }

  @ParameterizedTest
  @CsvSource({
    "yes, YES",
    "true, YES",
    "ask, ASK",
    "accept-new, ACCEPT_NEW",
    "no, ACCEPT_NEW",
    "false, ACCEPT_NEW",
    "off, ACCEPT_NEW"
  })
  void strictness_is_read(String value, Strictness expected) {
    assertEquals(expected, config("stricthostkeychecking " + value).strictness());
  }

  @Test
  void tokens_in_paths_are_expanded() {
    var config =
        config(
            "hostname web.example",
            "user deploy",
            "port 2222",
            "identityfile ~/keys/%h-%p-%r-%n-%%",
            "identityfile %d/a b",
            "identityfile /x/%C",
            "identityfile none");
    assertEquals(
        List.of(
            Path.of(HOME, "keys/web.example-2222-deploy-web-%"),
            Path.of(HOME, "a b"),
            Path.of("/x/%C")),
        config.identities());
  }

  @Test
  void a_list_of_files_is_split_where_the_next_one_is_absolute() {
    var config = config("userknownhostsfile /a/b c /d ~/e", "globalknownhostsfile none");
    assertEquals(
        List.of(Path.of("/a/b c"), Path.of("/d"), Path.of(HOME, "e")), config.userKnownHosts());
    assertEquals(List.of(), config.globalKnownHosts());
  }

  @ParameterizedTest
  @CsvSource({
    "proxyjump bastion, proxyjump",
    "proxycommand nc %h %p, proxycommand",
    "controlpath /run/user/0/%C, controlpath",
    "certificatefile ~/.ssh/x-cert.pub, certificatefile",
    "pkcs11provider /usr/lib/x.so, pkcs11provider",
    "proxyjump none,",
    "controlpath none,",
    "verifyhostkeydns false,",
    "verifyhostkeydns true, verifyhostkeydns",
    "compression yes,",
    "gssapiauthentication yes,",
  })
  void what_the_built_in_client_does_not_have_is_found(String line, String key) {
    assertEquals(Optional.ofNullable(key), config(line).unsupported());
  }

  @Test
  void new_keys_are_made_when_the_cipher_or_the_configuration_says() {
    assertEquals(0, config("rekeylimit 0 0").rekeyBytes());
    assertEquals(Duration.ZERO, config("rekeylimit 0 0").rekeyInterval());
    assertEquals(0, config("port 22").rekeyBytes());
    assertEquals(1L << 40, config("rekeylimit 1099511627776 3600").rekeyBytes());
    assertEquals(Duration.ofHours(1), config("rekeylimit 0 3600").rekeyInterval());
  }

  @Test
  void only_what_differs_from_the_defaults_was_chosen() {
    var defaults = List.of("ciphers a,b,c", "macs m");
    var config = SshConfig.parse(host(), List.of("ciphers a,b,c", "macs n,m"), defaults);
    assertEquals(Optional.empty(), config.chosen("ciphers"));
    assertEquals(Optional.of(List.of("n", "m")), config.chosen("macs"));
    assertEquals(Optional.empty(), config.chosen("kexalgorithms"));
  }

  @Test
  void without_the_ssh_program_the_command_lines_settings_hold() throws ConnectionException {
    var options =
        new SshOptions(
            Optional.empty(),
            Optional.of(Path.of("none")),
            List.of(Path.of("/k")),
            OptionalInt.of(2222),
            List.of("StrictHostKeyChecking=yes", "UserKnownHostsFile /x", "ConnectTimeout = 5"),
            false);
    var config = SshProgram.builtIn(host(), options);
    assertEquals(2222, config.port());
    assertEquals(List.of(Path.of("/k")), config.identities());
    assertEquals(Strictness.YES, config.strictness());
    assertEquals(List.of(Path.of("/x")), config.userKnownHosts());
    assertEquals(Duration.ofSeconds(5), config.connectTimeout());
  }

  @Test
  void without_the_ssh_program_a_configuration_file_is_refused() {
    var options =
        new SshOptions(
            Optional.empty(),
            Optional.of(Path.of("/etc/x")),
            List.of(),
            OptionalInt.empty(),
            List.of(),
            false);
    var refused =
        assertThrows(ConnectionException.class, () -> SshProgram.builtIn(host(), options));
    assertEquals(
        "web: /etc/x: the ssh program that reads it is not in PATH; install openssh-client",
        refused.getMessage());
  }

  @Test
  void the_ssh_program_is_found_by_the_search_path_only() {
    assertFalse(SshProgram.find("").isPresent());
    assertFalse(SshProgram.find("/nowhere:relative").isPresent());
  }

  private static SshConfig config(String... lines) {
    return SshConfig.parse(host(), Arrays.asList(lines), List.of());
  }

  private static Host host() {
    return new Host(Optional.empty(), "web", OptionalInt.empty());
  }
}
