package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The presets' hooks, run by a real shell with a `virsh` and a `qm` that are not real.
class PresetTest {

  private static final String VIRSH =
      """
      #!/bin/sh
      cd "${0%/*}" || exit 9
      case $1 in
        domstate) cat "state-$2" ;;
        start) echo running >"state-$2" ;;
        domfsfreeze) echo "$2" >frozen ;;
        domfsthaw) rm -f frozen ;;
        shutdown) echo 'shut off' >"state-$2" ;;
        dominfo) printf 'Id: 1\\nAutostart:      %s\\n' "$(cat auto)" ;;
        autostart) if [ "$2" = --disable ]; then echo disable >auto; else echo enable >auto; fi ;;
        *) exit 9 ;;
      esac
      """;

  private static final String QM =
      """
      #!/bin/sh
      cd "${0%/*}" || exit 9
      case $1 in
        status) printf 'status: %s\\n' "$(cat "state-$2")" ;;
        start) echo running >"state-$2" ;;
        shutdown) echo stopped >"state-$2"; exit 255 ;;
        guest) if [ "$2 $4" = 'cmd fsfreeze-freeze' ]; then echo "$3" >frozen; else rm -f frozen; fi ;;
        config) printf 'cores: 2\\nonboot: %s\\n' "$(cat boot)" ;;
        set) echo "$4" >boot ;;
        *) exit 9 ;;
      esac
      """;

  @TempDir Path folder;

  private void program(String name, String text) throws IOException {
    var file = Files.writeString(folder.resolve(name), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private int run(Map<String, List<String>> hooks, String name) throws Exception {
    var words = hooks.get(name);
    assertTrue(words != null && !words.isEmpty(), name);
    Files.createDirectories(folder.resolve("jobs/web"));
    var found = new ArrayList<>(List.of("env")); // finds programs by the PATH that it is given
    found.addAll(words);
    var builder = new ProcessBuilder(found).redirectErrorStream(true);
    builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
    builder.environment().put("BLKDELTA_JOB", "web");
    builder.environment().put("BLKDELTA_STATE", folder.toString());
    var process = builder.start();
    var said = new String(process.getInputStream().readAllBytes(), UTF_8);
    int status = process.waitFor();
    assertTrue(!said.contains("not found"), said);
    return status;
  }

  private String text(String file) throws IOException {
    return Files.readString(folder.resolve(file)).strip();
  }

  @Test
  void libvirt() throws Exception {
    program("virsh", VIRSH);
    Files.writeString(folder.resolve("state-my vm's"), "running\n");
    Files.writeString(folder.resolve("auto"), "enable\n");
    var hooks = Preset.of("libvirt:my vm's").orElse(Map.of());
    assertTrue(hooks.isEmpty(), "a name with a space is none");
    hooks = Preset.of("libvirt:it's").orElseThrow();
    assertEquals(2, run(hooks, "is_off"), "no such machine");
    Files.writeString(folder.resolve("state-it's"), "running\n");
    assertEquals(1, run(hooks, "is_off"));
    assertEquals(0, run(hooks, "is_up"));
    freezes(hooks, "it's");
    assertEquals(0, run(hooks, "stop"));
    assertEquals(0, run(hooks, "is_off"));
    assertEquals(0, run(hooks, "is_off_there"));
    assertEquals(1, run(hooks, "is_up"));
    holdsAndReleases(hooks, "auto", "enable", "disable");
    assertEquals(0, run(hooks, "start_source"));
    assertEquals(1, run(hooks, "is_off"));
    assertEquals(0, run(hooks, "start"));
  }

  @Test
  void proxmox() throws Exception {
    program("qm", QM);
    Files.writeString(folder.resolve("state-101"), "running\n");
    Files.writeString(folder.resolve("boot"), "1\n");
    var hooks = Preset.of("proxmox:101").orElseThrow();
    assertEquals(1, run(hooks, "is_off"));
    freezes(hooks, "101");
    assertEquals(0, run(hooks, "stop"));
    assertEquals(0, run(hooks, "is_off"));
    holdsAndReleases(hooks, "boot", "1", "0");
    assertEquals(0, run(hooks, "start_source"));
    assertEquals(0, run(hooks, "is_up"));
    assertEquals(1, run(hooks, "is_off_there"));
    assertTrue(Preset.of("proxmox:web").isEmpty());
    assertTrue(Preset.of("xen:web").isEmpty());
  }

  private void freezes(Map<String, List<String>> hooks, String machine) throws Exception {
    assertEquals(0, run(hooks, "freeze"));
    assertEquals(machine, text("frozen"));
    for (int again = 0; again < 2; again++) {
      assertEquals(0, run(hooks, "thaw"));
      assertTrue(Files.notExists(folder.resolve("frozen")));
    }
  }

  /// A machine that its host did not start by itself does not do so after a release either.
  private void holdsAndReleases(Map<String, List<String>> hooks, String file, String on, String off)
      throws Exception {
    for (int again = 0; again < 2; again++) {
      assertEquals(0, run(hooks, "hold"));
      assertEquals(off, text(file));
    }
    for (int again = 0; again < 2; again++) {
      assertEquals(0, run(hooks, "release"));
      assertEquals(on, text(file));
    }
    Files.writeString(folder.resolve(file), off + "\n");
    assertEquals(0, run(hooks, "hold"));
    assertEquals(0, run(hooks, "release"));
    assertEquals(off, text(file));
  }
}
