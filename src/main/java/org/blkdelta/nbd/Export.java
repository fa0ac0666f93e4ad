package org.blkdelta.nbd;

import java.util.List;
import java.util.Map;

/// What a server said of an export in the handshake; all of it was checked.
///
/// @param size its bytes, at least 0
/// @param flags of the transmission (doc/proto.md, "Transmission flags")
/// @param isStructured whether replies are structured: then a reply can say which bytes it has
/// @param block what requests are multiples of, in bytes: a power of 2, at most 64 KiB
/// @param maxPayload the largest read, in bytes: a multiple of `block`, at least 1 block
/// @param contexts the ids of the contexts that a block status request is answered with, by name
/// @param offered the names of all contexts that the server has for the export
record Export(
    long size,
    int flags,
    boolean isStructured,
    int block,
    int maxPayload,
    Map<String, Integer> contexts,
    List<String> offered) {

  /// Whether bytes are allocated, and whether they read as zeros.
  static final String ALLOCATION = "base:allocation";

  private static final int READ_ONLY = 1 << 1;
  private static final int SEND_FLUSH = 1 << 2;
  private static final int SEND_WRITE_ZEROES = 1 << 6;
  private static final int CAN_MULTI_CONN = 1 << 8;

  Export {
    contexts = Map.copyOf(contexts);
    offered = List.copyOf(offered);
  }

  /// Returns whether the server lets nobody write to it over this connection.
  boolean isReadOnly() {
    return (flags & READ_ONLY) != 0;
  }

  /// Returns whether the server makes durable what was written, when it is told to.
  boolean canFlush() {
    return (flags & SEND_FLUSH) != 0;
  }

  /// Returns whether the server zeroes ranges by itself.
  boolean canZero() {
    return (flags & SEND_WRITE_ZEROES) != 0;
  }

  /// Returns whether the server lets one client have several connections.
  boolean allowsConnections() {
    return (flags & CAN_MULTI_CONN) != 0;
  }

  /// Returns whether what another connection shows may be the same export.
  boolean isLike(Export other) {
    return size == other.size && flags == other.flags && block == other.block;
  }

  /// Returns whether the server says which bytes are zeros.
  boolean saysZeros() {
    return contexts.containsKey(ALLOCATION);
  }
}
