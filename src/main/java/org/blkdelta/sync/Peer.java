package org.blkdelta.sync;

import java.io.InputStream;
import java.io.OutputStream;

/// A receiver at the other end of a connection.
public interface Peer {

  /// Returns what messages call it.
  String name();

  /// Returns where the stream goes. Closing it is the end of the stream.
  OutputStream toPeer();

  /// Returns where the answers come from.
  InputStream fromPeer();

  /// Says in words why it ended without an answer; waits for its end, but not for ever.
  String whyItEnded();

  /// Returns whether it ended by refusing what it was asked for, and so wrote nothing; waits for
  /// its end, but not for ever.
  boolean hasRefused();

  /// Ends the connection whatever the state, so that reads and writes of other threads fail.
  void giveUp();
}
