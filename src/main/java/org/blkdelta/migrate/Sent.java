package org.blkdelta.migrate;

/// What was sent of a disk.
///
/// @param bytes that were
/// @param places where on the disk: how much of each of its equal columns, as [Spread] has it
record Sent(long bytes, String places) {}
