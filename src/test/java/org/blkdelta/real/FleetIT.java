package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// The Ansible collection, on some hosts of this machine, with the program as Maven has packed it.
/// The machines are programs that write numbered records, and find at their start whether any is
/// missing. A build has time for one kill; `-Dblkdelta.fleet=true` runs the rest too, and
/// `-Dblkdelta.kills=20` and `-Dblkdelta.jobs=200` do more of it.
class FleetIT {

  private static final List<String> OLD1 = List.of("web", "shop", "mail");
  private static final List<String> OLD2 = List.of("db", "wiki", "build");
  private static final List<String> BOOKS =
      Stream.of("install", "jobs", "replicate", "move", "finish").map(FleetIT::ours).toList();

  private static final String SIX = "web,shop,mail,db,wiki,build,blkdelta_hosts";

  /// How many machines the inventory has for the kills.
  private static final int MACHINES = 40;

  @TempDir private Path temp;

  private static String ours(String book) {
    return "blkdelta.blkdelta." + book;
  }

  private static void machines(Fleet fleet) throws IOException {
    for (var name : OLD1) {
      fleet.machine("old1", name);
    }
    for (var name : OLD2) {
      fleet.machine("old2", name);
    }
  }

  private static Map<String, String> disks(Fleet fleet) throws IOException {
    var disks = new HashMap<String, String>();
    for (var host : List.of("old1", "old2", "new1")) {
      disks.put(host, fleet.disk(host));
    }
    return disks;
  }

  private static void assertUnchanged(
      Map<String, String> before, Map<String, String> after, String when) {
    for (var host : before.keySet()) {
      var added = new TreeSet<>(after.getOrDefault(host, "").lines().toList());
      var missing = new TreeSet<>(before.getOrDefault(host, "").lines().toList());
      var both = Set.copyOf(missing);
      missing.removeAll(added);
      added.removeAll(both);
      assertEquals(Set.of(), missing, () -> "%s: %s: gone; new: %s".formatted(when, host, added));
      assertEquals(Set.of(), added, () -> "%s: %s: new".formatted(when, host));
    }
  }

  private static Fleet.Played six(Fleet fleet, String book, String... more) throws IOException {
    var words = new ArrayList<>(List.of("--limit", SIX));
    words.addAll(List.of(more));
    return fleet.play(book, words.toArray(String[]::new));
  }

  private static void assertNothingWrong(Fleet fleet) throws IOException {
    assertFalse(Files.exists(fleet.shared("both")), "on at two hosts");
    var wrong = fleet.shared("wrong");
    assertFalse(Files.exists(wrong), () -> "see " + wrong);
  }

  @Test
  @EnabledIfSystemProperty(named = "blkdelta.fleet", matches = "true")
  void six_machines_move_and_whoever_fails_is_named() throws IOException {
    try (var fleet = Fleet.start(temp)) {
      machines(fleet);
      var before = disks(fleet);
      for (var book : BOOKS) {
        six(fleet, book, "--check", "--diff").ok();
      }
      assertUnchanged(before, disks(fleet), "check mode, before anything");
      six(fleet, ours("install")).ok();
      before = disks(fleet);
      var checked = six(fleet, ours("jobs"), "--check", "--diff").ok();
      assertTrue(checked.printed().contains("+from = \"vg0/web\""), checked.printed());
      assertEquals(6, checked.numbers("changed").size());
      assertUnchanged(before, disks(fleet), "check mode, before the jobs");
      six(fleet, ours("jobs")).ok();
      assertEquals(6, six(fleet, ours("replicate")).ok().numbers("changed").size());
      assertEquals(Map.of(), six(fleet, ours("replicate")).ok().numbers("changed"), "young enough");
      six(fleet, ours("verify")).ok();
      before = disks(fleet);
      assertEquals(6, six(fleet, ours("move"), "--check").ok().numbers("changed").size());
      assertUnchanged(before, disks(fleet), "check mode, before the move");

      // one does not stop, and one does not start; both are in the first wave
      Files.createFile(fleet.shared("stubborn/web"));
      Files.createFile(fleet.shared("broken/db"));
      var moved = six(fleet, "waves.yml");
      assertEquals(Set.of("web", "db"), moved.numbers("failures").keySet(), moved.printed());
      assertTrue(moved.printed().contains("web: runs at the source again (exit code 11)"));
      assertTrue(
          moved.printed().contains("db: is off at the source, and not up at the destination"));
      assertEquals(
          List.of("build@old2", "mail@new1", "shop@new1", "web@old1", "wiki@old2"), fleet.on());

      Files.delete(fleet.shared("stubborn/web"));
      Files.delete(fleet.shared("broken/db"));
      assertEquals(
          Set.of("web", "db", "wiki", "build"),
          six(fleet, ours("move")).ok().numbers("changed").keySet());
      assertEquals(
          Stream.concat(OLD1.stream(), OLD2.stream()).map(name -> name + "@new1").sorted().toList(),
          fleet.on());
      assertEquals(6, six(fleet, ours("finish")).ok().numbers("changed").size());
      for (var book : BOOKS) {
        assertEquals(Map.of(), six(fleet, book).ok().numbers("changed"), book + ", again");
      }
      before = disks(fleet);
      for (var book : BOOKS) {
        assertEquals(Map.of(), six(fleet, book, "--check").ok().numbers("changed"), book);
      }
      assertUnchanged(before, disks(fleet), "check mode, after everything");
      assertEquals("mail\nshop\nweb\n", fleet.run("old1", "ls /dev/vg0"));
      assertEquals("build\ndb\nwiki\n", fleet.run("old2", "ls /dev/vg0"));
      assertNothingWrong(fleet);
    }
  }

