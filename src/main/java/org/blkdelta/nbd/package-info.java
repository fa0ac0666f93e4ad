/// Exports of NBD servers. The protocol is that of the NetworkBlockDevice project's doc/proto.md:
/// the fixed newstyle handshake, structured replies and block status; names of exports are those of
/// its doc/uri.md; what QEMU's own contexts mean is in QEMU's docs/interop/nbd.txt. Every integer
/// is big-endian.
package org.blkdelta.nbd;
