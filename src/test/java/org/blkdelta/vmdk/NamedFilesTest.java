package org.blkdelta.vmdk;

import static org.blkdelta.vmdk.ChainFolder.refusal;
import static org.blkdelta.vmdk.CowdBuilder.cowd;
import static org.blkdelta.vmdk.DescriptorBuilder.descriptor;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where the files are that descriptors name.
class NamedFilesTest {

  @TempDir Path temp;

  private Path home;
  private ChainFolder folder;

  @BeforeEach
  void aDiskInAFolderOfItsOwn() throws IOException {
    home = Files.createDirectory(temp.toRealPath().resolve("vm"));
    folder = new ChainFolder(home);
    folder.base(8, 0xb0);
    folder.cowd(2, 8, cowd(8).grain(2, 2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vm.vmdk",
        "./vm.vmdk",
        "sub/../vm.vmdk",
        "/vmfs/volumes/5f0c1a2b-12345678-9abc-001122334455/vm/vm.vmdk",
        "/vm.vmdk",
        "C:\\Virtual Machines\\vm\\vm.vmdk",
        "d:/machines/vm.vmdk",
        "\\\\server\\share\\vm.vmdk",
        ".\\vm.vmdk",
      })
  void a_parent_is_found_beside_its_child(String hint) throws IOException {
    assertEquals(Optional.of(folder.link(1)), parent(hint, false));
  }

  @Test
  void a_backslash_is_part_of_a_name_where_there_are_slashes() throws IOException {
    var odd = Files.copy(folder.link(1), home.resolve("odd\\name.vmdk"));
    assertEquals(Optional.of(odd), parent("./odd\\name.vmdk", false));
    assertEquals(Optional.empty(), parent("odd\\name.vmdk", false));
  }

  @Test
  void a_parent_in_a_folder_below_is_found() throws IOException {
    var below = Files.createDirectory(home.resolve("below"));
    var parent = Files.copy(folder.link(1), below.resolve("vm.vmdk"));
    assertEquals(Optional.of(parent), parent("below/vm.vmdk", false));
    assertEquals(Optional.of(parent), parent("below\\vm.vmdk", false));
  }

  @Test
  void a_parent_in_another_folder_is_found_only_where_that_is_allowed() throws IOException {
    var other = Files.createDirectory(home.resolveSibling("template"));
    var parent = Files.move(folder.link(1), other.resolve("vm.vmdk"));
    var message = refusal(() -> parent("../template/vm.vmdk", false));
    assertTrue(message.contains("lies outside the descriptor's folder"), message);
    assertEquals(Optional.of(parent), parent("../template/vm.vmdk", true));

    var absolute = "/vmfs/volumes/5f0c/template/vm.vmdk";
    assertEquals(Optional.empty(), parent(absolute, false));
    assertEquals(Optional.of(parent), parent(absolute, true));
    assertEquals(Optional.of(parent), parent("E:\\template\\vm.vmdk", true));
    assertEquals(Optional.empty(), parent(parent.toString(), false));
    assertEquals(Optional.of(parent), parent(parent.toString(), true));
  }

  @Test
  void a_link_inside_the_folder_is_followed() throws IOException {
    var real = Files.move(folder.data(2), home.resolve("real"));
    Files.createSymbolicLink(folder.data(2), real.getFileName());
    assertEquals(List.of("2+1 DATA"), Chains.extents(folder.link(2)));
  }

  @Test
  void a_link_out_of_the_folder_is_followed_only_where_that_is_allowed() throws IOException {
    var real = Files.move(folder.data(2), temp.resolve("real"));
    Files.createSymbolicLink(folder.data(2), real);
    var message = refusal(() -> Chains.open(folder.link(2)));
    assertEquals(
        folder.link(2)
            + ": \"vm-000002-delta.vmdk\" lies outside the descriptor's folder; if you trust the"
            + " descriptor: --allow-outside",
        message);
    var allowing = Chains.access(true, EnumSet.noneOf(Doubt.class), new ArrayList<>());
    try (var chain = SnapshotChain.open(folder.link(2), Optional.empty(), allowing)) {
      assertEquals(List.of("2+1 DATA"), Chains.extents(chain));
    }
  }

  @Test
  void the_folder_is_that_of_the_file_and_not_of_a_link_to_it() throws IOException {
    var elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
    var link = Files.createSymbolicLink(elsewhere.resolve("x.vmdk"), folder.link(2));
    assertEquals(List.of("2+1 DATA"), Chains.extents(link));
  }

  @Test
  void an_extent_that_is_missing_is_named() throws IOException {
    Files.delete(folder.data(2));
    assertEquals(
        folder.link(2)
            + ": line 10: \"vm-000002-delta.vmdk\" is missing; copy it into the same folder",
        refusal(() -> Chains.open(folder.link(2))));
  }

  @Test
  void absolute_names_of_extents_are_refused_unless_allowed() throws IOException {
    var outside = Files.createDirectory(temp.resolve("else")).resolve("other.vmdk");
    folder.text(3, descriptor("vmfsSparse").extent(8, "VMFSSPARSE", outside.toString()));
    var missing = refusal(() -> Chains.open(folder.link(3)));
    assertTrue(missing.endsWith("is missing; copy it into the same folder"), missing);
    Files.createFile(outside);
    var refused = refusal(() -> Chains.open(folder.link(3)));
    assertTrue(refused.contains("is not beside it, and lies outside its folder"), refused);
  }

  @Test
  void an_absolute_name_of_another_host_is_found_beside_the_descriptor() throws IOException {
    var name = "/vmfs/volumes/5f0c/vm/" + folder.data(2).getFileName();
    folder.text(3, descriptor("vmfsSparse").extent(8, "VMFSSPARSE", name));
    Chains.open(folder.link(3)).close();
  }

  @Test
  void files_may_have_names_in_any_alphabet() throws IOException {
    try (var files = Jimfs.newFileSystem(Configuration.unix())) {
      var place = Files.createDirectories(files.getPath("/disks/\u865a\u62df\u673a"));
      cowd(8).grain(5, 1).build().write(place.resolve("\u78c1\u76d8-delta.vmdk"));
      var text =
          descriptor("vmfsSparse")
              .extent(8, "VMFSSPARSE", "\u78c1\u76d8-delta.vmdk")
              .parent(1, "/vmfs/volumes/\u78c1\u76d8.vmdk")
              .text()
              .replace("UTF-8", "GBK");
      var top = Files.write(place.resolve("top.vmdk"), text.getBytes(Charset.forName("GBK")));
      descriptor("vmfs").cid(1).extent(8, "VMFS", "gone").write(place.resolve("\u78c1\u76d8.vmdk"));
      assertEquals(List.of("5+1 DATA"), Chains.extents(top));
      try (var chain = Chains.open(top)) {
        assertEquals(List.of(), chain.standsOn());
      }
    }
  }

  private Optional<Path> parent(String hint, boolean allowOutside) throws IOException {
    var access = Chains.access(allowOutside, EnumSet.noneOf(Doubt.class), new ArrayList<>());
    return new NamedFiles(folder.link(2), access).parent(hint);
  }
}
