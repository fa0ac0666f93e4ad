package org.blkdelta.remote;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/// What a [LoopbackServer] does with a command line, in the place of a login shell.
@FunctionalInterface
public interface RemoteCommand {

  /// Runs the command line to its end on the calling thread and returns its exit status, 0 to 255.
  /// The streams are the command's; the caller closes them.
  int run(String commandLine, InputStream in, OutputStream out, OutputStream err)
      throws IOException;
}
