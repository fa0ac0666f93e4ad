package org.blkdelta.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Stop;
import org.blkdelta.wire.ContentDigest;
import org.blkdelta.wire.Frame;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReceiptTest {

  @TempDir Path folder;

  private Scratch web;
  private Path receipt;

  @BeforeEach
  void aVolumeThatChanged() throws IOException {
    web = Scratch.with543(folder);
    receipt = folder.resolve("receipt.json");
  }

  @Test
  void a_sync_leaves_the_document_that_is_described() throws IOException {
    var told = JsonParser.parseString(sync("--json").ok().stdout()).getAsJsonObject();
    var json = json();
    assertEquals(described(Set.of("base", "result", "undoes", "verdict")), json.keySet());
    assertEquals(1, json.get("version").getAsInt());
    assertEquals(web.copy.toString(), json.get("destination").getAsString());
    assertEquals(65_536, json.get("volumeSize").getAsLong());
    assertEquals(0, json.get("exitCode").getAsInt());
    assertEquals("", json.get("failure").getAsString());
    for (var key : List.of("extents", "bytes", "zeroBytes", "digest", "dryRun")) {
      assertEquals(told.get(key), json.get(key), key);
    }
    var digest = new ContentDigest();
    var changed = Arrays.copyOfRange(Files.readAllBytes(web.copy), 3 * 4096, 6 * 4096);
    digest.add(new Frame.Data(3 * 4096, ByteBuffer.wrap(changed)));
    assertEquals(digest.digest(), json.get("contentDigest").getAsString());
    assertEquals(32, json.get("digest").getAsString().length());
  }

  @Test
  void a_sync_that_was_read_back_is_verified() throws IOException {
    sync().ok();
    assertFalse(json().get("verified").getAsBoolean());
    sync("--verify").ok();
    assertTrue(json().get("verified").getAsBoolean());
    var verdict = json().getAsJsonObject("verdict");
    assertTrue(verdict.get("same").getAsBoolean());
    assertEquals(12_288, verdict.get("bytes").getAsLong());
    assertEquals(12_288, json().get("bytes").getAsLong(), "what was sent, and not what was read");
  }

  @Test
  void a_comparison_leaves_its_verdict() throws IOException {
    assertEquals(3, verify());
    assertEquals(3, json().get("exitCode").getAsInt());
    assertFalse(json().get("verified").getAsBoolean());
    var verdict = json().getAsJsonObject("verdict");
    assertEquals(12_288, verdict.get("differentBytes").getAsLong());
    assertEquals(0, json().get("bytes").getAsLong());
    assertEquals(verdict.get("digest"), json().get("digest"));
    assertEquals(0, verify("--repair"));
    assertEquals(0, json().get("exitCode").getAsInt());
    assertFalse(json().get("verified").getAsBoolean(), "nobody has looked since");
    assertEquals(12_288, json().get("bytes").getAsLong());
    assertEquals(0, verify());
    assertTrue(json().get("verified").getAsBoolean());
  }

  private int verify(Object... options) {
    var words = new ArrayList<Object>(List.of("verify", "--receipt", receipt));
    words.addAll(List.of(options));
    words.addAll(List.of(web.origin, web.copy));
    return Cli.run(words.toArray()).status();
  }

  @Test
  void a_receipt_that_cannot_be_written_is_told_once_and_hides_no_result() throws IOException {
    receipt = Path.of("-");
    var words = new ArrayList<Object>(List.of("sync", "--receipt", receipt));
    words.addAll(List.of(web.source(web.copy.toString())));
    var run = new Cli().printingTo(new FullDisk(5)).with(words.toArray());
    assertEquals(8, run.status(), run.stderr());
    var lines = run.stderr().lines().toList();
    assertEquals(3, lines.size(), run.stderr());
    assertTrue(lines.get(1).startsWith("blkdelta: sent 8 KiB of 64 KiB in "), run.stderr());
    assertTrue(lines.get(2).startsWith("blkdelta: the receipt cannot be written: "), run.stderr());
  }

  @Test
  void a_run_that_is_refused_leaves_its_message() throws IOException {
    Files.write(web.copy, new byte[100]);
    var run = sync();
    assertEquals(5, run.status());
    var json = json();
    assertEquals(5, json.get("exitCode").getAsInt());
    assertTrue(json.get("failure").getAsString().contains("make it larger"));
    assertEquals(0, json.get("bytes").getAsLong());
    assertFalse(json.has("volumeSize"));
  }

  /// Returns the names of all commands that have the option.
  static List<String> commands() {
    var streams =
        new Streams(InputStream.nullInputStream(), new Cli.Output(), System.err, Cli.MEMORY);
    return new CommandLines(streams, new Stop())
        .build().getSubcommands().entrySet().stream()
            .filter(command -> command.getValue().getCommandSpec().findOption("--receipt") != null)
            .map(Map.Entry::getKey)
            .toList();
  }

  @Test
  void six_commands_leave_one() {
    assertEquals(
        Set.of("copy", "sync", "verify", "dump", "apply", "vmdksync"), Set.copyOf(commands()));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void each_command_leaves_one_although_its_source_cannot_be_read(String command)
      throws IOException {
    var words = new ArrayList<Object>(List.of(command, "--receipt", receipt));
    words.add(folder.resolve("nothing"));
    if (!command.equals("dump")) {
      words.add(web.copy);
    }
    var run = Cli.run(words.toArray());
    assertEquals(4, run.status(), run.stderr());
    assertEquals(4, json().get("exitCode").getAsInt());
    assertEquals(run.stderr(), "blkdelta: " + json().get("failure").getAsString() + "\n");
    assertEquals(folder.resolve("nothing").toString(), json().get("source").getAsString());
  }

  @Test
  void a_source_that_is_not_opened_may_have_any_file_so_none_is_replaced() throws IOException {
    var disk = folder.resolve("vm-flat.vmdk");
    Files.write(disk, new byte[4096]);
    receipt = disk;
    var run = Cli.run("dump", "--receipt", receipt, folder.resolve("nothing"));
    assertEquals(4, run.status());
    assertTrue(run.stderr().contains("may be a file of the source"), run.stderr());
    assertEquals(4096, Files.size(disk));
    // a receipt is replaced
    receipt = folder.resolve("receipt.json");
    sync().ok();
    assertEquals(4, Cli.run("dump", "--receipt", receipt, folder.resolve("nothing")).status());
    assertEquals(4, json().get("exitCode").getAsInt());
  }

  @Test
  void what_an_option_names_is_not_replaced() throws IOException {
    receipt = web.origin;
    var run = Cli.run("dump", "--receipt", receipt, "--origin", web.origin, web.store);
    assertEquals(5, run.status());
    assertTrue(run.stderr().contains("would replace it"), run.stderr());
  }

  @Test
  void a_stream_that_is_cut_leaves_what_was_done() throws IOException {
    var words = new ArrayList<Object>(List.of("dump", "--receipt", receipt));
    words.addAll(List.of(web.source()));
    var stream = Cli.run(words.toArray()).ok().bytes();
    var dumped = json();
    var apply = List.of("apply", "--receipt", receipt, "-", web.copy).toArray();
    var cut = Arrays.copyOf(stream, stream.length - 1);
    assertEquals(7, new Cli().reading(cut).with(apply).status());
    assertEquals(7, json().get("exitCode").getAsInt());
    assertEquals(12_288, json().get("bytes").getAsLong());
    new Cli().reading(stream).with(apply).ok();
    for (var key : List.of("extents", "bytes", "digest", "contentDigest")) {
      assertEquals(dumped.get(key), json().get(key), key);
    }
  }

  @Test
  void where_no_receipt_can_be_written_nothing_else_is() throws IOException {
    receipt = folder.resolve("nowhere/receipt.json");
    var run = sync();
    assertEquals(5, run.status(), run.stderr());
    assertTrue(run.stderr().contains("the receipt cannot be written"), run.stderr());
    assertTrue(web.copyIsUntouched());
  }

  @Test
  void it_replaces_nothing_of_the_run_by_whatever_name() throws IOException {
    var link = Files.createLink(folder.resolve("link"), web.origin);
    var before = Files.readAllBytes(web.origin);
    for (var name : List.of(web.origin, web.store, web.copy, link)) {
      receipt = name;
      var run = sync();
      assertEquals(5, run.status(), run.stderr());
      assertTrue(run.stderr().contains("the receipt would replace it"), run.stderr());
      assertTrue(web.copyIsUntouched());
    }
    assertArrayEquals(before, Files.readAllBytes(web.origin));
    var dump = new ArrayList<Object>(List.of("dump", "--receipt", web.store));
    dump.addAll(List.of(web.source()));
    assertEquals(5, Cli.run(dump.toArray()).status());
    receipt = folder.resolve("undo");
    assertEquals(5, sync("--undo", folder.resolve("./undo")).status());
    assertFalse(Files.exists(receipt));
  }

  @Test
  void what_is_not_a_regular_file_is_not_replaced() throws IOException {
    var victim = Files.write(folder.resolve("victim"), new byte[] {1});
    for (var name :
        List.of(
            Files.createSymbolicLink(folder.resolve("link"), victim),
            Files.createDirectory(folder.resolve("inside")),
            Path.of("/dev/null"))) {
      receipt = name;
      var run = sync();
      assertEquals(5, run.status(), run.stderr());
      assertTrue(run.stderr().contains("not a regular file"), run.stderr());
      assertTrue(web.copyIsUntouched());
    }
    assertArrayEquals(new byte[] {1}, Files.readAllBytes(victim));
  }

  @Test
  void it_can_go_to_standard_output_but_not_beside_a_stream() throws IOException {
    for (var name : List.of("-", "/dev/stdout", "/dev/fd/1")) {
      var run = Cli.run("verify", "-q", "--receipt", name, web.origin, web.origin);
      var json = JsonParser.parseString(run.stdout()).getAsJsonObject();
      assertEquals(run.status(), json.get("exitCode").getAsInt());
      assertFalse(Files.exists(Path.of("-")));
      var dump = new ArrayList<Object>(List.of("dump", "--receipt", name));
      dump.addAll(List.of(web.source()));
      assertEquals(2, Cli.run(dump.toArray()).status());
    }
  }

  @Test
  void it_is_for_its_owner_only() throws IOException {
    sync().ok();
    assertEquals(
        PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(receipt));
  }

  @Test
  void a_dry_run_says_that_it_was_one() throws IOException {
    sync("-n").ok();
    assertTrue(json().get("dryRun").getAsBoolean());
    assertEquals(0, json().get("bytes").getAsLong());
  }

  /// Returns the keys of the description, but those.
  private static Set<String> described(Set<String> absent) throws IOException {
    var keys = new TreeSet<String>();
    for (var line : Files.readAllLines(Path.of("docs/receipt.md"))) {
      if (line.startsWith("| `")) {
        for (var word : line.split("\\|")[1].replace("`", "").split(",")) {
          keys.add(word.strip());
        }
      }
    }
    keys.add("zeroBytes"); // told with its sum
    keys.removeAll(absent);
    return keys;
  }

  private JsonObject json() throws IOException {
    return JsonParser.parseString(Files.readString(receipt)).getAsJsonObject();
  }

  private Cli.Run sync(Object... options) {
    var words = new ArrayList<Object>(List.of("sync", "--receipt", receipt));
    words.addAll(List.of(options));
    words.addAll(List.of(web.source(web.copy)));
    return Cli.run(words.toArray());
  }
}
