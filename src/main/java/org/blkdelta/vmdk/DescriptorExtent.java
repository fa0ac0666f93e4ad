package org.blkdelta.vmdk;

import java.util.Optional;

/// A line of a descriptor that names a part of the disk. It is not a changed run of bytes, which is
/// an [org.blkdelta.extent.Extent].
///
/// @param line the line's number in the descriptor, from 1 on
/// @param readable whether the disk may be read there (not NOACCESS)
/// @param sectors its size, at least 1
/// @param type what the file is
/// @param fileName the file, as written; empty if there is none (ZERO)
/// @param startSector where in the file it begins
record DescriptorExtent(
    int line,
    boolean readable,
    long sectors,
    ExtentType type,
    Optional<String> fileName,
    long startSector) {}
