package org.blkdelta.vsphere;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;

/// Where the password of an account comes from: the file that the URI names, the environment, or
/// the person at the terminal; never the command line.
///
/// @param environment of this process
/// @param person answers a prompt, if there is one
public record Passwords(
    Map<String, String> environment, Function<String, Optional<char[]>> person) {

  /// The variable that has it.
  public static final String VARIABLE = "BLKDELTA_VSPHERE_PASSWORD";

  private static final int MAX_BYTES = 4096;

  /// Returns the password.
  ///
  /// @throws ConnectionException if there is none
  String of(MachineUri uri) throws IOException {
    if (uri.passwordFile().isPresent()) {
      return inFile(uri.passwordFile().get(), uri);
    }
    var said = environment.get(VARIABLE);
    if (said != null) {
      return said;
    }
    return person
        .apply("%s@%s's password: ".formatted(uri.user(), uri.host()))
        .map(String::new)
        .orElseThrow(
            () ->
                new ConnectionException(
                    "%s: there is no terminal to ask for the password; give ?password-file=FILE, or set %s"
                        .formatted(uri.name(), VARIABLE)));
  }

  /// Its first line.
  private static String inFile(Path file, MachineUri uri) throws IOException {
    try (var in = Files.newInputStream(file)) {
      var text = new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
      var line = text.lines().findFirst().orElse("");
      if (line.isEmpty()) {
        throw new ConnectionException(
            "%s: %s: has no password in its first line; put it there".formatted(uri.name(), file));
      }
      return line;
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new ConnectionException(
          "%s: %s; put the password there".formatted(uri.name(), SyncException.describe(fault)),
          fault);
    }
  }
}
