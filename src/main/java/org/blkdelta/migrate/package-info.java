/// Jobs around the delta: disks of a machine that are kept the same on another one, round by round,
/// by snapshots that are taken and removed for it.
@org.jspecify.annotations.NullMarked
package org.blkdelta.migrate;
