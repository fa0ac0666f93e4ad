package org.blkdelta.migrate;

import java.io.Closeable;
import java.io.IOException;
import org.blkdelta.guardian.Answer;
import org.blkdelta.guardian.Order;
import org.blkdelta.guardian.Request.Wish;

/// The guardians of a job's source.
interface Guardians {

  /// Starts one; the caller closes the link, which the guardian outlives.
  ///
  /// @throws IOException if it cannot be started; then nothing is stopped
  Link begin(Order order) throws IOException;

  /// Waits until a cutover's guardian has ended, and returns what it ended with. One that never
  /// began has left the source on.
  ///
  /// @throws IOException if that cannot be found out
  Answer settle(String id) throws IOException;

  /// What a guardian is talked to by. It is told all the time that the cutover is led.
  interface Link extends Closeable {

    /// Asks for something, again and again until there is an answer.
    ///
    /// @throws IOException if none comes
    Answer ask(Wish wish, long mark) throws IOException;

    /// Asks for the source to be on again, and waits for nothing: this process is ending.
    void leave() throws IOException;
  }
}
