package org.blkdelta.vsphere;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.DurableFile;
import org.blkdelta.linux.StateFolder;
import org.blkdelta.linux.TrustedFile;

/// The certificates that somebody has said are a host's, as `known_hosts` has the keys of those
/// reached by ssh: lines of `HOST:PORT THUMBPRINT`; empty lines and those with `#` say nothing.
///
/// @param folder that has the file; made when the first is remembered
record KnownHosts(Path folder) {

  private static final String NAME = "vsphere_hosts";
  private static final int MAX_BYTES = 1 << 20;

  /// Returns those of this host, or of a user who may not write there.
  static KnownHosts ofHost() {
    return new KnownHosts(StateFolder.ofHost().path());
  }

  /// Returns what a host is known by; of two lines the first counts.
  ///
  /// @throws ConnectionException if the file can't be read, others may write to it, or a line of it
  ///     means nothing
  Optional<Pin> of(MachineUri uri) throws ConnectionException {
    var lines = lines();
    for (int i = 0; i < lines.size(); i++) {
      var words = lines.get(i).strip().split("\\s+");
      if (words[0].isEmpty() || words[0].startsWith("#")) {
        continue;
      }
      var place = "%s, line %d".formatted(file(), i + 1);
      var print = Thumbprint.parse(words[words.length - 1]);
      if (words.length != 2 || print.isEmpty() || !print.get().isStrong()) {
        throw new ConnectionException(
            place + ": is not HOST:PORT and a thumbprint of SHA-256; fix or remove the line");
      }
      if (words[0].equals(name(uri))) {
        return Optional.of(new Pin(print.get(), place));
      }
    }
    return Optional.empty();
  }

  /// Remembers what a host is known by, durably when this returns.
  void remember(MachineUri uri, Thumbprint print) throws ConnectionException {
    var lines = new ArrayList<>(lines());
    lines.add(name(uri) + " " + print);
    try {
      StateFolder.make(folder);
      var text = String.join("\n", lines) + "\n";
      DurableFile.replace(file(), text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException fault) {
      throw new ConnectionException(
          "%s: its certificate can't be remembered: %s; give its thumbprint each time: thumbprint=%s"
              .formatted(uri.name(), SyncException.describe(fault), print),
          fault);
    }
  }

  private List<String> lines() throws ConnectionException {
    if (Files.notExists(file())) {
      return List.of();
    }
    try {
      return new String(TrustedFile.read(file(), MAX_BYTES), StandardCharsets.UTF_8)
          .lines()
          .toList();
    } catch (IOException fault) {
      throw new ConnectionException(
          "%s: which hosts are known can't be read: %s; fix it, or give thumbprint= each time"
              .formatted(file(), SyncException.describe(fault)),
          fault);
    }
  }

  private Path file() {
    return folder.resolve(NAME);
  }

  private static String name(MachineUri uri) {
    return uri.authority().toLowerCase(Locale.ROOT);
  }
}
