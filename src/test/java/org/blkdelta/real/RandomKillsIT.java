package org.blkdelta.real;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// Cutovers of a machine that writes all the time, on a real kernel's LVM. Whoever leads one, its
/// guardian, the connections or the source's whole host die, or the network is down for a while,
/// at random moments. The machine is never on at both sides, starts at the destination only with
/// the source's bytes, and is on at the source again in time: within the deadline and a minute
/// after any failure before the hand-over.
///
/// `-Dblkdelta.migrate.kills=100` tries as many, `-Dblkdelta.seed=N` the same ones again.
@Execution(ExecutionMode.CONCURRENT)
class RandomKillsIT {

  private static final int SCHEDULES = Integer.getInteger("blkdelta.migrate.kills", 1);
  private static final List<String> EVENTS =
      List.of("leader", "guardian", "link", "sessions", "host", "loop");
  private static final int MAX_DELAY_MILLIS = 16_000;
  private static final int MAX_STOP_SECONDS = 5;

  /// Longer than the lease, at times.
  private static final int MAX_LINK_SECONDS = 25;

  /// `schedule JOB STOP_SECONDS EVENT MILLIS SECONDS [EVENT MILLIS SECONDS]` is one. An event
  /// comes so long after the guardian has begun, and takes so long if it is one of the network.
  /// A host that restarts is played: its programs die at once, and the kernel has another name.
  private static final String WORDS =
      """
      DEADLINE=90
      cat >/tmp/before <<'SH'
      [ $1 = new ] || exit 0
      [ ! -e /tmp/compared ] || exit 0
      cmp /dev/vg/web /dev/new/web && cmp /dev/vg/data /dev/new/data && : >/tmp/compared && exit 0
      : >/tmp/different
      exit 1
      SH
      cat /proc/sys/kernel/random/uuid >/tmp/boot_id
      mount --bind /tmp/boot_id /proc/sys/kernel/random/boot_id
      count=0
      log() { echo /var/lib/blkdelta/jobs/$job/guardian.ndjson; }
      state() { sed -n '$s/.*"state":"\\([A-Z_]*\\)".*/\\1/p' "$(log)" 2>/dev/null || true; }
      begin() { head -n 1 "$(log)" 2>/dev/null || true; }
      seconds() { cut -d. -f1 /proc/uptime; }
      wrong() { # WORDS
        echo "schedule $count: $*" >&2
        cat /tmp/out /tmp/err "$(log)" /tmp/settled >&2 || true
        tail -n 20 "/var/lib/blkdelta/jobs/$job/journal.ndjson" /tmp/old.log /tmp/new.log >&2 || true
        ps -ef | grep -v '\\[' >&2
        exit 1
      }
      check() {
        ! test -e /tmp/both || wrong started at both sides
        ! test -e /tmp/different || wrong other bytes at the destination
        ! test -e /tmp/old.pid || ! test -e /tmp/new.pid || wrong on at both sides
      }
      gone() { pkill -KILL -f "$1" || true; }
      restart() {
        gone 'trap .. HUP; while :; do'
        gone 'Main guardian'
        gone 'sshd: root|sshd-session: root'
        [ $job = pull ] || gone 'Main migrate'
        gone '/tmp/vm-up old|machine.pl old'
        sleep 0.2
        gone '/tmp/vm-up old|machine.pl old'
        rm -f /tmp/old.pid
        cat /proc/sys/kernel/random/uuid >/tmp/boot_id
        sleep 2
        [ -e /tmp/held ] || /tmp/vm-up old
      }
      event() { # EVENT MILLIS SECONDS LEADER
        local i
        for i in $(seq 300); do
          [ "$(begin)" = "$before" ] || break
          sleep 0.1
        done
        for i in $(seq $(($2 / 200))); do
          kill -0 $4 2>/dev/null || return 0
          sleep 0.2
        done
        [ -s /tmp/failed ] || seconds >/tmp/failed
        echo "$1 at $(state)" >>/tmp/events
        case $1 in
          leader) gone 'Main migrate cutover' ;;
          guardian) gone 'Main guardian' ;;
          loop)
            gone 'trap .. HUP; while :; do'
            gone 'Main guardian'
            ;;
          sessions) gone 'sshd: root|sshd-session: root' ;;
          host) restart ;;
          link)
            ip link set lo down
            sleep $3
            ip link set lo up
            ;;
        esac
      }
      settled() {
        case $(state) in
          HANDED_OVER) true ;;
          RETURNING | RETURNED) is_on old ;;
          *) [ "$(begin)" = "$before" ] && is_on old ;;
        esac
      }
      schedule() {
        local events='' status=0 waited leader line needs=''
        job=$1
        count=$((count + 1))
        rm -f /tmp/failed /tmp/compared /tmp/new.acked /tmp/settled
        : >/tmp/events
        before=$(begin)
        echo $2 >/tmp/slowly
        shift 2
        line="$*"
        case $line in *host* | *loop*) needs=yes ;; esac
        blkdelta migrate cutover /tmp/$job.toml >/tmp/out 2>/tmp/err &
        leader=$!
        while [ $# -gt 0 ]; do
          event $1 $2 $3 $leader &
          events="$events $!"
          shift 3
        done
        while kill -0 $leader 2>/dev/null; do
          check
          sleep 0.5
        done
        wait $leader || status=$?
        wait $events
        [ -s /tmp/failed ] || seconds >/tmp/failed
        # without a loop or a host, nobody is left who can start it: the next command does
        until settled; do
          check
          [ $(($(seconds) - $(cat /tmp/failed))) -lt $((DEADLINE + 60)) ] || wrong 'not on at the source in time'
          [ -z "$needs" ] || blkdelta migrate round /tmp/$job.toml >/tmp/settled 2>&1 || true
          sleep 1
        done
        waited=$(($(seconds) - $(cat /tmp/failed)))
        check
        [ $status != 1 ] || wrong 'an internal error'
        [ $status != 0 ] || is_on new || wrong 'a success without a machine'
        echo "$count: $job: $line: $(tr '\\n' ';' </tmp/events) status $status," \\
          "$(state), $(is_on old && echo on || echo off) at the source after $waited s"
        rm -f /tmp/slowly
        [ $(state) != HANDED_OVER ] || taken_back
        check
      }
      taken_back() {
        local i
        for i in 1 2 3; do
          ! blkdelta migrate cutover /tmp/$job.toml >/tmp/out 2>/tmp/err || break
        done
        check
        is_on new || wrong 'not on at the destination'
        test -e /tmp/held || wrong 'not held at the source'
        kill $(cat /tmp/new.pid)
        while test -e /tmp/new.pid; do sleep 0.2; done
        for i in 1 2 3; do
          ! blkdelta migrate rollback /tmp/$job.toml >/tmp/out 2>/tmp/err || break
        done
        is_on old || wrong 'not taken back'
      }
      """;

