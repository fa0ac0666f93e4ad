package org.blkdelta.host;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The programs that this process has started, and what they have started.
public final class Children {

  /// For those that end by themselves, when they have done what must be done.
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /// For a hook that puts something right: a loaded host takes seconds to start a program.
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static final Duration PAUSE = Duration.ofMillis(10);

  private static final Set<Thread> HOOKS = ConcurrentHashMap.newKeySet();
  private static final Set<ProcessHandle> SPARED = ConcurrentHashMap.newKeySet();

  private Children() {}

  /// Adds a shutdown hook that runs programs. They are not ended before it has.
  ///
  /// @throws IllegalStateException if the process is ending already
  public static void addHook(Thread hook) {
    Runtime.getRuntime().addShutdownHook(hook);
    HOOKS.add(hook);
  }

  /// Takes such a hook back.
  ///
  /// @throws IllegalStateException if the process is ending already
  public static void removeHook(Thread hook) {
    Runtime.getRuntime().removeShutdownHook(hook);
    HOOKS.remove(hook);
  }

  /// Lets a program, and what it has started, outlive this process.
  static void spare(ProcessHandle program) {
    SPARED.add(program);
  }

  /// Ends what is still running after a moment, so that nothing outlives this process: an SSH
  /// client that connects or asks for a password would. For use in a shutdown hook.
  public static void end() {
    awaitHooks();
    var running = running();
    var ends = running.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new);
    try {
      CompletableFuture.allOf(ends).get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException others) {
      // which are ended now
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
    }
    running().forEach(ProcessHandle::destroy);
  }

  private static void awaitHooks() {
    long end = System.nanoTime() + LIMIT.toNanos();
    try {
      for (var hook : HOOKS) {
        while (hook.getState() != Thread.State.TERMINATED && System.nanoTime() < end) {
          Thread.sleep(PAUSE); // not join: it may not have been started yet
        }
      }
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
    }
  }

  private static List<ProcessHandle> running() {
    var running = ProcessHandle.current().descendants().toList();
    var spared =
        SPARED.stream()
            .flatMap(program -> Stream.concat(Stream.of(program), program.descendants()))
            .collect(Collectors.toSet());
    return running.stream().filter(program -> !spared.contains(program)).toList();
  }
}
