package org.blkdelta.migrate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLStreamException;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.LvmName;

/// A machine of libvirt, as `virsh dumpxml` tells it, with other paths for the disks that are
/// copied. See <https://libvirt.org/formatdomain.html>.
///
/// @param document all of it
/// @param changes the disks that get other paths
/// @param needed what must be at the destination, too: paths, with what they are for
/// @param networks of libvirt that must be there
/// @param byHand what nobody can know but who runs the destination
record Domain(
    String document,
    List<Change> changes,
    Map<String, String> needed,
    Set<String> networks,
    List<String> byHand) {

  private static final int MAX_CHARS = 1 << 20;
  private static final Set<String> BY_HAND =
      Set.of("hostdev", "secret", "encryption", "commandline");
  private static final Set<String> FIRMWARE = Set.of("loader", "nvram", "kernel", "initrd", "dtb");
  private static final Set<String> REMOVABLE = Set.of("cdrom", "floppy");
  private static final String SWTPM = "/var/lib/libvirt/swtpm/";

  /// A disk that gets another path.
  ///
  /// @param drive such as `vda`
  /// @param from the path at the source
  record Change(String drive, String from, XmlEdit edit) {}

  /// Reads one.
  ///
  /// @param name that the machine must have
  /// @param copies the paths of the copies, by their volumes
  /// @throws SourceException if it cannot be believed
  static Domain read(String name, String document, Map<LvmName, String> copies)
      throws SourceException {
    var root = root(name, document);
    var names = root.all("name").stream().map(XmlElement::text).toList();
    if (!root.name().equals("domain") || !names.equals(List.of(name))) {
      throw new SourceException(
          "libvirt:%s: is not the machine's own name; see virsh list --all".formatted(name));
    }
    var domain =
        new Domain(
            document, new ArrayList<>(), new LinkedHashMap<>(), new TreeSet<>(), new ArrayList<>());
    root.all("devices", "disk").forEach(disk -> domain.addDisk(disk, copies));
    domain.addFirmware(root);
    domain.addDevices(root);
    return domain;
  }

  private static XmlElement root(String name, String document) throws SourceException {
    if (document.length() > MAX_CHARS) {
      throw new SourceException("libvirt:%s: virsh dumpxml says too much".formatted(name));
    }
    try {
      return XmlElement.read(document);
    } catch (XMLStreamException fault) {
      throw new SourceException(
          "libvirt:%s: virsh dumpxml says what cannot be read".formatted(name), fault);
    }
  }

  /// Returns the paths that the disks of a machine are on.
  ///
  /// @throws SourceException if the document cannot be believed
  static Set<String> disks(String name, String document) throws SourceException {
    return root(name, document).all("devices", "disk", "source").stream()
        .flatMap(source -> Stream.of(source.attribute("dev"), source.attribute("file")))
        .collect(Collectors.toSet());
  }

  /// Returns the document with the paths of the copies.
  String moved() {
    return XmlEdit.apply(document, changes.stream().map(Change::edit).toList());
  }

  private void addDisk(XmlElement disk, Map<LvmName, String> copies) {
    var target = disk.all("target").stream().map(each -> each.attribute("dev")).findFirst();
    var drive = Printable.of(target.orElse("a disk"), 32);
    boolean isRead =
        REMOVABLE.contains(disk.attribute("device")) || !disk.all("readonly").isEmpty();
    addSources(disk, drive, isRead, copies);
  }

  /// @param isRead whether the machine only reads them
  private void addSources(
      XmlElement in, String drive, boolean isRead, Map<LvmName, String> copies) {
    for (var child : in.children()) {
      if (!child.name().equals("source")) {
        addSources(child, drive, isRead || child.name().equals("backingStore"), copies);
        continue;
      }
      var attribute = child.attributes().containsKey("dev") ? "dev" : "file";
      var path = child.attribute(attribute);
      var copy = Drives.volume(path).map(copies::get);
      if (copy.isPresent()) {
        var edit = new XmlEdit(child.number(), attribute, copy.get());
        changes.add(new Change(drive, path, edit));
      } else if (!isRead) {
        var shown = path.isEmpty() ? "what it is on" : Printable.of(path, 128);
        byHand.add("%s: %s is not in the job".formatted(drive, shown));
      } else {
        need(path, drive);
      }
    }
  }

  private void addFirmware(XmlElement root) {
    for (var part : root.all("os").stream().flatMap(os -> os.children().stream()).toList()) {
      if (FIRMWARE.contains(part.name())) {
        need(part.text(), part.name());
        part.all("source").forEach(source -> need(source.attribute("file"), part.name()));
      }
    }
    for (var backend : root.all("devices", "tpm", "backend")) {
      if (backend.attribute("type").equals("emulator")) {
        root.all("uuid").forEach(uuid -> need(SWTPM + uuid.text(), "tpm"));
      } else {
        byHand.add("has a TPM of its host");
      }
    }
  }

  private void addDevices(XmlElement root) {
    root.all("devices", "emulator").forEach(each -> need(each.text(), "emulator"));
    for (var source : root.all("devices", "filesystem", "source")) {
      source.attributes().values().forEach(path -> need(path, "filesystem"));
    }
    for (var source : root.all("devices", "interface", "source")) {
      for (var link : List.of("bridge", "dev")) {
        if (!source.attribute(link).isEmpty() && source.attribute("network").isEmpty()) {
          need("/sys/class/net/" + source.attribute(link), "interface");
        }
      }
      if (!source.attribute("network").isEmpty()) {
        networks.add(source.attribute("network"));
      }
    }
    root.everything()
        .filter(each -> BY_HAND.contains(each.name()) || isOfHost(each))
        .map(each -> "has <%s>".formatted(each.name()))
        .distinct()
        .forEach(byHand::add);
  }

  /// Returns whether it is a device of the host, or memory that is kept in a file.
  private static boolean isOfHost(XmlElement each) {
    return (each.name().equals("interface") && each.attribute("type").equals("hostdev"))
        || (each.name().equals("memory") && !each.all("source", "path").isEmpty());
  }

  private void need(String path, String what) {
    if (path.startsWith("/")) {
      needed.putIfAbsent(path, what);
    }
  }
}
