package org.blkdelta.vmdk;

/// The words of a descriptor for what an extent is.
enum ExtentType {
  FLAT,
  SPARSE,
  ZERO,
  VMFS,
  VMFSSPARSE,
  SESPARSE,
  VMFSRDM,
  VMFSRAW;

  /// Returns whether the file has tables of its own.
  boolean isSparse() {
    return this == SPARSE || this == VMFSSPARSE || this == SESPARSE;
  }
}
