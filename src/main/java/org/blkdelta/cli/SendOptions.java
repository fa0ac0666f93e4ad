package org.blkdelta.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `blkdelta send` is asked for.
@Command(optionListHeading = "What is sent:")
final class SendOptions {

  @Mixin SourceOptions source = new SourceOptions();

  @Mixin UseOptions use = new UseOptions();

  @Mixin Compression compression = new Compression();

  @Option(names = "--whole", description = "Send the volume, and not what changed.")
  boolean whole;

  @Option(
      names = "--listed",
      description =
          "Of the volume, send only what standard input lists: offset and length, 8 bytes each, big-endian.")
  boolean listed;

  @Option(names = "--digests", description = "Send digests, and not the bytes.")
  boolean digests;

  @Option(
      names = "--base",
      description =
          "Send first what the destination must hold: how much of it, where the user said.")
  @Nullable Base base;

  /// Asks for changes.
  ///
  /// @param base how much of what did not change is compared first, if the user said
  /// @param use what to do about a source that is in use
  static SendOptions changes(SourceOptions source, UseOptions use, @Nullable Base base) {
    var options = new SendOptions();
    options.use = use;
    options.source = source;
    options.base = base;
    return options;
  }

  /// Asks for what the changes are.
  static SendOptions digestsOfChanges(SourceOptions source, UseOptions use) {
    var options = new SendOptions();
    options.use = use;
    options.source = source;
    options.digests = true;
    return options;
  }

  /// Asks for a whole volume, or for what it is.
  static SendOptions whole(ChainOptions chain, boolean digests) {
    var options = new SendOptions();
    options.source = SourceOptions.of(chain);
    options.digests = digests;
    options.whole = true;
    return options;
  }

  /// Asks for some runs of a volume, which standard input lists.
  static SendOptions listed(ChainOptions chain) {
    var options = whole(chain, false);
    options.listed = true;
    return options;
  }

  /// Has what is sent compressed.
  SendOptions compressing(Compression how) {
    compression = how;
    return this;
  }

  /// Returns the whole command line of a sender.
  List<String> words(List<String> sources) {
    var words = new ArrayList<>(List.of("send"));
    words.addAll(source.words());
    if (whole) {
      words.add("--whole");
    }
    if (listed) {
      words.add("--listed");
    }
    if (digests) {
      words.add("--digests");
    }
    if (base != null) {
      words.add("--base=" + base.word());
    }
    words.addAll(use.words());
    words.addAll(compression.words());
    words.add("--");
    words.addAll(sources);
    return words;
  }
}