  @Test
  void a_controller_that_is_killed_anywhere_goes_on_when_it_is_run_again() throws Exception {
    int kills = Integer.getInteger("blkdelta.kills", 1);
    long seed = Long.getLong("blkdelta.seed", System.nanoTime());
    System.out.printf("-Dblkdelta.kills=%d -Dblkdelta.seed=%d%n", kills, seed);
    var random = new Random(seed);
    try (var fleet = Fleet.start(temp)) {
      fleet.play(ours("install"), "--limit", "blkdelta_hosts").ok();
      long usual = TimeUnit.SECONDS.toMillis(20);
      for (int i = 1, counted = 0; counted < kills && i <= MACHINES; i++) {
        var name = "k%02d".formatted(i);
        fleet.machine(i % 2 == 1 ? "old1" : "old2", name);
        var killed =
            fleet.playing("lifecycle.yml", temp.resolve("t"), temp.resolve("p"), "--limit", name);
        long after = random.nextLong(usual);
        boolean isOver = killed.waitFor(after, TimeUnit.MILLISECONDS);
        var children = killed.descendants().toList();
        killed.destroyForcibly().waitFor();
        children.forEach(ProcessHandle::destroyForcibly);
        var found = fleet.on();
        long start = System.nanoTime();
        var again = fleet.play("lifecycle.yml", "--limit", name).ok();
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        System.out.printf(
            "kill %d after %d ms%s, %s: again in %d ms, changed: %s%n",
            i, after, isOver ? " (it was over)" : "", found, took, again.numbers("changed"));
        counted += isOver ? 0 : 1;
        usual = isOver ? after : Math.max(usual, after + after / 4);
        assertEquals(List.of(name + "@new1"), fleet.on());
        assertNothingWrong(fleet);
        fleet.run(
            "new1", "vm stop %s; until vm is-off %s; do sleep 0.1; done".formatted(name, name));
      }
      assertEquals(Map.of(), fleet.play("lifecycle.yml", "--limit", "k01").ok().numbers("changed"));
      for (var host : List.of("old1", "old2")) {
        assertEquals("", fleet.run(host, "ls /dev/vg0 2>/dev/null | grep -e -r || true"));
      }
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "blkdelta.fleet", matches = "true")
  void a_controller_has_many_jobs_at_work() throws Exception {
    int jobs = Integer.getInteger("blkdelta.jobs", 20);
    int forks = Integer.getInteger("blkdelta.forks", 10);
    int seconds = Integer.getInteger("blkdelta.stub", 5);
    try (var fleet = Fleet.start(temp)) {
      for (var host : List.of("old1", "old2")) {
        fleet.run(
            host,
            "mkdir -p /etc/blkdelta && touch /etc/blkdelta/stub.toml && echo %d >/etc/blkdelta/stub.seconds"
                .formatted(seconds));
        Programs.run(
            "sh",
            "-c",
            "ssh -F '%s/keys/config' %s 'cat >/usr/local/bin/stub && chmod 755 /usr/local/bin/stub' <src/test/resources/ansible/stub.sh"
                .formatted(temp, host));
      }
      var told = temp.resolve("t");
      var printed = temp.resolve("p");
      long start = System.nanoTime();
      var playing =
          fleet.playing(
              "many.yml", told, printed, "-e", "jobs=" + jobs, "-f", Integer.toString(forks));
      long most = 0;
      while (!playing.waitFor(1, TimeUnit.SECONDS)) {
        most = Math.max(most, memory(playing.toHandle()));
      }
      double took = (System.nanoTime() - start) / 1e9;
      double least = (double) jobs * seconds / forks;
      System.out.printf(
          "%d jobs of %d s, %d forks: %.1f s, %.2f times the least; %d MiB at most%n",
          jobs, seconds, forks, took, took / least, most >> 10);
      var played = fleet.played(playing.exitValue(), told, printed).ok();
      assertEquals(jobs, played.numbers("changed").size());
      assertTrue(jobs < 200 || took <= 2 * least, "took " + took + " s");
    }
  }

  @Test
  void what_another_process_did_between_the_look_and_the_deed_is_no_failure() throws IOException {
    Programs.require("ansible");
    var root = temp.resolve("ansible_collections/blkdelta/blkdelta");
    Files.createDirectories(root);
    Programs.run("cp", "-r", "ansible/.", root.toString());
    var script =
        """
        cd '%1$s'
        export HOME='%1$s' ANSIBLE_COLLECTIONS_PATH='%1$s' LC_ALL=C.UTF-8
        cat >stub <<'STUB'
        #!/bin/sh
        case $2 in
          status)
            if [ -e "$0.moved" ]; then
              echo '{"job":"web","state":"done","running":false,"moved":true,"rounds":2}'
            else
              echo '{"job":"web","state":"rounds","running":false,"moved":false,"rounds":2}'
            fi ;;
          *)
            touch "$0.moved"
            echo 'blkdelta: job web: its machine was moved' >&2
            exit 5 ;;
        esac
        STUB
        chmod +x stub
        touch web.toml
        for state in synced moved; do
          rm -f stub.moved
          ansible -i localhost, -c local -m blkdelta.blkdelta.blkdelta_job \\
            -a "name=web path='%1$s/web.toml' executable='%1$s/stub' state=$state" localhost 2>&1
          test -e stub.moved
        done
        """
            .formatted(temp);
    var said = Programs.run("bash", "-ec", script);
    assertEquals(2, said.split("job web: its machine was moved", -1).length - 1, said);
    assertEquals(2, said.split("\"changed\": false", -1).length - 1, said);
  }

  @Test
  void ansible_lint_and_ansible_test_find_nothing() throws IOException {
    Programs.require(
        "ansible-galaxy", "ansible-lint", "ansible-test", "git", "pylint", "shellcheck");
    Programs.require(
        Stream.of("pycodestyle", "voluptuous", "yamllint").filter(FleetIT::isMissing).toList());
    var root = temp.resolve("ansible_collections/blkdelta/blkdelta");
    Files.createDirectories(root);
    Programs.run("cp", "-r", "ansible/.", root.toString());
    var script =
        """
        export HOME='%s' PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8
        export ANSIBLE_COLLECTIONS_PATH='%s'
        git init -q . && git add -A
        ansible-lint --offline --nocolor --profile production 2>&1
        /usr/bin/python3 '%s' --color no 2>&1
        """
            .formatted(
                temp, temp, Path.of("src/test/resources/ansible/sanity.py").toAbsolutePath());
    var said = Programs.run(new ProcessBuilder("bash", "-ec", script).directory(root.toFile()));
    assertTrue(said.contains("Passed with production profile: 0 failure(s), 0 warning(s)"), said);
    assertTrue(said.contains("Running sanity test \"validate-modules\""), said);
  }

  /// Returns how much memory a process and its children have, in KiB, each page counted once.
  private static long memory(ProcessHandle process) {
    return Stream.concat(Stream.of(process), process.descendants())
        .mapToLong(
            each -> {
              try (var lines = Files.lines(Path.of("/proc/" + each.pid() + "/smaps_rollup"))) {
                return lines
                    .filter(line -> line.startsWith("Pss:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .sum();
              } catch (IOException | UncheckedIOException ended) {
                return 0;
              }
            })
        .sum();
  }

  private static boolean isMissing(String module) {
    try {
      Programs.run("/usr/bin/python3", "-c", "import " + module);
      return false;
    } catch (IOException | AssertionError missing) {
      return true;
    }
  }

  @Test
  void the_archive_is_what_ansible_galaxy_makes() throws IOException {
    Programs.require("ansible-galaxy", "tar", "python3");
    var script =
        """
        export HOME='%1$s' PATH=/usr/local/bin:/usr/bin:/bin LC_ALL=C.UTF-8
        ansible-galaxy collection build --output-path '%1$s/built' ansible >/dev/null
        mkdir '%1$s/theirs' '%1$s/ours'
        tar -xzf '%1$s'/built/*.tar.gz -C '%1$s/theirs'
        tar -xzf '%2$s' -C '%1$s/ours'
        diff -r -x MANIFEST.json -x FILES.json '%1$s/theirs' '%1$s/ours'
        basename -a '%1$s'/built/*.tar.gz '%2$s' | uniq -c
        python3 - '%1$s' <<'PYTHON'
        import json, sys
        read = lambda who, name: json.load(open("%%s/%%s/%%s.json" %% (sys.argv[1], who, name)))
        info = [read(who, "MANIFEST")["collection_info"] for who in ("theirs", "ours")]
        files = [sorted(read(who, "FILES")["files"], key=str) for who in ("theirs", "ours")]
        assert info[0] == info[1], info
        assert files[0] == files[1], files
        PYTHON
        ansible-galaxy collection install --offline -p '%1$s/c' '%2$s' >/dev/null
        ansible-galaxy collection verify --offline -p '%1$s/c' blkdelta.blkdelta
        """
            .formatted(temp, Fleet.collection().toAbsolutePath());
    var said = Programs.run("bash", "-ec", script);
    assertTrue(said.contains("2 blkdelta-blkdelta-"), said);
    assertTrue(said.contains("Successfully verified"), said);
  }
}
