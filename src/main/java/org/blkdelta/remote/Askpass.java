package org.blkdelta.remote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.blkdelta.linux.Signals;

/// The program that asks for a secret where no terminal is; see ssh(1), ENVIRONMENT, SSH_ASKPASS.
///
/// @param program what is run, with the question as its only argument
/// @param isPreferred whether it asks even if there is a terminal
public record Askpass(String program, boolean isPreferred) {

  private static final int MAX_BYTES = 4096;

  /// Returns what an environment names, if it may be used: there must be a display, unless the
  /// environment says otherwise.
  public static Optional<Askpass> of(Map<String, String> environment) {
    var required = environment.getOrDefault("SSH_ASKPASS_REQUIRE", "").toLowerCase(Locale.ROOT);
    boolean hasDisplay =
        !environment.getOrDefault("DISPLAY", "").isEmpty()
            || !environment.getOrDefault("WAYLAND_DISPLAY", "").isEmpty();
    boolean isForced = required.equals("force");
    return Optional.ofNullable(environment.get("SSH_ASKPASS"))
        .filter(program -> !program.isEmpty() && !required.equals("never"))
        .filter(program -> hasDisplay || isForced)
        .map(program -> new Askpass(program, isForced || required.equals("prefer")));
  }

  /// Asks, and returns the first line of what the program prints; empty if it fails, or is
  /// dismissed.
  public Optional<char[]> secret(String question) {
    try {
      var builder = new ProcessBuilder(program, question);
      builder.redirectError(ProcessBuilder.Redirect.INHERIT);
      var process = Signals.shielded(builder::start);
      process.getOutputStream().close(); // ours is not for it
      var printed = process.getInputStream().readNBytes(MAX_BYTES);
      process.getInputStream().close();
      return ExitStatus.await(process) == 0 ? Optional.of(firstLine(printed)) : Optional.empty();
    } catch (IOException unusable) {
      return Optional.empty();
    }
  }

  private static char[] firstLine(byte[] printed) {
    var text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(printed)).toString();
    int end = 0;
    while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
      end++;
    }
    return text.substring(0, end).toCharArray();
  }
}
