package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.destination.StateStore;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.InputCommands;
import org.blkdelta.report.Reporter;
import org.blkdelta.report.Reporting;
import org.blkdelta.report.Streams;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two ends with a real shell, and each with a `virsh` that is not real.
class DefinitionTest {

  private static final String VIRSH =
      """
      #!/bin/sh
      cd "${0%/*}" || exit 9
      echo "$*" >>calls
      case $1 in
        list) test "$*" = 'list --all --name' && cat names && echo ;;
        net-list) printf 'default\\n\\n' ;;
        domuuid) cat uuid ;;
        dumpxml)
          case $* in
            'dumpxml --inactive web')
              if [ -e defined ]; then sed /graphics/d defined; else sed /graphics/d xml; fi ;;
            'dumpxml --inactive --security-info web') cat xml ;;
            *) echo 'error: no such machine' >&2; exit 1 ;;
          esac ;;
        define)
          cat "$2" >read
          if [ -e broken ]; then printf 'error: Failed\\n<secret/>\\nerror: no disk\\n'; exit 1; fi
          mv read defined; echo web >names ;;
        *) exit 9 ;;
      esac
      """;

  private static final String MACHINE =
      """
      <domain type='kvm'>
        <name>web</name>
        <uuid>4f</uuid>
        <os>
          <type arch='x86_64'>hvm</type>
        </os>
        <devices>
          <disk type='block' device='disk'>
            <driver name='qemu' type='raw'/>
            <source dev='/dev/vg/web'/>
            <target dev='vda' bus='virtio'/>
          </disk>
          <disk type='block' device='disk'>
            <source dev="/dev/mapper/vg-my--data"/>
            <backingStore/>
            <target dev='vdb'/>
          </disk>
          <disk type='file' device='cdrom'>
            <target dev='sda'/>
            <readonly/>
          </disk>
          <interface type='network'>
            <source network='default'/>
          </interface>
          <!-- more -->
          <graphics type='vnc' passwd='secret'/>
        </devices>
      </domain>
      """;

  @TempDir Path folder;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final List<String> steps = new ArrayList<>();
  private final List<SyncException> findings = new ArrayList<>();

