package org.blkdelta.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `blkdelta send` is asked for.
@Command(optionListHeading = "What is sent:")
final class SendOptions {

  @Mixin SourceOptions source = new SourceOptions();

  @Option(names = "--whole", description = "Send the volume, and not what changed.")
  boolean whole;

  @Option(
      names = "--listed",
      description =
          "Of the volume, send only what standard input lists: offset and length, 8 bytes each, big-endian.")
  boolean listed;

  @Option(names = "--digests", description = "Send digests, and not the bytes.")
  boolean digests;

  /// Asks for changes, or for what they are.
  static SendOptions changes(SourceOptions source, boolean digests) {
    var options = new SendOptions();
    options.source = source;
    options.digests = digests;
    return options;
  }

  /// Asks for a whole volume, or for what it is.
  static SendOptions whole(ChainOptions chain, boolean digests) {
    var options = changes(SourceOptions.of(chain), digests);
    options.whole = true;
    return options;
  }

  /// Asks for some runs of a volume, which standard input lists.
  static SendOptions listed(ChainOptions chain) {
    var options = whole(chain, false);
    options.listed = true;
    return options;
  }

  /// Returns the same options as words for a remote command line.
  List<String> words() {
    var words = new ArrayList<>(source.words());
    if (whole) {
      words.add("--whole");
    }
    if (listed) {
      words.add("--listed");
    }
    if (digests) {
      words.add("--digests");
    }
    return words;
  }
}