  @Test
  void never_both_and_never_other_bytes_and_back_in_time_whoever_dies() throws IOException {
    long seed = Long.getLong("blkdelta.seed", System.nanoTime());
    System.out.println("seed of the kills: " + seed);
    try (var guest = LvmScripts.guest(150, "64M", "32M")) {
      var run =
          guest.run(
              LvmScripts.WORDS
                  + CutoverIT.MACHINE
                  + """
                  lvm_up
                  far_end_up
                  volumes
                  job push destination
                  job pull source
                  sed -i 's/stop_within = .*/stop_within = "15s"\\ndeadline = "90s"\\nlease = "15s"/;
                    s/verify = .*/verify = "none"/' \\
                    /tmp/push.toml /tmp/pull.toml
                  """
                  + WORDS
                  + "/tmp/vm-up old\n"
                  + script(new Random(seed)));
      System.out.print(run.stdout());
      run.ok();
    }
  }

  private static String script(Random random) {
    var script = new StringBuilder();
    var first = random.nextBoolean() ? "push" : "pull";
    var second = first.equals("push") ? "pull" : "push";
    schedules(random, first, SCHEDULES - SCHEDULES / 2, script);
    schedules(random, second, SCHEDULES / 2, script);
    return script.toString();
  }

  private static void schedules(Random random, String job, int count, StringBuilder script) {
    if (count == 0) {
      return;
    }
    script.append("expect 0 '' blkdelta migrate round /tmp/%s.toml\n".formatted(job));
    for (int i = 0; i < count; i++) {
      script.append("schedule ").append(job);
      script.append(' ').append(random.nextInt(MAX_STOP_SECONDS + 1));
      for (int events = random.nextInt(3) == 0 ? 2 : 1; events > 0; events--) {
        script.append(' ').append(EVENTS.get(random.nextInt(EVENTS.size())));
        script.append(' ').append(random.nextInt(MAX_DELAY_MILLIS));
        script.append(' ').append(1 + random.nextInt(MAX_LINK_SECONDS));
      }
      script.append('\n');
    }
    script.append("expect 0 'finished' blkdelta migrate finish /tmp/%s.toml\n".formatted(job));
  }
}