  @BeforeEach
  void ends() throws IOException {
    for (var end : List.of("source", "there")) {
      var file = Files.createDirectories(folder.resolve(end)).resolve("virsh");
      Files.writeString(file, VIRSH);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
      write(end + "/names", "other\nweb2\n");
      write(end + "/uuid", "4f\n\n");
      write(end + "/boot", end + "\n");
    }
    write("source/xml", MACHINE);
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text);
  }

  private String text(String file) throws IOException {
    return Files.readString(folder.resolve(file));
  }

  private record End(Path folder) implements InputCommands {

    @Override
    public Outcome run(List<String> command) throws IOException {
      return run(command, new byte[0]);
    }

    @Override
    public Outcome run(List<String> command, byte[] input) throws IOException {
      if (command.contains("/proc/sys/kernel/random/boot_id")) {
        return new Outcome(0, Files.readString(folder.resolve("boot")), "");
      }
      var words = new ArrayList<>(List.of("env")); // finds programs by the PATH that it is given
      words.addAll(command);
      var builder = new ProcessBuilder(words).redirectError(folder.resolve("err").toFile());
      builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
      var process = builder.start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input);
      }
      var out = new String(process.getInputStream().readAllBytes(), UTF_8);
      try {
        var err = Files.readString(folder.resolve("err")).strip();
        return new Outcome(process.waitFor(), out, err);
      } catch (InterruptedException stopped) {
        throw new IOException(stopped);
      }
    }
  }

  private Definition definition() throws IOException {
    var job =
        JobFile.parse(
            "f",
            """
            name = "web"
            [source]
            vm = "libvirt:web"
            [destination]
            host = "new"
            vm = "libvirt:web"
            define = true
            [[disk]]
            from = "vg/web"
            to = "/dev/mapper/a&b's"
            [[disk]]
            from = "vg/my-data"
            to = "/dev/new/data"
            """);
    assertEquals("web", job.move().there().defined().orElseThrow());
    var there = new End(folder.resolve("there"));
    return new Definition(job, "web", new End(folder.resolve("source")), there);
  }

  private void look() throws IOException {
    definition().look(steps, findings);
  }

  private List<String> told() {
    return findings.stream().map(SyncException::describe).toList();
  }

  private void made() throws IOException {
    var streams =
        new Streams(
            InputStream.nullInputStream(),
            new ByteArrayOutputStream(),
            new PrintStream(said, true, UTF_8),
            new StateStore(folder));
    try (var journal = Journal.open(folder.resolve("job"), "web", Clock.systemUTC(), line -> {})) {
      definition().make(journal, new Reporter(streams, Reporting.USUAL));
    } finally {
      assertFalse((said + text("job/journal.ndjson")).contains("secret"));
    }
  }

  private static String moved() {
    return MACHINE
        .replace("'/dev/vg/web'", "'/dev/mapper/a&#38;b&#39;s'")
        .replace("/dev/mapper/vg-my--data", "/dev/new/data");
  }

  @Test
  void a_plan_tells_the_difference_and_defines_nothing() throws IOException {
    look();
    assertEquals(
        List.of(
            "cutover: new: virsh define: web as it is at the source, not started by the host",
            "cutover: new: vda: /dev/vg/web becomes /dev/mapper/a&b's",
            "cutover: new: vdb: /dev/mapper/vg-my--data becomes /dev/new/data"),
        steps);
    assertEquals(List.of(), told());
    assertFalse(text("there/calls").contains("define"));
    assertFalse(text("source/calls").contains("--security-info"));
  }

  @Test
  void the_machine_is_defined_once_with_all_that_it_has() throws IOException {
    made();
    assertEquals(moved(), text("there/defined"));
    assertTrue(text("job/journal.ndjson").contains("\"DEFINE\""));
    made();
    var calls = text("there/calls").lines();
    assertEquals(1, calls.filter(call -> call.startsWith("define")).count());
    look();
    assertEquals(List.of("cutover: new: has the machine web, which is left as it is"), steps);
  }

  @Test
  void one_that_is_there_on_other_disks_is_refused() throws IOException {
    made();
    write("there/defined", moved().replace("/dev/new/data", "/dev/stale/data"));
    look();
    Messages.assertSays(findings.getFirst(), "has the machine web, but not on /dev/new/data");
    assertThrows(RefusedException.class, this::made);
    write("there/defined", moved().replace("/dev/new/data", "/dev/mapper/new-data"));
    made(); // another name of it
  }

  @Test
  void the_source_is_not_taken_for_the_copy_of_itself() throws IOException {
    write("there/boot", text("source/boot"));
    write("there/names", "web\n");
    look();
    Messages.assertSays(findings.getFirst(), "source and destination are the same host");
    assertThrows(RefusedException.class, this::made);
  }

  @Test
  void another_machine_of_the_name_is_refused() throws IOException {
    write("there/names", "web\n");
    write("there/uuid", "5f\n\n");
    look();
    Messages.assertSays(findings.getFirst(), "new: has another machine web: its UUID is not");
    assertThrows(RefusedException.class, this::made);
  }

  @Test
  void what_libvirt_refuses_is_told_without_what_it_quotes() throws IOException {
    write("there/broken", "");
    var refused = assertThrows(RefusedException.class, this::made);
    Messages.assertSays(refused, "new: web is not defined: Failed; no disk; nothing was stopped");
    assertTrue(text("job/journal.ndjson").contains("\"FAILED\""));
  }

  /// What is missing is told, and what is there is not.
  @Test
  void firmware_and_files_that_the_destination_lacks_are_to_be_copied_by_hand() throws IOException {
    var there = Files.createFile(folder.resolve("OVMF & 'code'")).toString();
    write(
        "source/xml",
        MACHINE
            .replace(
                "</os>",
                "<loader type='pflash'>%s</loader><nvram>/no/web_VARS.fd</nvram></os>"
                    .formatted(there.replace("&", "&amp;")))
            .replace("<target dev='sda'/>", "<source file='/no/a.iso'/><target dev='sda'/>")
            .replace(
                "<!-- more -->",
                """
                <tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>
                <interface type='bridge'><source bridge='no-such'/></interface>
                <interface type='network'><source network='inner'/></interface>
                """));
    look();
    assertEquals(
        List.of(
            "new: /no/a.iso: is not there, and web needs it (sda); copy or make it there yourself",
            "new: /no/web_VARS.fd: is not there, and web needs it (nvram); copy or make it there"
                + " yourself",
            "new: /var/lib/libvirt/swtpm/4f: is not there, and web needs it (tpm); copy or make it"
                + " there yourself",
            "new: /sys/class/net/no-such: is not there, and web needs it (interface); copy or make"
                + " it there yourself",
            "new: has no active network inner of libvirt; make or start it: virsh net-start"),
        told());
    var refused = assertThrows(RefusedException.class, this::made);
    Messages.assertSays(refused, "cannot be defined at the destination; nothing was stopped");
    assertTrue(said.toString(UTF_8).contains("web_VARS.fd: is not there"));
    assertTrue(Files.notExists(folder.resolve("there/defined")));
  }

  /// The destination may have something else by that path.
  @Test
  void a_disk_that_is_not_in_the_job_is_refused_even_if_its_path_is_there() throws IOException {
    write("source/xml", MACHINE.replace("/dev/vg/web", "/dev/null"));
    look();
    assertEquals(
        List.of(
            "libvirt:web: vda: /dev/null is not in the job; define the machine at the destination"
                + " yourself"),
        told());
  }

  @Test
  void what_only_its_own_host_has_is_refused() throws IOException {
    write(
        "source/xml",
        MACHINE.replace(
            "<!-- more -->",
            """
            <hostdev mode='subsystem' type='pci'><source><address/></source></hostdev>
            <disk type='network'><source protocol='rbd' name='p/x'><auth><secret uuid='1'/></auth></source><target dev='vdc'/></disk>
            <memory model='nvdimm'><source><path>/srv/x</path></source></memory>
            <tpm><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>
            """));
    look();
    var by = "; define the machine at the destination yourself";
    assertEquals(
        List.of(
            "libvirt:web: vdc: what it is on is not in the job" + by,
            "libvirt:web: has a TPM of its host" + by,
            "libvirt:web: has <hostdev>" + by,
            "libvirt:web: has <secret>" + by,
            "libvirt:web: has <memory>" + by),
        told());
  }

  @Test
  void what_is_hostile_or_of_another_machine_is_refused() throws IOException {
    write("source/xml", "<!DOCTYPE a [<!ENTITY b 'b'>]>" + MACHINE.replace("web<", "&b;<"));
    look();
    write("source/xml", MACHINE.replace("<name>web<", "<name>-x<"));
    look();
    write("source/xml", MACHINE.replace("<!-- more -->", "<!--" + "x".repeat(1 << 20) + "-->"));
    look();
    write("source/xml", "");
    look();
    assertEquals(
        List.of(
            "libvirt:web: virsh dumpxml says what cannot be read",
            "libvirt:web: is not the machine's own name; see virsh list --all",
            "libvirt:web: virsh dumpxml says too much",
            "libvirt:web: virsh dumpxml says what cannot be read"),
        told());
  }
}
