package org.blkdelta.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.blkdelta.destination.StateStore;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Stop;

/// Runs many command lines in one process, because a start costs seconds in a guest: a line each on
/// standard input, words parted by blanks. What one prints goes to the two files that are named by
/// the arguments, its exit status to standard output.
public final class Batch {

  private Batch() {}

  /// Runs until standard input ends.
  public static void main(String[] files) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.println(run(List.of(line.split(" ", -1)), files));
    }
  }

  private static int run(List<String> words, String[] files) throws IOException {
    try (var out = Files.newOutputStream(Path.of(files[0]));
        var err = new PrintStream(Files.newOutputStream(Path.of(files[1])), true, UTF_8)) {
      var streams = new Streams(InputStream.nullInputStream(), out, err, StateStore.ofHost());
      return new CommandLines(streams, new Stop()).run(words);
    }
  }
}
