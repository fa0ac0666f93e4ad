package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.blkdelta.disk.Programs;
import org.blkdelta.uml.UmlGuest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Source and destination are two hosts with a network between them, and the power of one of them
/// is cut in the middle of a cutover; the other one goes on. Either is where the job is run. The
/// machine is never on at both, and has every write that it was told was durable; if it was not
/// handed over, it is on again at the source in time; and the same commands move it.
///
/// `-Dblkdelta.rounds=20` cuts as often, `-Dblkdelta.seed=N` at the same moments again.
@Execution(ExecutionMode.CONCURRENT)
class MoveBetweenHostsIT {

  private static final int ROUNDS = Integer.getInteger("blkdelta.rounds", 1);

  /// From the stop to the start it takes about so long in a guest.
  private static final int MAX_MILLIS = 30_000;

  private static final int MAX_AWAY_SECONDS = 40;

  /// `$side` is this host, `$leader` the one where the job is run, `$cut` the one without power,
  /// `$boot` 1 or 2. `/shared` is what the world sees of the machine, on whichever host it is; its
  /// files are the signs by which the two scripts wait for each other.
  private static final String SCRIPT =
      LvmScripts.WORDS
          + """
          DEADLINE=100
          mkdir -p /shared
          mount -t hostfs -o "$SHARED" none /shared
          sign() { : >/shared/$1; }
          await() {
            until [ -e /shared/$1 ]; do
              [ ! -e /shared/failed ] || exit 1
              sleep 0.2
            done
          }
          once() { if [ -e $1 ]; then cat >/dev/null; else cat >$1; fi; }
          """
          + CutoverIT.MACHINE.replace("cat >/tmp/", "once /tmp/").replace("/tmp/", "/shared/")
          + """
          address() { [ $1 = old ] && echo 10.9.0.1 || echo 10.9.0.2; }
          [ $leader = old ] && job=push other=new end=destination || job=pull other=old end=source
          log=/var/lib/blkdelta/jobs/$job/guardian.ndjson
          state() { sed -n '$s/.*"state":"\\([A-Z_]*\\)".*/\\1/p' $log 2>/dev/null || true; }

          host_up() {
            [ $boot = 2 ] || mkfs.ext4 -q /dev/ubdb
            mount /dev/ubdb /var/lib
            mkdir -p /var/lib/blkdelta
            far_end_up
            cp /shared/key ~/.ssh/id_ed25519
            cp /shared/host_key /run/sshd/shared_key
            chmod 600 ~/.ssh/id_ed25519 /run/sshd/shared_key
            cp /shared/key.pub ~/.ssh/authorized_keys
            sed 's/^/10.9.0.1,10.9.0.2 /' /shared/host_key.pub >~/.ssh/known_hosts
            ip address add $(address $side)/24 dev vec0
            ip link set vec0 up
            sed "s/^ListenAddress .*/ListenAddress $(address $side)/; s/host_key/shared_key/; /^PidFile/d" \\
              /run/sshd/config >/run/sshd/config2
            /usr/sbin/sshd -f /run/sshd/config2
          }
          disks_up() {
            if [ $boot = 2 ]; then
              vgchange -qq -ay
            elif [ $side = old ]; then
              lvm_up
              lvcreate -qq -y -Wn -L 4M -n web vg
              lvcreate -qq -y --type thin-pool -L 16M --poolmetadatasize 2M -c 64k -n pool vg
              lvcreate -qq -y -V 4M --thinpool pool -n data vg
            else
              lvm_up /dev/ubda new
              lvcreate -qq -y -Wn -L 4M -n web new
              lvcreate -qq -y -Wn -L 4M -n data new
            fi
          }
          first() {
            await old.ready
            await new.ready
            job $job $end
            sed -i "s/localhost/$(address $other)/; s|/shared/held|/var/lib/held|
              s/^stop_within = .*/&\\nlease = \\"15s\\"\\ndeadline = \\"${DEADLINE}s\\"/" /shared/$job.toml
            expect 0 '' blkdelta migrate round /shared/$job.toml
            sign round
            local status=0
            blkdelta migrate cutover /shared/$job.toml >/shared/first 2>&1 || status=$?
            echo "the first cutover: $status"
          }
          machine_up() {
            is_on new || /shared/vm-up new
            sign up
          }
          again() {
            await settled
            await booted
            local status
            for i in 1 2 3; do
              status=0
              blkdelta migrate cutover /shared/$job.toml >/tmp/out 2>/tmp/err || status=$?
              test ! -e /shared/both
              [ $status != 0 ] || break
            done
            [ $status = 0 ] || { cat /shared/first /tmp/err /shared/old.log /shared/new.log >&2; exit 1; }
            sign moved
            [ $side = old ] || machine_up
            await up
            not is_on old
            is_on new
            expect 0 'finished; 2 snapshots removed' blkdelta migrate finish /shared/$job.toml
            sign over
          }

          host_up
          disks_up
          if [ $side = $cut ] && [ $boot = 1 ]; then
            (await begun; touch $RESULTS/begun) &
          fi
          if [ $side = old ]; then
            if [ $boot = 1 ]; then
              await new.ready
              /shared/vm-up old
              (await round
              until grep -qs STOPPING $log; do sleep 0.05; done
              sign begun
              for i in $(seq $((DEADLINE + 60))); do
                [ ! -e /shared/away ] || ! is_on old && [ "$(state)" != HANDED_OVER ] || break
                sleep 1
              done
              [ "$(state)" = HANDED_OVER ] || is_on old || { sign failed; exit 1; }
              echo "$(state) after $i s"
              sign settled) &
              watcher=$!
            else
              echo "$(state) when it boots"
              [ -e /var/lib/held ] || /shared/vm-up old
              [ "$(state)" != HANDED_OVER ] || not is_on old
              sign settled
            fi
          fi
          sign $side.ready
          [ $boot = 1 ] || sign booted
          if [ $side = $leader ]; then
            [ $boot = 2 ] || first
            again
          fi
          if [ $side = new ] && [ $leader = old ]; then
            await moved
            machine_up
          fi
          await over
          [ -z "${watcher:-}" ] || wait $watcher
          [ $side = new ] || test -e /var/lib/held
          """;

