package org.blkdelta.migrate;

/// How a disk is sent in a round.
enum Way {
  /// The whole snapshot: its destination holds none yet.
  COPY("copied"),
  /// What changed since the snapshot that the destination holds.
  CHANGES("changes"),
  /// All is compared, and what differs is sent: the snapshot that the destination holds is lost, or
  /// it is between two.
  REPAIR("compared");

  private final String word;

  Way(String word) {
    this.word = word;
  }

  /// Returns what the journal calls it.
  String word() {
    return word;
  }
}
