package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.blkdelta.vmdk.CowdBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Chains whose links all have one content id, and no other id, as hosts leave them.
class SharedContentIdTest {

  private static final int SECTORS = 32_768;

  @TempDir(factory = InMemory.class)
  private Path folder;

  private Path copy;

  @BeforeEach
  void aCopyOfTheBase() throws IOException {
    var content = new byte[SECTORS * 512];
    Arrays.fill(content, (byte) 7);
    Files.write(folder.resolve("vm-flat.vmdk"), content);
    link("vm.vmdk", "ffffffff", "vmfs", "", "VMFS", "vm-flat.vmdk");
    delta("vm-000001", "vm.vmdk", cowd(SECTORS).grain(20_000, 1));
    delta("vm-000002", "vm-000001.vmdk", cowd(SECTORS).grain(30_000, 2));
    copy = folder.resolve("copy.img");
    run("copy", "--create", folder.resolve("vm.vmdk"), copy).ok();
  }

  @Test
  void a_lost_delta_is_missed() throws IOException {
    var before = Files.readAllBytes(copy);
    var run = run("sync", "--since", at("vm-000001"), at("vm-000002"), copy);
    assertEquals(5, run.status(), run.stderr());
    assertArrayEquals(before, Files.readAllBytes(copy));

    run("sync", "--since", at("vm"), at("vm-000001"), copy).ok();
    run("sync", "--since", at("vm-000001"), at("vm-000002"), copy).ok();
    assertEquals(0, run("verify", at("vm-000002"), copy).status());
  }

  @Test
  void a_content_id_alone_is_not_believed_and_a_sample_decides() throws IOException {
    var run = run("sync", at("vm-000001"), copy).ok();
    assertTrue(run.stderr().contains("other disks may have the same ids"), run.stderr());

    Files.write(copy, new byte[SECTORS * 512]); // keeps its inode, so what is remembered
    run = run("sync", "--since", at("vm-000001"), at("vm-000002"), copy);
    assertEquals(5, run.status(), run.stderr());
  }

  @Test
  void the_delta_of_another_disk_whose_base_is_missing_is_refused() throws IOException {
    Files.delete(folder.resolve("vm-flat.vmdk"));
    var run = run("sync", "--since", at("vm"), at("vm-000001"), copy);
    assertEquals(5, run.status(), run.stderr());
    assertTrue(run.stderr().contains("--base=assume"), run.stderr());
    run("sync", "--base=assume", "--since", at("vm"), at("vm-000001"), copy).ok();
  }

  private Path at(String link) {
    return folder.resolve(link + ".vmdk");
  }

  private void delta(String name, String parent, CowdBuilder delta) throws IOException {
    delta.build().write(folder.resolve(name + "-delta.vmdk"));
    var hint = "parentFileNameHint=\"%s\"\n".formatted(parent);
    link(name + ".vmdk", "fffffffe", "vmfsSparse", hint, "VMFSSPARSE", name + "-delta.vmdk");
  }

  private void link(
      String name, String parentCid, String createType, String hint, String type, String file)
      throws IOException {
    var text =
        "version=1\nCID=fffffffe\nparentCID=%s\ncreateType=\"%s\"\n%sRW %d %s \"%s\"\n"
            .formatted(parentCid, createType, hint, SECTORS, type, file);
    Files.write(folder.resolve(name), text.getBytes(UTF_8));
  }

  private Cli.Run run(Object... words) {
    return new Cli().remembering(folder.resolve("state")).with(words);
  }
}