  @TempDir Path folder;

  @Test
  void one_goes_on_when_the_other_has_no_power() throws Exception {
    long seed = Long.getLong("blkdelta.seed", System.nanoTime());
    System.out.println("seed of the power cuts: " + seed);
    var random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      int kind = random.nextInt(4);
      var leader = kind % 2 == 0 ? "old" : "new";
      var cut = kind / 2 == 0 ? "old" : "new";
      int millis = random.nextInt(MAX_MILLIS);
      int away = random.nextBoolean() ? 0 : random.nextInt(MAX_AWAY_SECONDS);
      System.out.printf(
          "MoveBetweenHostsIT: round %d: run at %s, %s is cut after %d ms for %d s%n",
          round, leader, cut, millis, away);
      var shared = Files.createDirectory(folder.resolve("round" + round));
      cut(shared, leader, cut, Duration.ofMillis(millis), away);
    }
  }

  private void cut(Path shared, String leader, String cut, Duration after, int away)
      throws Exception {
    for (var key : new String[] {"key", "host_key"}) {
      Programs.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "" + shared.resolve(key));
    }
    var ports = freePorts();
    try (var goesOn = guest(shared, ports[0], ports[1]);
        var falls = guest(shared, ports[1], ports[0])) {
      var words = "leader=%s\ncut=%s\n".formatted(leader, cut);
      var other = cut.equals("old") ? "new" : "old";
      var staying = new FutureTask<>(() -> run(goesOn, shared, script(words, other, 1)));
      Thread.ofPlatform().name("staying").start(staying);
      var first = falls.cut(script(words, cut, 1), after);
      var second = first;
      if (first.status() == UmlGuest.Run.CUT) {
        Files.deleteIfExists(shared.resolve(cut + ".pid"));
        Files.createFile(shared.resolve("away"));
        TimeUnit.SECONDS.sleep(away);
        second = run(falls, shared, script(words, cut, 2));
      }
      Files.writeString(shared.resolve("failed"), "or ended");
      var runs = List.of(first, second, staying.get());
      runs.forEach(run -> System.out.print(run.stdout()));
      assertEquals(
          List.of(UmlGuest.Run.CUT, 0, 0),
          runs.stream().map(UmlGuest.Run::status).toList(),
          runs::toString);
      assertFalse(Files.exists(shared.resolve("both")));
    }
  }

  private static String script(String words, String side, int boot) {
    return words + "side=%s\nboot=%d\n".formatted(side, boot) + SCRIPT;
  }

  /// Runs a script; if it fails, the other host's script does not wait for it any more.
  private static UmlGuest.Run run(UmlGuest guest, Path shared, String script) throws IOException {
    var run = guest.run(script);
    if (run.status() != 0) {
      Files.writeString(shared.resolve("failed"), "");
    }
    return run;
  }

  private static UmlGuest guest(Path shared, int port, int otherPort) throws IOException {
    return LvmScripts.builder(10, "64M", "32M")
        .environment("SHARED", shared.toString())
        .wire(port, otherPort)
        .build();
  }

  private static int[] freePorts() throws IOException {
    var here = InetAddress.getLoopbackAddress();
    try (var one = new DatagramSocket(0, here);
        var other = new DatagramSocket(0, here)) {
      return new int[] {one.getLocalPort(), other.getLocalPort()};
    }
  }
}
