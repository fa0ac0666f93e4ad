package org.blkdelta.source;

import java.util.Optional;
import java.util.regex.Pattern;

/// What to do about a format instead of taking it for a raw disk. `%s` stands for the file.
///
/// @param source what reads the disk that is in it
/// @param stream what makes of it something that `apply` reads
/// @param destination what writes to the disk that is in it; empty when nothing does
record Way(String source, String stream, Optional<String> destination) {

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:@%+=,-]+");

  /// Disk images that qemu's tools read.
  ///
  /// @param format what they call it
  static Way image(String format) {
    var attach =
        "attach it: qemu-nbd -r -c /dev/nbd0 -f %1$s %%1$s, and %2$s /dev/nbd0; or: qemu-img convert -O raw %%1$s FILE";
    return new Way(
        attach.formatted(format, "name"),
        attach.formatted(format, "blkdelta copy"),
        Optional.of(
            "attach it and name /dev/nbd0: qemu-nbd --connect=/dev/nbd0 --format=%s %%1$s"
                .formatted(format)));
  }

  /// Disk images that are read by their names.
  ///
  /// @param suffix of a file that is written as one
  static Way opened(String suffix) {
    var source = "name it as the source: blkdelta copy %1$s DESTINATION";
    return new Way(
        source + ", or blkdelta sync for what an overlay holds",
        source,
        Optional.of("to write to the disk in it, let its name end in " + suffix));
  }

  /// Compressed files.
  ///
  /// @param keeping what unpacks one beside itself
  /// @param piping what unpacks one to a pipe
  static Way packed(String keeping, String piping) {
    return new Way(
        "unpack it first: " + keeping + " %1$s",
        "unpack it on the way: " + piping + " %1$s | blkdelta apply - DESTINATION",
        Optional.empty());
  }

  /// Archives.
  static Way archive(String unpacking, String piping) {
    return new Way(
        "unpack it first: " + unpacking + " %1$s",
        "give a member of it: " + piping + " | blkdelta apply - DESTINATION",
        Optional.empty());
  }

  /// What is to be done by the same words wherever it is read.
  static Way words(String source) {
    return new Way(source, source, Optional.empty());
  }

  /// Returns the same with other words for who reads it as a disk.
  Way asSource(String words) {
    return new Way(words, stream, destination);
  }

  /// Returns the same with other words for who reads it as a stream.
  Way asStream(String words) {
    return new Way(source, words, destination);
  }

  /// Returns words that name a file as a shell takes it.
  static String naming(String words, String file) {
    var quoted = PLAIN.matcher(file).matches() ? file : "'" + file.replace("'", "'\\''") + "'";
    return words.formatted(quoted);
  }
}
