package org.blkdelta.run;

import org.blkdelta.wire.Tally;

/// What went to another host.
///
/// @param wireBytes bytes that went over the connection
record Sent(Tally.Sum sum, long wireBytes) {}
