package org.blkdelta.vsphere;

import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Deque;
import org.blkdelta.host.Children;

/// What must be undone at the host on every way out, also by a signal; the last first, each once.
final class Cleanup implements Closeable {

  /// One thing that is undone. It must not fail.
  interface Step {
    void undo();
  }

  private final Deque<Step> steps = new ArrayDeque<>();
  private final Thread hook = Thread.ofPlatform().name("cleanup").unstarted(this::run);

  /// Creates one with nothing to do yet; the caller closes it.
  Cleanup() {
    Children.addHook(hook);
  }

  /// Adds something that is to be undone from now on.
  synchronized void add(Step step) {
    steps.push(step);
  }

  /// Leaves something as it is, if it is still to be undone.
  synchronized void keep(Step step) {
    steps.remove(step);
  }

  private synchronized void run() {
    while (!steps.isEmpty()) {
      steps.pop().undo();
    }
  }

  @Override
  public void close() {
    try {
      Children.removeHook(hook);
    } catch (IllegalStateException ending) {
      // the hook runs, and finds that nothing is left to do
    }
    run();
  }
}
