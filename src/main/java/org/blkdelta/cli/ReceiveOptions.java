package org.blkdelta.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `blkdelta receive` is asked for.
@Command(optionListHeading = "What is done with the stream:")
final class ReceiveOptions {

  @Mixin DestinationOptions destination = new DestinationOptions();

  @Option(names = "--compare", description = "Compare with the stream, and write nothing.")
  boolean compare;

  @Option(
      names = "--read-back",
      description = "Compare, and remember a destination that differs as incomplete.")
  boolean readBack;

  @Option(names = "--packed", description = "Standard input is compressed.")
  boolean packed;

  /// Asks for changes to be written.
  static ReceiveOptions writing(DestinationOptions destination, Compression compression) {
    var options = new ReceiveOptions();
    options.destination = destination;
    options.packed = compression.isWanted();
    return options;
  }

  /// Asks for a comparison.
  ///
  /// @param destination how the destination is taken
  /// @param ofRun whether it is with what a run wrote, which a difference makes incomplete
  static ReceiveOptions comparing(DestinationOptions destination, boolean ofRun) {
    var options = new ReceiveOptions();
    options.destination = destination;
    options.compare = !ofRun;
    options.readBack = ofRun;
    return options;
  }

  /// Returns whether nothing is written.
  boolean isComparison() {
    return compare || readBack;
  }

  /// Returns the whole command line of a receiver.
  List<String> words(Path path) {
    var words = new ArrayList<>(List.of("receive"));
    words.addAll(destination.words());
    if (compare) {
      words.add("--compare");
    }
    if (readBack) {
      words.add("--read-back");
    }
    if (packed) {
      words.add("--packed");
    }
    words.addAll(List.of("--", path.toString()));
    return words;
  }
}
