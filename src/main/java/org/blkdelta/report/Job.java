package org.blkdelta.report;

import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.Totals;

/// What a run has to do.
///
/// @param verb what it does
/// @param volumeSize bytes of the whole volume; 0 if the stream does not say
/// @param destination where it writes, as the user wrote it; empty if that is known otherwise
/// @param comparesRest whether everything that did not change is compared first
public record Job(Verb verb, long volumeSize, String destination, boolean comparesRest) {

  /// What a run does with bytes.
  public enum Verb {
    SEND("send", "sent"),
    RECEIVE("receive", "received"),
    WRITE("write", "wrote");

    private final String word;
    private final String done;

    Verb(String word, String done) {
      this.word = word;
      this.done = done;
    }

    String word() {
      return word;
    }

    /// Returns the same of what is done.
    String done() {
      return done;
    }
  }

  /// Returns how much of the volume so many bytes are: `12.5 MiB of 200 MiB`.
  String amount(long bytes) {
    return Sizes.binary(bytes) + (volumeSize > 0 ? " of " + Sizes.binary(volumeSize) : "");
  }

  /// Returns for people what is to come.
  public String plan(long bytes) {
    return "will " + verb.word() + " " + amount(bytes) + to();
  }

  /// Returns for people what is to come, at most: of what another machine reads, zeros are known
  /// when they come.
  public String planAtMost(long bytes) {
    return "will " + verb.word() + " up to " + amount(bytes) + to();
  }

  /// Returns for people what is to come, and how much of it is known to be zeros.
  public String plan(Totals totals) {
    var zeros = totals.zeroBytes() == 0 ? "" : "; zeros " + Sizes.binary(totals.zeroBytes());
    return plan(totals.dataBytes()) + zeros;
  }

  /// Returns the same before it is known how much it is.
  public String plan() {
    return "will " + verb.word() + " what changed of " + Sizes.binary(volumeSize) + to();
  }

  /// Returns for people that the destination, which did not exist, is made.
  public String creation() {
    return "creating sparse file %s (%s)".formatted(destination, Sizes.binary(volumeSize));
  }

  String to() {
    return destination.isEmpty() ? "" : " to " + destination;
  }

  String at() {
    return destination.isEmpty() ? "" : " at " + destination;
  }
}
