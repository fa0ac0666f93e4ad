package org.blkdelta.report;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/// How far a run is, for whoever asks by a signal.
public final class Progress {

  private final Consumer<Runnable> questions;
  private final Screen screen;

  /// By what they are of: several runs may go on at the same time.
  private final Map<String, ProgressMeter> meters = new ConcurrentSkipListMap<>();

  /// @param questions is given, once, what to do when somebody asks
  /// @param screen what is shown meanwhile
  public Progress(Consumer<Runnable> questions, Screen screen) {
    this.questions = questions;
    this.screen = screen;
  }

  /// Returns one that nobody asks, and that a log shows.
  public static Progress unasked() {
    return new Progress(nobody -> {}, Screen.LOG);
  }

  /// Returns what can be shown of it.
  Screen screen() {
    return screen;
  }

  /// Hears questions from now on, by a thread of its own: that takes a while.
  public void listen(Streams streams) {
    Thread.ofPlatform()
        .daemon()
        .name("questions")
        .start(() -> questions.accept(() -> answer(streams)));
  }

  /// Has a meter answer from now on.
  ///
  /// @param of what it is of, if several go on at the same time; else nothing
  void follow(String of, ProgressMeter now) {
    meters.put(of, now);
  }

  /// Has a meter answer no more.
  void leave(String of) {
    meters.remove(of);
  }

  private void answer(Streams streams) {
    var asked = List.copyOf(meters.values());
    if (asked.isEmpty()) {
      streams.say("at work, but nothing has been moved yet");
    }
    asked.forEach(ProgressMeter::tell);
  }
}
