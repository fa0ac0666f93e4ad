package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AskpassTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "'', '', '', none",
    ":0, '', '', used",
    "'', wayland-0, '', used",
    "'', '', force, preferred",
    "'', '', FORCE, preferred",
    ":0, '', prefer, preferred",
    "'', '', prefer, none",
    ":0, '', never, none",
  })
  void it_is_used_as_ssh_uses_it(String display, String wayland, String required, String expected) {
    var environment = new HashMap<String, String>();
    environment.put("SSH_ASKPASS", "/bin/ask");
    environment.put("DISPLAY", display);
    environment.put("WAYLAND_DISPLAY", wayland);
    environment.put("SSH_ASKPASS_REQUIRE", required);
    var found =
        Askpass.of(environment).map(program -> program.isPreferred() ? "preferred" : "used");
    assertEquals(expected, found.orElse("none"));
  }

  @Test
  void none_is_used_that_is_not_named() {
    assertEquals(Optional.empty(), Askpass.of(Map.of("DISPLAY", ":0")));
    assertEquals(Optional.empty(), Askpass.of(Map.of("DISPLAY", ":0", "SSH_ASKPASS", "")));
  }

  @Test
  void its_first_line_is_the_answer_and_a_failure_is_none() throws IOException {
    assertEquals("me's password: ", answer("#!/bin/sh\necho \"$1\"\necho more\n"));
    assertEquals("", answer("#!/bin/sh\n"));
    assertEquals("none", answer("#!/bin/sh\necho secret\nexit 1\n"));
    assertEquals("", answer("#!/bin/sh\ncat\n")); // standard input is not for it
    assertEquals(
        Optional.empty(), new Askpass(folder.resolve("missing").toString(), false).secret("?"));
  }

  private String answer(String script) throws IOException {
    var program = Files.writeString(folder.resolve("ask"), script);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return new Askpass(program.toString(), false)
        .secret("me's password: ")
        .map(String::new)
        .orElse("none");
  }
}
