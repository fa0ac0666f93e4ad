package org.blkdelta.cli;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.blkdelta.failure.SyncException;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Stop;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;

/// Each option that the far end has is said to it, and said back: one that is forgotten in the list
/// of words would make it something else than was asked for.
class AskedWordsTest {

  private final Streams streams =
      new Streams(
          InputStream.nullInputStream(),
          OutputStream.nullOutputStream(),
          new PrintStream(OutputStream.nullOutputStream()),
          Cli.MEMORY);

  @Test
  void a_receiver_says_every_word_that_it_was_told() throws SyncException {
    var parsed = new ReceiveCommand(streams, new Stop());
    check(parsed, "/dev/vg0/web", () -> parsed.order().words(parsed.path));
  }

  @Test
  void a_sender_says_every_word_that_it_was_told() throws SyncException {
    var parsed = new SendCommand(streams, new Stop());
    check(parsed, "vg0/web", () -> parsed.order().words(parsed.sources));
  }

  /// Options that say nothing to the far end: what is told here, how it is reached, how a run is
  /// paced. One that is new some day stands here, or is one of the far end's.
  private static final Set<String> HERE =
      Set.of(
          "--quiet",
          "--verbose",
          "--progress",
          "--json",
          "--receipt",
          "--ssh-command",
          "-F",
          "-i",
          "-p",
          "--remote-command",
          "--deploy",
          "--bwlimit",
          "--connections",
          "--retries",
          "--verify",
          "--extents",
          "--repair");

  @Test
  void every_option_of_a_command_stays_here_or_is_one_of_the_far_ends() {
    var far = new HashSet<String>();
    far.addAll(names(new ReceiveCommand(streams, new Stop())));
    far.addAll(names(new SendCommand(streams, new Stop())));
    for (var command :
        List.of(
            new SyncCommand(streams, new Stop()),
            new CopyCommand(streams, new Stop()),
            new VerifyCommand(streams, new Stop()))) {
      for (var name : names(command)) {
        assertTrue(HERE.contains(name) != far.contains(name) || FOR_ALL.contains(name), name);
      }
    }
  }

  /// What each command has by itself.
  private static final Set<String> FOR_ALL = Set.of("--help", "--version");

  private static Set<String> names(Object command) {
    return SourceOptions.lineOf(command).getCommandSpec().options().stream()
        .map(OptionSpec::longestName)
        .collect(toSet());
  }

  /// The words of a command that was parsed.
  private interface Words {
    List<String> said() throws SyncException;
  }

  private static void check(Object command, String operand, Words words) throws SyncException {
    var line = SourceOptions.lineOf(command);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    int tried = 0;
    for (var option : line.getCommandSpec().options()) {
      if (option.usageHelp() || option.versionHelp()) {
        continue;
      }
      for (var value : values(option)) {
        var word = option.longestName() + value;
        line.parseArgs(word, "--", operand);
        var said = words.said();
        var told = option.longestName().equals("--overwrite") ? "--force=signature" : word;
        assertTrue(said.contains(told) || option.longestName().equals("-z"), said + ": " + word);
        assertEquals(List.of("--", operand), said.subList(said.size() - 2, said.size()));
        // what is said is parsed as the same again
        line.parseArgs(said.subList(1, said.size()).toArray(String[]::new));
        assertEquals(said, words.said());
        tried++;
      }
    }
    assertTrue(tried > 5, "options: " + tried);
  }

  /// Returns what may follow an option's name.
  private static List<String> values(OptionSpec option) {
    var type = option.auxiliaryTypes()[0];
    if (type == boolean.class || type == Boolean.class) {
      return List.of("");
    }
    var candidates = option.completionCandidates();
    if (candidates != null) {
      var words = new ArrayList<String>();
      candidates.forEach(word -> words.add("=" + word.toLowerCase(Locale.ROOT)));
      return words;
    }
    if (option.longestName().equals("--format")) {
      return List.of("=qcow2", "=vpc");
    }
    return Stream.of("7").map(value -> "=" + value).toList();
  }
}
