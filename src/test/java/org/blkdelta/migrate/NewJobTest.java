package org.blkdelta.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.blkdelta.failure.Messages;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.UsageException;
import org.blkdelta.host.Commands;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Job files for machines that are not real.
class NewJobTest {

  private static final String LIST =
      """
       Type    Device   Target   Source
      -------------------------------------------------
       block   disk     vda      /dev/vg/web
       block   disk     vdb      /dev/mapper/vg-data
       file    disk     vdc      /srv/a b.qcow2
       file    cdrom    sda      -

      """;

  private final FakeLvm here = new FakeLvm(() -> {});
  private final FakeLvm there = new FakeLvm(() -> {});
  private final Map<String, String> said = new HashMap<>();

  @TempDir Path folder;

  private Commands with(FakeLvm lvm) {
    return command -> {
      var words = String.join(" ", command);
      if (command.getFirst().matches("lvs|vgs")) {
        return lvm.run(command);
      }
      return said.containsKey(words)
          ? new Commands.Outcome(0, String.valueOf(said.get(words)), "")
          : new Commands.Outcome(1, "", "error: no such machine");
    };
  }

  private NewJob.Written write(String vm) throws IOException {
    var to = Optional.of("root@new");
    return new NewJob(vm, Optional.empty(), to, with(here), with(there)).write();
  }

  @Test
  void a_machine_of_libvirt_has_its_volumes_in_the_file_and_all_else_in_comments()
      throws IOException {
    said.put("virsh domblklist --details web", LIST);
    said.put("virsh dumpxml web", "<domain><os><nvram>/x</nvram></os></domain>");
    here.add("web", false);
    here.add("data", true);
    there.add("data", false);
    there.free = 2_000_000;
    var written = write("libvirt:web");
    assertEquals(
        """
        # Look at each line; then: blkdelta migrate plan FILE
        name = "web"

        [source]
        vm = "libvirt:web"

        [destination]
        host = "root@new"
        vm = "libvirt:web"
        # is defined there as it is at the source, with the paths below, unless it is there already
        define = true

        # vda: 4 KiB, classic; volume group vg has 977 KiB free for snapshots
        [[disk]]
        from = "vg/web"
        to = "/dev/vg/web"
        # vg has 1.9 MiB free there
        create = true

        # vdb: 4 KiB, thin; volume group vg has 977 KiB free
        [[disk]]
        from = "vg/data"
        to = "/dev/vg/data"
        # is there already, 4 KiB: all that it holds would be overwritten

        # left out: vdc: /srv/a b.qcow2: is a file, not a logical volume

        # left out: sda: -: is a cdrom

        # left out: nvram: web: is a file that is to be copied by hand, before the machine is defined there
        """,
        written.text());
    assertEquals(
        List.of(
            "root@new: vg/data is there already, 4 KiB: it would be overwritten",
            "vdc: /srv/a b.qcow2: is a file, not a logical volume; the machine would lack it at the"
                + " destination"),
        written.warnings());
    var job = JobFile.parse("f", written.text());
    assertEquals(2, job.disks().size());
    assertEquals(List.of(), job.move().missing());
  }

  @Test
  void a_machine_of_proxmox_has_its_volumes_where_its_storage_says() throws IOException {
    said.put(
        "qm config 101",
        """
        boot: order=scsi0
        ide2: local:iso/x.iso,media=cdrom,size=1M
        scsi0: lvm:web,size=32G
        scsi1: dir:101/vm.qcow2,size=32G
        scsihw: virtio-scsi-pci
        unused0: lvm:old
        """);
    said.put("pvesm path lvm:web", "/dev/vg/web\n");
    said.put("pvesm path dir:101/vm.qcow2", "/srv/images/101/vm.qcow2\n");
    here.add("web", true);
    here.kinds.put("pool", "thin-pool");
    there.add("pool", false);
    there.kinds.put("pool", "thin-pool");
    var written = write("proxmox:101");
    var job = JobFile.parse("f", written.text());
    assertEquals("vm-101", job.name());
    assertEquals(1, job.disks().size());
    assertEquals(Optional.of("pool"), job.disks().getFirst().made().orElseThrow().pool());
    assertTrue(written.text().contains("# left out: ide2: local:iso/x.iso: is a CD"));
    assertTrue(written.text().contains("# left out: unused0: lvm:old: is unused"));
    assertTrue(written.warnings().getFirst().startsWith("scsi1: /srv/images/101/vm.qcow2: is a"));
  }

  @Test
  void a_machine_that_is_not_there_or_has_no_volume_gets_no_file() {
    Messages.assertSays(
        assertThrows(SourceException.class, () -> write("libvirt:web")),
        "libvirt:web: virsh domblklist: error: no such machine");
    said.put("virsh domblklist --details web", LIST);
    said.put("virsh dumpxml web", "");
    Messages.assertSays(
        assertThrows(SourceException.class, () -> write("libvirt:web")),
        "libvirt:web: has no disk that is a logical volume");
    Messages.assertSays(
        assertThrows(UsageException.class, () -> write("xen:web")),
        "--vm=xen:web: write libvirt:NAME or proxmox:ID");
  }

  @Test
  void what_a_name_holds_does_no_harm() throws IOException {
    var name = "a\"\\b\u001b[m]#'";
    said.put(
        "virsh domblklist --details " + name,
        "\n\n block disk vda /dev/vg/web\n block disk v\u202e /x\u001b]\u2028[[disk]]\n");
    said.put("virsh dumpxml " + name, "");
    here.add("web", false);
    var written = write("libvirt:" + name);
    var job = JobFile.parse("f", written.text());
    assertEquals("a-b-m", job.name());
    assertEquals(List.of("virsh", "shutdown", name), job.move().source().stop());
    assertEquals(1, job.disks().size());
  }

  @Test
  void no_file_is_overwritten() throws IOException {
    var file = Files.writeString(folder.resolve("web.toml"), "name = 1");
    var refused = assertThrows(RefusedException.class, () -> NewJob.checkNew(file));
    Messages.assertSays(refused, "web.toml: is there already; name another file");
    var link = Files.createSymbolicLink(folder.resolve("link"), Path.of("nowhere"));
    assertThrows(RefusedException.class, () -> NewJob.checkNew(link));
  }
}
