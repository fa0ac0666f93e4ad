package org.blkdelta.vmdk;

/// An extent that is not stored anywhere, and reads as zeros.
record ZeroExtent(long sectors) implements GrainMap {

  @Override
  public Piece at(long sector, long most) {
    return new Piece.Zero(Math.min(most, sectors - sector));
  }

  @Override
  public Facts facts() {
    return new Facts("zeros", 0, 0, 0, true, "");
  }

  @Override
  public void close() {
    // nothing was opened
  }
}
