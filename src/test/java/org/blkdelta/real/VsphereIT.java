package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.blkdelta.cli.Cli;
import org.blkdelta.cli.Launched;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Disks of machines at a simulated ESXi host and vCenter: the first copy while the machine runs,
/// and what changed when it is off.
class VsphereIT {

  static final int SIZE = 8 << 20;

  @TempDir Path folder;
  private Path copy = Path.of("");
  private byte[] content = {};

  @BeforeEach
  void require() {
    Vsphere.require();
    copy = folder.resolve("copy");
  }

  /// Puts a base into the machine's folder, and an export of it beside that.
  static byte[] base(Vsphere host, Path folder, long seed) throws IOException {
    var content = new byte[SIZE];
    new Random(seed).nextBytes(content);
    Arrays.fill(content, 1 << 20, 5 << 20, (byte) 0);
    var raw = Files.write(folder.resolve("base.raw"), content);
    var base = host.folder().resolve("disk1.vmdk");
    Programs.run(
        "qemu-img", "convert", "-O", "vmdk", "-o", "subformat=monolithicFlat", "" + raw, "" + base);
    var export = folder.resolve("export.vmdk");
    Programs.run(
        "qemu-img",
        "convert",
        "-O",
        "vmdk",
        "-o",
        "subformat=streamOptimized",
        "" + raw,
        "" + export);
    host.exporting(export, SIZE);
    return content;
  }

