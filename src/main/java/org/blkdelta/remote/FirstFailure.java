package org.blkdelta.remote;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.blkdelta.failure.ConnectionException;
import org.jspecify.annotations.Nullable;

/// The first thing that went wrong with a connection, kept by whoever found it: the SSH library
/// passes on only that something did.
final class FirstFailure {

  private final AtomicReference<@Nullable ConnectionException> first = new AtomicReference<>();

  /// Keeps a failure, unless there was one before.
  void set(ConnectionException failure) {
    first.compareAndSet(null, failure);
  }

  /// Returns the failure that was kept.
  Optional<ConnectionException> get() {
    return Optional.ofNullable(first.get());
  }
}
