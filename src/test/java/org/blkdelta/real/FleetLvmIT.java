package org.blkdelta.real;

import java.io.IOException;
import java.nio.file.Path;
import org.blkdelta.disk.Programs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/// The Ansible collection on a real kernel's LVM: a machine with a classic volume and a thin one is
/// moved, and a second run changes nothing. It takes ten minutes, so it runs only with
/// `-Dblkdelta.fleet=true`.
@Execution(ExecutionMode.CONCURRENT)
class FleetLvmIT {

  @Test
  @EnabledIfSystemProperty(named = "blkdelta.fleet", matches = "true")
  void a_machine_moves_and_a_second_run_changes_nothing() throws IOException {
    Programs.require("ansible-playbook", "ansible-galaxy");
    var scripts = Path.of("src/test/resources/ansible").toAbsolutePath();
    try (var guest = LvmScripts.guest("96M", "32M")) {
      guest
          .run(
              LvmScripts.WORDS
                  + """
                  SCRIPTS='%s' COLLECTION='%s'
                  """
                      .formatted(scripts, Fleet.collection().toAbsolutePath())
                  + """
                  lvm_up
                  far_end_up
                  vgcreate -qq new /dev/ubdb >/tmp/made 2>&1
                  lvcreate -qq -y -Wn -L 8M -n web vg
                  lvcreate -qq -y --type thin-pool -L 24M --poolmetadatasize 2M -c 64k -n pool vg
                  lvcreate -qq -y -V 8M --thinpool pool -n data vg
                  mkdir -p /shared/on /shared/acked /shared/stubborn /shared/broken
                  install -m 755 $SCRIPTS/vm.py /usr/local/bin/vm
                  VM_HOST=old1 VM_VOLUMES='/dev/vg/web /dev/vg/data' vm start web

                  export LC_ALL=C.UTF-8 ANSIBLE_PIPELINING=1 ANSIBLE_COLLECTIONS_PATH=/tmp/c TOLD=/tmp/told
                  export ANSIBLE_CALLBACK_PLUGINS=$SCRIPTS/callbacks ANSIBLE_CALLBACKS_ENABLED=told
                  ansible-galaxy collection install --offline -p /tmp/c "$COLLECTION" >/tmp/installed
                  play() {
                    ansible-playbook -i $SCRIPTS/guest.yml $SCRIPTS/lifecycle.yml "$@" >/tmp/played 2>&1 ||
                      { cat /tmp/played >&2; return 1; }
                  }
                  play
                  grep -q '"changed": 4' $TOLD || { cat /tmp/played >&2; exit 1; }
                  test "$(ls /shared)" = "$(printf 'acked\\nbroken\\non\\nstubborn')"
                  test "$(ls /shared/on)" = web@new1
                  test "$(lvs --noheadings -o lv_name -S 'lv_name=~"-r[0-9]"' vg)" = ''
                  grep -q '"what":"changes"' /var/lib/blkdelta/jobs/web/journal.ndjson
                  play
                  grep -q '"changed": 0' $TOLD || { cat /tmp/played >&2; exit 1; }
                  play --check
                  grep -q '"changed": 0' $TOLD || { cat /tmp/played >&2; exit 1; }
                  VM_HOST=new1 vm stop web
                  """)
          .ok();
    }
  }
}
