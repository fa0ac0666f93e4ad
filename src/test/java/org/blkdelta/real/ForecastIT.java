package org.blkdelta.real;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// How long a machine that writes at a constant rate is off, on a real kernel's LVM and over a real
/// sshd: what was forecast, and with several disks. `-Dblkdelta.migrate.moves=10` has it move so
/// often; by default these tests don't run, as they take half an hour.
@EnabledIfSystemProperty(named = "blkdelta.migrate.moves", matches = "[1-9][0-9]*")
@Execution(ExecutionMode.CONCURRENT)
class ForecastIT {

  private static final int MOVES = Integer.getInteger("blkdelta.migrate.moves", 0);
  private static final int OF_TEN = 9;
  private static final double SLACK = 1.2;

  /// `moved JOB WORDS…` moves it by these words of `blkdelta migrate`, sets `down` to the seconds
  /// between the hook that stops it and its start, and takes it back.
  private static final String WORDS =
      """
      timed() {
        sed -i 's|^stop = .*|stop = ["sh", "-c", "cut -d\\\\" \\\\" -f1 /proc/uptime >/tmp/stopped; kill $(cat /tmp/old.pid)"]|
          s|^start = .*|start = ["sh", "-c", "/tmp/vm-up new \\&\\& cut -d\\\\" \\\\" -f1 /proc/uptime >/tmp/started"]|
          s/^stop_within = .*/stop_within = "1m"/
          s/^verify = .*/verify = "none"/' /tmp/$1.toml
      }
      moved() {
        local job=$1
        shift
        rm -f /tmp/new.acked
        expect 0 '' blkdelta migrate "$@" --json /tmp/$job.toml
        cp /tmp/out /tmp/told
        down=$(awk -v a=$(cat /tmp/stopped) -v b=$(cat /tmp/started) 'BEGIN { printf "%.1f", b - a }')
        kill $(cat /tmp/new.pid)
        while test -e /tmp/new.pid; do sleep 0.2; done
        expect 0 '' blkdelta migrate rollback /tmp/$job.toml
        is_on old
      }
      """;

  @Test
  void nine_of_ten_moves_take_what_was_forecast() throws IOException {
    var moves =
        run(
            """
            lvcreate -qq -y -Wn -L 8M -n web vg
            lvcreate -qq -y --type thin-pool -L 16M --poolmetadatasize 2M -c 64k -n pool vg
            lvcreate -qq -y -V 8M --thinpool pool -n data vg
            lvcreate -qq -y -Wn -L 8M -n web new
            lvcreate -qq -y -Wn -L 8M -n data new
            job push destination
            timed push
            sed -i 's/^max_downtime = .*/max_downtime = "10m"\\nbwlimit = "300K"/' /tmp/push.toml
            echo web:2048 data:2048 >/tmp/volumes
            echo 0.1 >/tmp/pause
            echo 3 >/tmp/slowly
            /tmp/vm-up old
            expect 0 '' blkdelta migrate round /tmp/push.toml
            for i in $(seq MOVES); do
              expect 0 '' blkdelta migrate round /tmp/push.toml
              moved push run
              echo $(sed -n 's/.*"downtime":{"seconds":\\([0-9.]*\\),"low":\\([0-9.]*\\),"high":\\([0-9.]*\\).*/\\1 \\2 \\3/p' /tmp/told |
                tail -n 1) $down $(sed -n '$s/.*"seconds":\\([0-9]*\\).*/\\1/p' /tmp/told)
            done
            """
                .replace("MOVES", Integer.toString(MOVES)));
    int within = 0;
    for (var move : moves) {
      double low = number(move, 1);
      double high = number(move, 2);
      double actual = number(move, 3);
      within += low <= actual && actual <= high ? 1 : 0;
      System.out.printf(
          "forecast %s s (%s to %s); was %s s, told as %s s%n",
          move[0], move[1], move[2], move[3], move[4]);
    }
    assertTrue(within * 10 >= moves.size() * OF_TEN, within + " of " + moves.size());
  }

  @Test
  void three_disks_take_little_longer_than_the_slowest_of_them() throws IOException {
    var moves =
        run(
            """
            lvcreate -qq -y -Wn -L 16M -n slow vg
            lvcreate -qq -y -Wn -L 1M -n web vg
            lvcreate -qq -y --type thin-pool -L 4M --poolmetadatasize 2M -c 64k -n pool vg
            lvcreate -qq -y -V 1M --thinpool pool -n data vg
            lvcreate -qq -y -Wn -L 16M -n slow new
            lvcreate -qq -y -Wn -L 4M -n web new
            lvcreate -qq -y -Wn -L 4M -n data new
            job alone destination
            timed alone
            sed -i 's/^max_downtime = .*/parallel = 3\\nbwlimit = "100K"/' /tmp/alone.toml
            perl -0pe 's|name = "alone"|name = "three"|; s|(?=\\[rounds)|[[disk]]\\nfrom = "vg/slow"\\nto = "/dev/new/slow"\\nsnapshot = { size = "100%" }\\n|' \\
              /tmp/alone.toml >/tmp/three.toml
            perl -0pi -e 's|/web"|/slow"|g; s|"50%"|"100%"|; s|\\[\\[disk\\]\\]\\nfrom = "vg/data"\\nto = .*\\n||' /tmp/alone.toml
            echo 0.1 >/tmp/pause
            moves() { # JOB
              /tmp/vm-up old
              for i in $(seq MOVES); do
                expect 0 '' blkdelta migrate round /tmp/$1.toml
                expect 0 '' blkdelta migrate round /tmp/$1.toml
                sleep 120 # in a guest a start takes seconds, so there must be minutes of changes
                moved $1 cutover
                echo $1 $down
              done
              expect 0 '' blkdelta migrate finish /tmp/$1.toml
              kill $(cat /tmp/old.pid)
              while test -e /tmp/old.pid; do sleep 0.2; done
              rm /tmp/old.acked
              for volume in slow web data; do
                blkdiscard -z /dev/vg/$volume
              done
            }
            echo slow:4096 >/tmp/volumes
            moves alone
            echo slow:4096 web:16 data:16 >/tmp/volumes
            moves three
            """
                .replace("MOVES", Integer.toString((MOVES + 2) / 3)));
    double alone = median(moves, "alone");
    double three = median(moves, "three");
    moves.forEach(move -> System.out.println(String.join(" ", move) + " s"));
    assertTrue(three <= SLACK * alone, "%s s; the slowest alone: %s s".formatted(three, alone));
  }

  private static List<String[]> run(String script) throws IOException {
    try (var guest = LvmScripts.guest(90, "96M", "48M")) {
      var run =
          guest.run(
              LvmScripts.WORDS
                  + CutoverIT.MACHINE
                  + WORDS
                  + """
                  lvm_up
                  far_end_up
                  vgcreate -qq new /dev/ubdb >/tmp/made 2>&1
                  """
                  + script);
      run.ok();
      return run.stdout().lines().map(line -> line.split(" ")).toList();
    }
  }

  private static double median(List<String[]> moves, String job) {
    var sorted =
        moves.stream()
            .filter(move -> move[0].equals(job))
            .mapToDouble(move -> number(move, 1))
            .sorted()
            .toArray();
    return sorted[sorted.length / 2];
  }

  private static double number(String[] move, int word) {
    return Double.parseDouble(move[word]);
  }
}
