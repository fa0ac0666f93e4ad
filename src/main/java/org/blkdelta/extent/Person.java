package org.blkdelta.extent;

import java.util.Optional;

/// The person at the terminal. If there is no terminal, nothing is answered and nothing is agreed
/// to.
public interface Person {

  /// Nobody: no answer to anything.
  Person NOBODY =
      new Person() {
        @Override
        public Optional<char[]> secret(String prompt) {
          return Optional.empty();
        }

        @Override
        public boolean agree(String question) {
          return false;
        }
      };

  /// Asks for a passphrase or a password, without echo. Empty where there is no terminal.
  Optional<char[]> secret(String prompt);

  /// Asks a question of several lines that is answered by yes or no. False where there is no
  /// terminal.
  boolean agree(String question);
}
