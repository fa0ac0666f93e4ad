package org.blkdelta.vsphere;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.blkdelta.extent.Person;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;

/// What it takes to log in at a host: to know that it is the right one, and a password. That comes
/// from the file that the URI names, the environment, or the person at the terminal; never from the
/// command line.
///
/// @param environment of this process
/// @param known the hosts that are known already
/// @param person is asked what is not known
public record Access(Map<String, String> environment, KnownHosts known, Person person) {

  /// The variable that has it.
  public static final String VARIABLE = "BLKDELTA_VSPHERE_PASSWORD";

  private static final int MAX_BYTES = 4096;

  /// Returns that of this process.
  ///
  /// @param person is asked what is not known
  public static Access ofHost(Person person) {
    return new Access(System.getenv(), KnownHosts.ofHost(), person);
  }

  /// Returns what the URI says that its host is known by, or what is remembered of it.
  Optional<Pin> pin(MachineUri uri) throws ConnectionException {
    var said = uri.thumbprint().map(print -> new Pin(print, MachineUri.THUMBPRINT + "="));
    return said.isPresent() ? said : known.of(uri);
  }

  /// Asks whether a certificate that nobody vouches for is the host's, and remembers that.
  ///
  /// @param why nobody does
  /// @return empty if nobody says so
  Optional<Pin> agreed(MachineUri uri, Thumbprint shown, String why) throws ConnectionException {
    var question =
        """
        No authority known here vouches for the certificate of %s:
        %s
        Its thumbprint (SHA-256) is %s.
        Is this the right host, and should its certificate be remembered?"""
            .formatted(uri.authority(), why, shown);
    if (!person.agree(question)) {
      return Optional.empty();
    }
    known.remember(uri, shown);
    return known.of(uri);
  }

  /// Returns the password.
  ///
  /// @throws ConnectionException if there is none
  String password(MachineUri uri) throws IOException {
    if (uri.passwordFile().isPresent()) {
      return inFile(uri.passwordFile().get(), uri);
    }
    var said = environment.get(VARIABLE);
    if (said != null) {
      return said;
    }
    return person
        .secret("%s@%s's password: ".formatted(uri.user(), uri.host()))
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
