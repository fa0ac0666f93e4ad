package org.blkdelta.vmdk;

/// What is refused unless the user says that it is right.
public enum Doubt {
  /// The parent is not in the state that its child was made from.
  CID("cid"),
  /// A hosted sparse file was not closed properly.
  UNCLEAN("unclean"),
  /// A COWD or seSparse file has flags that no document explains.
  FLAGS("flags");

  private final String word;

  Doubt(String word) {
    this.word = word;
  }

  /// Returns the word for it on the command line.
  public String word() {
    return word;
  }
}
