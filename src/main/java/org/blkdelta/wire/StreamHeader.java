package org.blkdelta.wire;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.blkdelta.extent.ChangeSource;
import org.blkdelta.extent.Generation;
import org.blkdelta.extent.Lineage;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SourceException;
import org.blkdelta.linux.BackingDevices;

/// What a stream says of itself before its first change.
///
/// @param volumeSize bytes of the volume that changed; a destination must have at least as many
/// @param lineage the generations that the delta connects, where known
/// @param source what the sender read, so that a receiver on the same host never writes it; empty
/// in a stream that is kept as a file
/// @param undoes the name of the run that it undoes, if it is an undo
/// @param told the command line of a sender that somebody else started, as it understood it; else
/// empty
/// @param key the secret of the digests in it; empty in one that has none, or only those of old
public record StreamHeader(
    long volumeSize,
    Lineage lineage,
    Optional<BackingDevices> source,
    Optional<String> undoes,
    List<String> told,
    Optional<DigestKey> key) {

  private static final String BASE = "base";
  private static final String RESULT = "result";
  private static final String LABEL = "-label";
  private static final String HOST = "host";
  private static final String READS = "reads";
  private static final String BELOW = "below";
  private static final String UNDOES = "undoes";
  private static final String TOLD = "told";
  private static final String DIGESTS = "digests";

  /// Creates the header of a stream that is not an undo, and has no digests.
  public StreamHeader(long volumeSize, Lineage lineage, Optional<BackingDevices> source) {
    this(volumeSize, lineage, source, Optional.empty(), List.of(), Optional.empty());
  }

  /// Returns one that says what its sender was told.
  public StreamHeader told(List<String> words) {
    return new StreamHeader(volumeSize, lineage, source, undoes, List.copyOf(words), key);
  }

  /// Returns one of a stream whose digests have a key.
  public StreamHeader keyed(DigestKey with) {
    return new StreamHeader(volumeSize, lineage, source, undoes, told, Optional.of(with));
  }

  /// Returns the header of a stream of a source's changes, with a key of its own.
  ///
  /// @param footing what the source stands on, for a live stream
  public static StreamHeader of(ChangeSource source, Optional<BackingDevices> footing) {
    return new StreamHeader(source.disk().size(), source.lineage(), footing)
        .keyed(DigestKey.drawn());
  }

  /// Returns the header of the undo of a run that writes this stream.
  ///
  /// @param destinationSize bytes of what it was written to
  /// @param run names the run
  public StreamHeader undo(long destinationSize, String run) {
    return new StreamHeader(
        destinationSize,
        lineage.reversed(),
        Optional.empty(),
        Optional.of(run),
        List.of(),
        Optional.empty());
  }

  /// Returns for people what it says.
  public String text() {
    return volumeSize == 0
        ? "does not say of which volume it is"
        : "is of a volume of %s, from %s to %s"
            .formatted(
                Sizes.exact(volumeSize),
                lineage.base().map(Generation::text).orElse("an unknown state"),
                lineage.result().map(Generation::text).orElse("an unknown one"));
  }

  /// Returns the payload of the header frame: lines of `key=value`, UTF-8, sorted.
  byte[] encode() {
    var fields = new TreeMap<String, String>();
    put(fields, BASE, lineage.base());
    put(fields, RESULT, lineage.result());
    undoes.ifPresent(run -> fields.put(UNDOES, run));
    key.ifPresent(secret -> fields.put(DIGESTS, secret.text()));
    if (!told.isEmpty()) {
      fields.put(TOLD, Told.joined(told));
    }
    source.ifPresent(
        footing -> {
          fields.put(HOST, footing.host());
          fields.put(READS, String.join(" ", footing.tops()));
          fields.put(BELOW, String.join(" ", footing.below()));
        });
    var text = new StringBuilder();
    fields.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Reads the payload of a header frame. Keys that it does not know mean nothing to it.
  ///
  /// @param name what messages call the stream
  /// @throws SourceException if it is not made of such lines
  static StreamHeader decode(String name, long volumeSize, byte[] payload) throws SourceException {
    var fields = new TreeMap<String, String>();
    for (var line : new String(payload, StandardCharsets.UTF_8).lines().toList()) {
      int equals = line.indexOf('=');
      if (equals < 1 || fields.put(line.substring(0, equals), line.substring(equals + 1)) != null) {
        throw new SourceException(name + ": in its header: a line that is not key=value; refused");
      }
    }
    var lineage = new Lineage(generation(fields, BASE), generation(fields, RESULT));
    var host = Optional.ofNullable(fields.get(HOST));
    return new StreamHeader(
        volumeSize,
        lineage,
        host.map(id -> new BackingDevices(id, words(fields.get(READS)), words(fields.get(BELOW)))),
        Optional.ofNullable(fields.get(UNDOES)),
        Told.split(Optional.ofNullable(fields.get(TOLD))),
        key(name, Optional.ofNullable(fields.get(DIGESTS))));
  }

  private static Optional<DigestKey> key(String name, Optional<String> text)
      throws SourceException {
    return text.isEmpty() ? Optional.empty() : Optional.of(DigestKey.parse(name, text.get()));
  }

  private static void put(Map<String, String> fields, String key, Optional<Generation> named) {
    named.ifPresent(generation -> fields.put(key, generation.id()));
    named.flatMap(Generation::label).ifPresent(label -> fields.put(key + LABEL, label));
  }

  private static Optional<Generation> generation(Map<String, String> fields, String key) {
    return Optional.ofNullable(fields.get(key))
        .map(id -> new Generation(id, Optional.ofNullable(fields.get(key + LABEL))));
  }

  private static Set<String> words(@org.jspecify.annotations.Nullable String text) {
    var found = new LinkedHashSet<String>();
    for (var word : text == null ? new String[0] : text.split(" ")) {
      if (!word.isEmpty()) {
        found.add(word);
      }
    }
    return found;
  }
}
