package org.blkdelta.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.blkdelta.disk.DurableFile;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;

/// The folder where this host keeps what it remembers of its destinations, a small file for each.
///
/// @param folder made where it is missing, when the first file is written
record Memory(Path folder) {

  /// The variable of the environment that names another folder.
  static final String VARIABLE = "BLKDELTA_STATE";

  private static final String USUAL = "/var/lib/blkdelta";
  private static final int LONGEST_NAME = 200;

  /// Returns this host's.
  static Memory ofHost() {
    var named = Optional.ofNullable(System.getenv(VARIABLE)).filter(name -> !name.isEmpty());
    return new Memory(Path.of(named.orElse(USUAL)));
  }

  /// Returns what is remembered of a destination.
  ///
  /// @param destination what identifies it
  /// @throws RefusedException where there is a file, and nobody can tell what it says
  DestinationState recall(String destination) throws RefusedException {
    var file = file(destination);
    if (Files.notExists(file)) {
      return DestinationState.UNKNOWN;
    }
    try {
      return StateFile.parse(Files.readString(file), destination)
          .orElseThrow(
              () ->
                  new RefusedException(
                      file
                          + ": what is remembered of the destination is damaged, or of another"
                          + " version; if you know what the destination holds, remove this file"));
    } catch (RefusedException told) {
      throw told;
    } catch (IOException fault) {
      throw new RefusedException(
          "%s: what is remembered of the destination cannot be read: %s; run as its owner"
              .formatted(file, SyncException.describe(fault)),
          fault);
    }
  }

  /// Remembers a state, durably when this returns.
  ///
  /// @param path where the destination was, for people
  void remember(String destination, Path path, DestinationState state) throws IOException {
    Files.createDirectories(folder);
    var json = StateFile.text(state, destination, path.toString(), Instant.now().toString());
    DurableFile.replace(file(destination), json.getBytes(StandardCharsets.UTF_8));
  }

  /// Returns whether anything is remembered of a destination.
  boolean knows(String destination) {
    return !Files.notExists(file(destination));
  }

  private Path file(String destination) {
    var name = destination.replaceAll("[^A-Za-z0-9.-]", "_");
    var hash = String.format(Locale.ROOT, "-%08x", destination.hashCode());
    return folder.resolve(
        name.substring(0, Math.min(name.length(), LONGEST_NAME)) + hash + ".json");
  }
}
