package org.blkdelta.remote;

import java.util.Optional;
import java.util.function.Consumer;

/// The person at the terminal, as a connection sees one. If there is no terminal, nothing is
/// answered and nothing is agreed to. The methods may be called from any thread, but never from two
/// at once for one connection, except [#tell].
public interface Questions {

  /// Nobody: no answer to anything, and what is told is dropped.
  Questions NOBODY = telling(line -> {});

  /// Returns one to which nothing is answered, and which shows what is told by `lines`.
  static Questions telling(Consumer<String> lines) {
    return new Questions() {
      @Override
      public Optional<char[]> secret(String prompt) {
        return Optional.empty();
      }

      @Override
      public boolean agree(String question) {
        return false;
      }

      @Override
      public void tell(String line) {
        lines.accept(line);
      }
    };
  }

  /// Asks for a passphrase or a password, without echo. Empty where there is no terminal.
  Optional<char[]> secret(String prompt);

  /// Asks a question of several lines that is answered by yes or no. False where there is no
  /// terminal.
  boolean agree(String question);

  /// Shows a line that the remote command printed to standard error, or that says how the
  /// connection is made. It has no control characters. It should not block for long.
  void tell(String line);

  /// Shows how much has gone of something that takes a while, where that can be drawn over.
  ///
  /// @param what goes, as the rest of a sentence: `sending blkdelta`
  /// @param bytes that have gone; all of them at last
  /// @param totalBytes how many there are
  default void sent(String what, long bytes, long totalBytes) {}
}
