package org.blkdelta.migrate;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.remote.FarCommand;
import org.blkdelta.remote.ProgramImage;
import org.blkdelta.vsphere.MachineUri;

/// The hooks of virtual machines that a well-known program has, by the names of the job file. They
/// are programs and their arguments; `sh -c` takes the machine's name as `$1`, never as a part of
/// its text.
final class Preset {

  private static final Pattern LIBVIRT = Pattern.compile("libvirt:([^/\\s-][^/\\s]{0,200})");
  private static final Pattern PROXMOX = Pattern.compile("proxmox:([1-9][0-9]{2,8})");

  /// Remembers that the host started the machine by itself, until it does so again.
  private static final String FLAG =
      "f=${BLKDELTA_STATE:-/var/lib/blkdelta}/jobs/$BLKDELTA_JOB/autostart; ";

  private Preset() {}

  /// Returns the hooks of a machine, or empty if that is none that is known.
  ///
  /// @param vm such as `libvirt:web` or `proxmox:101`
  static Optional<Map<String, List<String>>> of(String vm) {
    var libvirt = ofLibvirt(vm);
    if (libvirt.isPresent()) {
      return libvirt.map(Preset::libvirt);
    }
    var proxmox = PROXMOX.matcher(vm);
    return proxmox.matches() ? Optional.of(proxmox(proxmox.group(1))) : Optional.empty();
  }

  /// Returns the name that libvirt has for a machine, or empty if another program runs it.
  static Optional<String> ofLibvirt(String vm) {
    var libvirt = LIBVIRT.matcher(vm);
    return libvirt.matches() ? Optional.of(libvirt.group(1)) : Optional.empty();
  }

  private static Map<String, List<String>> libvirt(String name) {
    var hooks = new HashMap<String, List<String>>();
    var state = "s=$(virsh domstate \"$1\") || exit 2; ";
    var isOff = script(state + "test \"$s\" = 'shut off'", name);
    hooks.put("stop", List.of("virsh", "shutdown", name));
    hooks.put("is_off", isOff);
    hooks.put("start_source", List.of("virsh", "start", name));
    hooks.put(
        "hold",
        script(
            FLAG
                + "i=$(virsh dominfo \"$1\") || exit 1; case $i in *Autostart:*enable*) : >\"$f\" || exit 1;;"
                + " esac; virsh autostart --disable \"$1\"",
            name));
    hooks.put(
        "release",
        script(FLAG + "test ! -e \"$f\" || { virsh autostart \"$1\" && rm -f \"$f\"; }", name));
    hooks.put("freeze", List.of("virsh", "domfsfreeze", name));
    hooks.put("thaw", List.of("virsh", "domfsthaw", name));
    hooks.put("start", List.of("virsh", "start", name));
    hooks.put("is_up", script(state + "test \"$s\" = running", name));
    hooks.put("is_off_there", isOff);
    return hooks;
  }

  private static Map<String, List<String>> proxmox(String id) {
    var hooks = new HashMap<String, List<String>>();
    var state = "s=$(qm status \"$1\") || exit 2; ";
    var isOff = script(state + "test \"$s\" = 'status: stopped'", id);
    hooks.put("stop", script("qm shutdown \"$1\" --timeout 1 || true", id));
    hooks.put("is_off", isOff);
    hooks.put("start_source", List.of("qm", "start", id));
    hooks.put(
        "hold",
        script(
            FLAG
                + "c=$(qm config \"$1\") || exit 1; case $c in *'onboot: 1'*) : >\"$f\" || exit 1;; esac;"
                + " qm set \"$1\" --onboot 0",
            id));
    hooks.put(
        "release",
        script(FLAG + "test ! -e \"$f\" || { qm set \"$1\" --onboot 1 && rm -f \"$f\"; }", id));
    hooks.put("freeze", List.of("qm", "guest", "cmd", id, "fsfreeze-freeze"));
    hooks.put("thaw", List.of("qm", "guest", "cmd", id, "fsfreeze-thaw"));
    hooks.put("start", List.of("qm", "start", id));
    hooks.put("is_up", script(state + "test \"$s\" = 'status: running'", id));
    hooks.put("is_off_there", isOff);
    return hooks;
  }

  /// Returns the hooks of a machine of vSphere. They run here, and talk to its host. A machine that
  /// its host starts by itself is not handed over.
  static Map<String, List<String>> vsphere(MachineUri machine) {
    var program = ProgramImage.launcher().map(Object::toString).orElse(FarCommand.NAME);
    var hooks = new HashMap<String, List<String>>();
    hooks.put("stop", List.of(program, "machine", "stop", machine.text()));
    hooks.put(
        "is_off",
        List.of(
            "sh",
            "-c",
            "s=$(\"$1\" machine power \"$2\") || exit 2; test \"$s\" = poweredOff",
            "sh",
            program,
            machine.text()));
    hooks.put("start_source", List.of(program, "machine", "start", machine.text()));
    hooks.put("hold", List.of(program, "machine", "hold", machine.text()));
    hooks.put("release", List.of("true"));
    return hooks;
  }

  private static List<String> script(String text, String machine) {
    return List.of("sh", "-c", text, "sh", machine);
  }
}
