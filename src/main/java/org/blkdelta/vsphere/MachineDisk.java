package org.blkdelta.vsphere;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// A disk of a virtual machine (`VirtualDisk`).
///
/// @param key by which the machine knows it, in all its snapshots
/// @param label as people see it: `Hard disk 1`
/// @param slot where it is attached, as an export names it: the controller's type and number, and
///     the place at it
/// @param size in bytes
/// @param files the file that it is written to, and what that stands on, newest first; as the
///     datastore names them: `[ds1] web/web-000001.vmdk`
/// @param obstacles in words why it can't be moved by a snapshot; empty if it can
public record MachineDisk(
    int key, String label, String slot, long size, List<String> files, List<String> obstacles) {

  private static final int KIB = 1024;

  /// More than any product allows, so that no chain is endless.
  private static final int MAX_LINKS = 255;

  private static final Pattern SLOT = Pattern.compile("([A-Za-z]+[0-9]+:[0-9]+)$");

  /// Copies the lists.
  public MachineDisk {
    files = List.copyOf(files);
    obstacles = List.copyOf(obstacles);
  }

  /// Returns the disks among the devices of a machine or of its snapshot.
  ///
  /// @param devices the value of `config.hardware.device`
  static List<MachineDisk> of(Element devices) {
    var byKey = new HashMap<String, Element>();
    for (var device : devices.children()) {
      byKey.put(device.textAt("key"), device);
    }
    return devices.children().stream()
        .filter(device -> device.type().equals("VirtualDisk"))
        .map(device -> of(device, byKey))
        .toList();
  }

  private static MachineDisk of(Element device, Map<String, Element> byKey) {
    var controller = Optional.ofNullable(byKey.get(device.textAt("controllerKey")));
    var slot =
        controller.map(Element::type).orElse("")
            + controller.map(found -> found.textAt("busNumber")).orElse("")
            + ":"
            + device.textAt("unitNumber");
    return new MachineDisk(
        number(device.textAt("key")),
        device.textAt("deviceInfo", "label"),
        slot,
        size(device),
        files(device),
        obstacles(device, controller));
  }

  private static int number(String text) {
    return text.matches("-?[0-9]{1,9}") ? Integer.parseInt(text) : 0;
  }

  private static long size(Element device) {
    var bytes = device.textAt("capacityInBytes");
    var kib = device.textAt("capacityInKB");
    if (bytes.matches("[0-9]{1,18}")) {
      return Long.parseLong(bytes);
    }
    return kib.matches("[0-9]{1,15}") ? Long.parseLong(kib) * KIB : 0;
  }

  private static List<String> files(Element device) {
    var files = new ArrayList<String>();
    var backing = device.child("backing");
    while (backing.isPresent() && files.size() < MAX_LINKS) {
      files.add(backing.get().textAt("fileName"));
      backing = backing.get().child("parent");
    }
    return files;
  }

  private static List<String> obstacles(Element device, Optional<Element> controller) {
    var found = new ArrayList<String>();
    var backing = device.child("backing");
    var kind = backing.map(Element::type).orElse("");
    if (kind.contains("RawDisk")) {
      found.add("is a raw device (RDM): copy the LUN itself");
    }
    if (backing.map(of -> of.textAt("diskMode")).orElse("").startsWith("independent")) {
      found.add(
          "is independent, so snapshots leave it out: make it dependent, or shut the machine down");
    }
    if (backing.flatMap(of -> of.child("keyId")).isPresent()) {
      found.add("is encrypted: decrypt it first");
    }
    if (backing.map(of -> of.textAt("sharing")).orElse("").equals("sharingMultiWriter")) {
      found.add("is shared by several machines (multi-writer)");
    }
    var bus = controller.map(of -> of.textAt("sharedBus")).orElse("");
    if (bus.equals("virtualSharing") || bus.equals("physicalSharing")) {
      found.add("is at a bus that several machines share");
    }
    return found;
  }

  /// Returns the obstacles with the disk's label.
  List<String> inTheWay() {
    return obstacles.stream().map(why -> "disk \"%s\" %s".formatted(label, why)).toList();
  }

  /// Returns the name of the file that it is written to, without its folder.
  String fileName() {
    var file = files.isEmpty() ? "" : files.getFirst();
    return file.substring(file.lastIndexOf('/') + 1);
  }

  /// Returns the name of its base's file, without its folder.
  String baseName() {
    var file = files.isEmpty() ? "" : files.getLast();
    return file.substring(file.lastIndexOf('/') + 1);
  }

  /// Returns whether a user's word names it: its label, or the file of its base or of its top.
  boolean isCalled(String word) {
    return word.equals(label) || word.equals(fileName()) || word.equals(baseName());
  }

  /// Returns whether the key of an export's URL (`HttpNfcLeaseDeviceUrl.key`) is that of its slot.
  boolean isAt(String exportKey) {
    var found = SLOT.matcher(exportKey);
    return found.find() && found.group(1).equals(slot);
  }
}
