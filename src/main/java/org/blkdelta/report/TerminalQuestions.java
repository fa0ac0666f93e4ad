package org.blkdelta.report;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.blkdelta.extent.Person;
import org.blkdelta.remote.Askpass;
import org.blkdelta.remote.Questions;

/// Asks at the terminal: a question wherever standard error is one, a secret where standard input
/// and output are (what the JDK's Console wants).
final class TerminalQuestions implements Questions, Person {

  private static final Path TERMINAL = Path.of("/dev/tty");

  private final Streams streams;
  private final String host;
  private Optional<TextMeter> meter = Optional.empty();
  private long counted;

  /// Creates one for a connection to `host`.
  TerminalQuestions(Streams streams, String host) {
    this.streams = streams;
    this.host = host;
  }

  @Override
  public Optional<char[]> secret(String prompt) {
    var askpass = Askpass.of(System.getenv());
    if (askpass.isPresent() && (askpass.get().isPreferred() || !isTerminal())) {
      return askpass.get().secret(prompt);
    }
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return Optional.empty();
    }
    return Optional.ofNullable(
        streams.status().keptAwayFrom(() -> console.readPassword("%s", prompt)));
  }

  private static boolean isTerminal() {
    var console = System.console();
    return console != null && console.isTerminal();
  }

  @Override
  public boolean agree(String question) {
    if (!streams.errIsTerminal()) {
      return false;
    }
    return streams.status().keptAwayFrom(() -> isAgreed(question));
  }

  private boolean isAgreed(String question) {
    try (BufferedReader answers = Files.newBufferedReader(TERMINAL)) {
      streams.err().print(question + " (yes/no) ");
      var answer = answers.readLine();
      return answer != null && answer.strip().toLowerCase(Locale.ROOT).equals("yes");
    } catch (IOException noTerminal) {
      return false;
    }
  }

  @Override
  public void sent(String what, long bytes, long totalBytes) {
    if (meter.isEmpty()) {
      meter = Optional.of(new TextMeter(streams, "", totalBytes, Optional::empty, false));
      meter.get().phase(what);
      counted = 0;
    }
    meter.get().moved(bytes - counted);
    counted = bytes;
    if (bytes >= totalBytes) {
      meter.get().close();
      meter = Optional.empty();
    }
  }

  @Override
  public void tell(String line) {
    streams.err().println(host + ": " + line);
  }
}
