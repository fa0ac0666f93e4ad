package org.blkdelta.vmdk;

import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.blkdelta.failure.SourceException;
import org.jspecify.annotations.Nullable;

/// What the description of a virtual machine (DMTF DSP0243, *Open Virtualization Format*) says of
/// its disks: which there are, and the file of each.
///
/// @param disks in the order of the description
record OvfDescription(List<Disk> disks) {

  /// A disk.
  ///
  /// @param file the member that holds its bytes; empty for one that is made empty, or whose file
  /// is not named as it must be
  /// @param isDelta whether it is made on another one
  /// @param isInPieces whether its file comes in several members, NAME.000000000 and so on
  record Disk(Optional<String> file, boolean isDelta, boolean isInPieces) {}

  private static final String SUFFIX = ".ovf";

  /// Creates one with an unmodifiable list.
  OvfDescription {
    disks = List.copyOf(disks);
  }

  /// Returns whether a member's name is that of a description.
  static boolean isName(String member) {
    int start = member.length() - SUFFIX.length();
    return member.regionMatches(true, start, SUFFIX, 0, SUFFIX.length());
  }

  /// Reads the bytes of a description.
  ///
  /// @param name what messages call it
  /// @throws SourceException when it is not XML: what is left out then may be a disk
  static OvfDescription parse(String name, byte[] bytes) throws SourceException {
    var files = new HashMap<String, Map<String, String>>();
    var disks = new ArrayList<Map<String, String>>();
    var elements = new XmlElements(new String(bytes, charset(bytes)));
    for (var next = elements.next(); next.isPresent(); next = elements.next()) {
      var attributes = next.get().attributes();
      if (next.get().name().equals("Disk")) {
        disks.add(attributes);
      } else if (next.get().name().equals("File")) {
        files.putIfAbsent(attributes.getOrDefault("id", "none"), attributes);
      }
    }
    if (elements.isMalformed()) {
      throw new SourceException(name + ": is not XML, or was cut; export the machine again");
    }
    return new OvfDescription(
        disks.stream()
            .map(disk -> disk(disk, files.get(disk.getOrDefault("fileRef", ""))))
            .toList());
  }

  /// Returns what is said of the disk in a member; empty when nothing is.
  Optional<Disk> of(String member) {
    return disks.stream().filter(disk -> disk.file().equals(Optional.of(member))).findFirst();
  }

  private static Disk disk(Map<String, String> disk, @Nullable Map<String, String> file) {
    return new Disk(
        Optional.ofNullable(file).map(of -> of.get("href")).map(OvfDescription::path),
        disk.containsKey("parentRef"),
        file != null && file.containsKey("chunkSize"));
  }

  /// A reference is a URI, relative to the description.
  private static String path(String reference) {
    String path = reference;
    try {
      path = URLDecoder.decode(reference.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException plain) {
      // some writers do not escape a percent sign
    }
    return path.startsWith("./") ? path.substring(2) : path;
  }

  /// Tells UTF-16 by its mark, or by the NUL beside the first character, which is `<` (XML 1.0,
  /// appendix F). In all else that is written, what matters here is ASCII.
  private static Charset charset(byte[] bytes) {
    int first = bytes.length > 0 ? bytes[0] & 0xff : 0;
    int second = bytes.length > 1 ? bytes[1] & 0xff : 0;
    if ((first == 0xfe && second == 0xff) || (first == 0 && second == '<')) {
      return StandardCharsets.UTF_16BE;
    }
    if ((first == 0xff && second == 0xfe) || (first == '<' && second == 0)) {
      return StandardCharsets.UTF_16LE;
    }
    return StandardCharsets.UTF_8;
  }
}
