package org.blkdelta.report;

import java.util.Optional;
import java.util.function.Consumer;

/// How far a run is, for whoever asks by a signal.
public final class Progress {

  private final Consumer<Runnable> questions;
  private final Screen screen;
  private volatile Optional<ProgressMeter> meter = Optional.empty();

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
  void follow(ProgressMeter now) {
    meter = Optional.of(now);
  }

  private void answer(Streams streams) {
    meter.ifPresentOrElse(
        ProgressMeter::tell, () -> streams.say("at work, but nothing has been moved yet"));
  }
}