  /// Writes into a delta of the base, to which the machine writes from now on; returns what it then
  /// has.
  static byte[] delta(Vsphere host, Path folder) throws IOException {
    var delta = host.folder().resolve("disk1-000001.vmdk");
    Programs.run(
        "qemu-img", "create", "-q", "-f", "vmdk", "-b", "disk1.vmdk", "-F", "vmdk", "" + delta);
    for (var write : List.of("write -P 7 0 64k", "write -P 8 3M 512", "write -z 6M 128k")) {
      Programs.run("qemu-io", "-f", "vmdk", "-c", write, "" + delta);
    }
    host.writingTo(delta.getFileName().toString());
    var raw = folder.resolve("top.raw");
    Programs.run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", "" + delta, "" + raw);
    return Files.readAllBytes(raw);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_machine_is_copied_while_it_runs_and_brought_up_to_date_when_it_is_off(boolean isCenter)
      throws IOException {
    try (var host = Vsphere.start(folder, isCenter)) {
      content = base(host, folder, 1);
      var told = Cli.run("inspect", host.uri()).ok().stdout();
      assertTrue(told.contains("power:     poweredOn"), told);
      var first = Cli.run("copy", "--create", host.uri(), copy).ok();
      assertTrue(first.stderr().contains("the snapshot stays"), first.stderr());
      assertArrayEquals(content, Files.readAllBytes(copy));
      assertTrue(host.hasSnapshots());
      assertEquals(0, host.leases());
      assertEquals("Logout", host.calls().getLast());
      var top = delta(host, folder);
      var early = Cli.run("sync", host.uri(), copy);
      assertEquals(5, early.status(), early.stderr());
      assertTrue(early.stderr().contains("shut it down first"), early.stderr());
      host.power("PowerOffVM_Task");
      Cli.run("sync", host.uri(), copy).ok();
      assertArrayEquals(top, Files.readAllBytes(copy));
      Cli.run("verify", host.uri(), copy).ok();
      assertFalse(Arrays.equals(content, top));
      assertEquals("Logout", host.calls().getLast());
    }
  }

  /// Something that goes wrong at the host.
  private record Fault(String name, int status, String words, String what, Vsphere.Reply reply) {}

  private static Vsphere.Reply status(int code) {
    return (exchange, body) -> Vsphere.say(exchange, code, "");
  }

  private static Vsphere.Reply text(String text) {
    return (exchange, body) -> Vsphere.say(exchange, text);
  }

  private static Vsphere.Reply cut() {
    return (exchange, body) -> {
      exchange.sendResponseHeaders(200, 1000);
      exchange.getResponseBody().write("<a> <b/>  ".getBytes(StandardCharsets.UTF_8));
      exchange.getResponseBody().flush();
    };
  }

  private List<Fault> faults(Vsphere host) {
    var create = "CreateSnapshot_Task";
    var export = "ExportSnapshot";
    var login = "Login";
    var all = new ArrayList<Fault>();
    for (int code : List.of(401, 403, 404, 500, 503)) {
      all.add(new Fault("HTTP " + code, 6, "HTTP ", login, status(code)));
      all.add(new Fault("HTTP " + code, 6, "HTTP ", "/nfc", status(code)));
    }
    all.add(
        new Fault(
            "redirect",
            6,
            "not followed",
            "RetrieveServiceContent",
            (exchange, body) -> {
              exchange.getResponseHeaders().add("Location", "https://elsewhere/sdk");
              Vsphere.say(exchange, 302, "");
            }));
    all.add(new Fault("no XML", 6, "not that of a vSphere host", login, text("hello")));
    all.add(
        new Fault(
            "bomb",
            6,
            "not that of a vSphere host",
            "RetrieveServiceContent",
            text("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>")));
    all.add(
        new Fault(
            "endless reply",
            6,
            "more than 64 MiB",
            "RetrieveServiceContent",
            (exchange, body) -> {
              exchange.sendResponseHeaders(200, 0);
              var out = exchange.getResponseBody();
              out.write("<a>".getBytes(StandardCharsets.UTF_8));
              for (int i = 0; i < 70; i++) {
                out.write(" ".repeat(1 << 20).getBytes(StandardCharsets.UTF_8));
              }
            }));
    all.add(new Fault("cut reply", 6, "run the same command again", create, cut()));
    all.add(new Fault("other answer", 6, "malformed", login, text(Vsphere.response("Other", ""))));
    all.add(new Fault("wrong login", 6, "the password is wrong", login, fault("InvalidLogin")));
    all.add(new Fault("expired", 6, "session has ended", create, fault("NotAuthenticated")));
    all.add(
        new Fault(
            "privilege",
            5,
            "VirtualMachine.State.CreateSnapshot",
            create,
            Vsphere.fault(
                "NoPermission",
                "no",
                "<privilegeId>VirtualMachine.State.CreateSnapshot</privilegeId>")));
    all.add(new Fault("license", 5, "vim-cmd", create, fault("RestrictedVersion")));
    all.add(new Fault("busy", 5, "other task", create, fault("TaskInProgress")));
    all.add(new Fault("maintenance", 5, "maintenance mode", export, fault("InvalidHostState")));
    all.add(new Fault("no export", 5, "locked", export, Vsphere.fault("FileLocked", "locked", "")));
    all.add(new Fault("empty export", 4, "", "/nfc", text("")));
    all.add(new Fault("other export", 4, "", "/nfc", text("x".repeat(2000))));
    all.add(new Fault("cut export", 6, "", "/nfc", cut()));
    all.add(new Fault("no descriptor", 6, "HTTP 404", "/folder", status(404)));
    all.add(new Fault("other descriptor", 4, "", "/folder", text("hello")));
    all.add(
        new Fault(
            "export cut in the middle",
            7,
            "run the same command again",
            "/nfc",
            (exchange, body) -> {
              var bytes = Files.readAllBytes(folder.resolve("export.vmdk"));
              exchange.sendResponseHeaders(200, bytes.length);
              exchange.getResponseBody().write(bytes, 0, bytes.length / 2);
              exchange.getResponseBody().flush();
            }));
    all.add(
        new Fault(
            "export ended", 7, "no lease", "HttpNfcLeaseComplete", fault("ManagedObjectNotFound")));
    all.add(
        new Fault(
            "in the clear",
            6,
            "not encrypted",
            "RetrievePropertiesEx",
            (exchange, body) -> {
              if (body.contains(">lease-1<")) {
                Vsphere.say(exchange, host.lease("ready", "").replace("https://", "http://"));
              } else {
                host.usual(exchange, body);
              }
            }));
    return all;
  }

  private static Vsphere.Reply fault(String type) {
    return Vsphere.fault(type, "no lease or so", "");
  }

  @Test
  void whatever_goes_wrong_leaves_nothing_at_the_host() throws IOException {
    try (var host = Vsphere.start(folder, false)) {
      base(host, folder, 2);
      for (var fault : faults(host)) {
        host.answering(fault.what(), fault.reply());
        var run = Cli.run("copy", "--create", host.uri(), copy);
        host.mend();
        var said = fault.name() + ": " + run.stderr();
        assertEquals(fault.status(), run.status(), said);
        assertTrue(run.stderr().contains(fault.words()), said);
        assertFalse(host.hasSnapshots(), said);
        assertEquals(0, host.leases(), said);
        assertEquals("poweredOn", host.power(), said);
        Files.deleteIfExists(copy);
      }
    }
  }

  private void refused(int status, String words, Object... command) {
    var run = Cli.run(command);
    assertEquals(status, run.status(), run.stderr());
    assertTrue(run.stderr().contains(words), run.stderr());
  }

  @Test
  void what_is_in_the_way_is_said_before_anything_is_touched() throws IOException {
    try (var host = Vsphere.start(folder, false)) {
      base(host, folder, 3);
      var other = host.uri().replace(host.thumbprint(), "ab".repeat(32));
      refused(6, "another thumbprint: ", "copy", "--create", other, copy);
      var unknown = host.uri().replaceFirst("thumbprint=[0-9a-f]+&", "");
      refused(6, "add thumbprint=", "copy", "--create", unknown, copy);
      refused(2, "there is no machine", "copy", "--create", host.uriOf("web"), copy);
      refused(2, "has no such disk", "copy", "--create", host.uri("disk=x"), copy);
      refused(2, "no snapshot of that name", "copy", "--create", host.uri("snapshot=x"), copy);
      refused(2, "run this there", "copy", host.uri(), "host:/dev/x");
      refused(5, "", "copy", host.uri(), copy);
      for (var mode : List.of("independent_persistent", "independent_nonpersistent")) {
        host.saying("<diskMode>" + mode + "</diskMode>");
        refused(5, "is independent", "copy", "--create", host.uri(), copy);
      }
      host.saying("<diskMode>persistent</diskMode><sharing>sharingMultiWriter</sharing>");
      refused(5, "is shared", "copy", "--create", host.uri(), copy);
      host.saying("<diskMode>persistent</diskMode><keyId><keyId>k</keyId></keyId>");
      refused(5, "is encrypted", "copy", "--create", host.uri(), copy);
      assertFalse(Files.exists(copy));
      assertFalse(host.calls().contains("CreateSnapshot_Task"));
    }
  }

  @Test
  void a_person_vouches_for_a_certificate_once() throws Exception {
    try (var host = Vsphere.start(folder, false)) {
      base(host, folder, 9);
      var inspect =
          "sh %s/bin/blkdelta inspect '%s'"
              .formatted(
                  System.getProperty("blkdelta.image"),
                  host.uri().replaceFirst("thumbprint=[0-9a-f]+&", ""));
      var onTerminal = List.of("script", "-qec", inspect, "/dev/null");
      var unasked = List.of("sh", "-c", inspect);
      said(6, "add thumbprint=", unasked, "yes\n");
      var question = said(6, "add thumbprint=", onTerminal, "no\n");
      assertTrue(question.contains("Is this the right host"), question);
      said(0, "poweredOn", onTerminal, "yes\n");
      said(0, "poweredOn", unasked, "");
      var known = folder.resolve("state/vsphere_hosts");
      Files.writeString(known, Files.readString(known).replaceFirst(" ..:..", " 00:00"));
      said(6, known + ", line 1, but has another thumbprint: ", unasked, "");
      said(6, "another thumbprint: ", onTerminal, "yes\n");
    }
  }

  /// Checks what a command says that is given an answer.
  private String said(int status, String words, List<String> command, String answer)
      throws Exception {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("BLKDELTA_STATE", folder.resolve("state").toString());
    var process = builder.start();
    try (var out = process.getOutputStream()) {
      out.write(answer.getBytes(StandardCharsets.UTF_8));
      out.flush();
      var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(status, process.waitFor(), text);
      assertTrue(text.contains(words), text);
      return text;
    }
  }

  @Test
  void a_host_that_gives_no_parts_of_files_gives_all_of_them() throws IOException {
    try (var host = Vsphere.start(folder, false)) {
      base(host, folder, 4);
      Cli.run("copy", "--create", host.uri(), copy).ok();
      var again = Cli.run("copy", host.uri(), copy).ok();
      assertTrue(again.stderr().contains("which is there already"), again.stderr());
      var top = delta(host, folder);
      host.givingNoParts().power("PowerOffVM_Task");
      var sync = Cli.run("sync", host.uri(), copy).ok();
      assertTrue(sync.stderr().contains("fetching all of it"), sync.stderr());
      assertArrayEquals(top, Files.readAllBytes(copy));
    }
  }

  @Test
  void a_name_may_be_odd_and_several_machines_may_have_it() throws IOException {
    try (var host = Vsphere.start(folder, false)) {
      content = base(host, folder, 5);
      var odd = "w\u00e9b <&> \"1\" 'x' + ;#?";
      var escaped = odd.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
      host.rename(host.machine(), escaped);
      var uri = host.uriOf(URLEncoder.encode(odd, StandardCharsets.UTF_8).replace("+", "%20"));
      Cli.run("copy", "--create", uri, copy).ok();
      assertArrayEquals(content, Files.readAllBytes(copy));
      host.otherIsCalled(escaped);
      var two = Cli.run("copy", uri, copy);
      assertEquals(2, two.status(), two.stderr());
      var uuids = two.stderr().replaceAll("(?s).*machines have that name; name one by (.*)", "$1");
      var each = uuids.strip().split(" or ");
      assertEquals(2, each.length, two.stderr());
      assertTrue(
          List.of(each).stream()
              .map(uuid -> host.uriOf("").replace("/?", "/" + uuid + "&"))
              .map(named -> Cli.run("inspect", named).ok().stdout())
              .anyMatch(told -> told.contains("snapshot:  blkdelta")),
          uuids);
    }
  }

  @Test
  void snapshots_of_others_are_in_the_way() throws IOException {
    try (var host = Vsphere.start(folder, false)) {
      base(host, folder, 6);
      host.snapshot("before the update");
      refused(5, "\"before the update\"", "copy", "--create", host.uri(), copy);
      assertFalse(host.calls().contains("CreateSnapshot_Task"));
    }
  }

  /// Gives the export in pieces, so that it takes seconds.
  private Vsphere.Reply slowly(int seconds) {
    return (exchange, body) -> {
      var bytes = Files.readAllBytes(folder.resolve("export.vmdk"));
      exchange.sendResponseHeaders(200, 0);
      var out = exchange.getResponseBody();
      int steps = seconds * 10;
      for (int i = 0; i < steps; i++) {
        int from = (int) ((long) bytes.length * i / steps);
        out.write(bytes, from, (int) ((long) bytes.length * (i + 1) / steps) - from);
        out.flush();
        LockSupport.parkNanos(100_000_000);
      }
      out.close();
    };
  }

  @Test
  void a_lease_lives_as_long_as_the_host_hears_of_progress() throws IOException {
    try (var host = Vsphere.start(folder, false)) {
      content = base(host, folder, 7);
      host.leasing(2).answering("/nfc", slowly(4));
      Cli.run("copy", "--create", host.uri(), copy).ok();
      assertArrayEquals(content, Files.readAllBytes(copy));
      long beats = host.calls().stream().filter("HttpNfcLeaseProgress"::equals).count();
      assertTrue(beats >= 5, beats + " beats");
      host.answering("HttpNfcLeaseProgress", fault("Timedout"));
      refused(7, "Timedout", "copy", host.uri(), copy);
      assertEquals(0, host.leases());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void a_signal_leaves_nothing_at_the_host(String signal) throws Exception {
    try (var host = Vsphere.start(folder, false)) {
      base(host, folder, 8);
      host.answering("/nfc", slowly(60));
      var process = launched("copy", "--create", host.uri(), copy.toString());
      while (!host.calls().contains("/nfc")) {
        assertTrue(process.isAlive(), Files.readString(folder.resolve("said")));
        LockSupport.parkNanos(50_000_000);
      }
      Programs.run("kill", "-" + signal, "" + process.pid());
      assertTrue(process.waitFor(30, TimeUnit.SECONDS));
      assertEquals(signal.equals("TERM") ? 143 : 130, process.exitValue());
      assertFalse(host.hasSnapshots());
      assertEquals(0, host.leases());
      assertEquals("poweredOn", host.power());
    }
  }

  @Test
  void the_password_is_never_seen() throws Exception {
    try (var host = Vsphere.start(folder, false)) {
      base(host, folder, 9);
      host.answering("/nfc", slowly(2));
      var receipt = folder.resolve("receipt.json");
      var process =
          launched("copy", "--create", "-v", "--receipt", "" + receipt, host.uri(), "" + copy);
      var seen = new StringBuilder();
      while (!process.waitFor(50, TimeUnit.MILLISECONDS)) {
        var own = Path.of("/proc", "" + process.pid());
        for (var name : List.of("cmdline", "environ")) {
          try {
            seen.append(Files.readString(own.resolve(name), StandardCharsets.ISO_8859_1));
          } catch (IOException ended) {
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), ended.toString());
          }
        }
      }
      assertEquals(0, process.exitValue());
      assertTrue(seen.toString().contains("password-file="));
      try (var all = Files.walk(folder.resolve("state"))) {
        for (var file : all.filter(Files::isRegularFile).toList()) {
          seen.append(Files.readString(file, StandardCharsets.ISO_8859_1));
        }
      }
      seen.append(Files.readString(folder.resolve("said"))).append(Files.readString(receipt));
      assertFalse(seen.toString().contains(Vsphere.SECRET), seen.toString());
    }
  }

  private Process launched(String... words) throws IOException {
    var command = new ArrayList<>(Launched.HEARING_INT);
    command.add(System.getProperty("blkdelta.image") + "/bin/blkdelta");
    command.addAll(List.of(words));
    var builder = new ProcessBuilder(command);
    builder.environment().put("BLKDELTA_STATE", folder.resolve("state").toString());
    builder.redirectErrorStream(true);
    builder.redirectOutput(folder.resolve("said").toFile());
    return builder.start();
  }
}
