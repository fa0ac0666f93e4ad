package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.disk.DeviceIdentity;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.sync.DestinationOpener;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.StreamHeader;
import org.jspecify.annotations.Nullable;

/// A destination of which this host remembers the generation that it holds, or is on the way to. A
/// delta that does not start from there is refused. One run, one of these.
final class Remembered implements DestinationOpener {

  private static final Path SYS = Path.of("/sys");

  private final Path path;
  private final String run;
  private final boolean saves;
  private final Memory memory;
  private final @Nullable Base base;
  private final DestinationOpener destination;
  private final Consumer<String> warnings;
  private Optional<StreamHeader> stream = Optional.empty();
  private Optional<String> identity = Optional.empty();
  private DestinationState state = DestinationState.UNKNOWN;
  private DestinationState.Fit fit = DestinationState.Fit.UNKNOWN;

  /// @param path of the destination
  /// @param run names this run
  /// @param saves whether this run saves an undo
  /// @param base what to make of the base, where somebody said so
  Remembered(
      Path path,
      String run,
      boolean saves,
      Memory memory,
      @Nullable Base base,
      DestinationOpener destination,
      Consumer<String> warnings) {
    this.path = path;
    this.run = run;
    this.saves = saves;
    this.memory = memory;
    this.base = base;
    this.destination = destination;
    this.warnings = warnings;
  }

  /// Returns what identifies a destination, or empty if nothing does, or nothing is there.
  static Optional<String> identity(Path path) throws IOException {
    return Files.exists(path) ? DeviceIdentity.of(path, SYS) : Optional.empty();
  }

  /// Remembers that a destination is not what was written to it, and is incomplete therefore.
  static void doubt(Path path, Streams streams) {
    try {
      var identity = DeviceIdentity.of(path, SYS);
      if (identity.isPresent() && streams.memory().knows(identity.get())) {
        var known = streams.memory().recall(identity.get(), streams::warn);
        var state = known.map(StateFile::state).orElse(DestinationState.UNKNOWN);
        streams.memory().remember(identity.get(), path, state.doubted());
      }
    } catch (IOException fault) {
      streams.warn(
          "%s: cannot be remembered as incomplete: %s"
              .formatted(path, SyncException.describe(fault)));
    }
  }

  /// Returns whether what a destination holds was written by blkdelta, as far as is remembered.
  static boolean isCopy(Path path, Memory memory) throws IOException {
    var identity = DeviceIdentity.of(path, SYS);
    return identity.isPresent()
        && memory
            .recall(identity.get(), disbelief -> {}) // the run itself warns of it
            .filter(file -> file.state().isCopy())
            .isPresent();
  }

  @Override
  public WritableDisk open(StreamHeader header) throws IOException {
    stream = Optional.of(header);
    var disk = destination.open(header);
    try {
      recall(header);
      return disk;
    } catch (IOException | RuntimeException fault) {
      disk.close();
      throw fault;
    }
  }

  @Override
  public Answer.Ready ready() {
    var header = stream.orElseThrow();
    boolean isLive = header.source().isPresent(); // one that is kept cannot be begun elsewhere
    return new Answer.Ready(isLive ? state.resumeAt(header) : 0, known());
  }

  private Answer.Base known() {
    if (isCreated() || base == Base.ASSUME || fit == DestinationState.Fit.BASELESS) {
      return Answer.Base.ANY;
    }
    return fit == DestinationState.Fit.RIGHT ? Answer.Base.RIGHT : Answer.Base.UNKNOWN;
  }

  @Override
  public WritableDisk begin(WritableDisk opened, long firstOffset) throws IOException {
    var next = state.begun(stream.orElseThrow(), run, firstOffset, isCreated(), saves);
    try {
      remember(next);
    } catch (IOException fault) {
      var told =
          "%s: what it holds cannot be remembered: %s; let %s name a folder that can be written"
              .formatted(path, SyncException.describe(fault), Memory.VARIABLE);
      if (identity.filter(memory::knows).isPresent()) {
        throw new RefusedException(told, fault); // what is remembered would become a lie
      }
      warnings.accept(told);
      identity = Optional.empty();
    }
    return destination.begin(opened, firstOffset);
  }

  @Override
  public void durable(long offset) throws IOException {
    kept(state.durable(offset));
    destination.durable(offset);
  }

  @Override
  public void complete() throws IOException {
    kept(state.completed(stream.orElseThrow()));
    destination.complete();
  }

  private boolean isCreated() {
    return destination.ready().base() == Answer.Base.ANY;
  }

  private void recall(StreamHeader header) throws IOException {
    if (Files.notExists(path)) {
      return; // a dry run would have made it
    }
    identity = DeviceIdentity.of(path, SYS);
    if (identity.isEmpty()) {
      warnings.accept(path + ": has no id of its own, so nobody remembers what it holds");
      return;
    }
    state =
        memory
            .recall(identity.get(), warnings)
            .map(StateFile::state)
            .orElse(DestinationState.UNKNOWN);
    fit = state.fit(header);
    if (state.isUnsureOf(header) && base != Base.FULL) {
      warnings.accept(
          "%s: %s; the stream %s: these ids prove nothing, since other disks and other states may have the same; %s"
              .formatted(
                  path,
                  state.text(),
                  header.text(),
                  base == Base.ASSUME
                      ? "assumed to be right"
                      : "a sample is compared, and --base=full compares everything"));
    }
    if (fit != DestinationState.Fit.WRONG) {
      return;
    }
    var found = "%s: %s; the stream %s".formatted(path, state.text(), header.text());
    if (base == null || base == Base.SAMPLE) {
      throw new RefusedException(found + "; " + advice(header));
    }
    warnings.accept(found + "; it is written all the same");
  }

  private String advice(StreamHeader header) {
    var override = "or where something else has been written since, compare all of it: --base=full";
    if (state.isComplete()) {
      return "send what starts from there, " + override;
    }
    return header.lineage().base().equals(state.delta().base())
        ? "its changes may be others by now: sync --base=full compares all that did not change"
        : "run the command that was interrupted again, or apply its undo, " + override;
  }

  private void remember(DestinationState next) throws IOException {
    state = next;
    if (identity.isPresent()) {
      memory.remember(identity.get(), path, next);
    }
  }

  /// Remembers while something is written.
  private void kept(DestinationState next) throws IncompleteException {
    try {
      remember(next);
    } catch (IOException fault) {
      throw new IncompleteException(
          "%s: what it holds cannot be remembered: %s; the destination is incomplete until a run completes"
              .formatted(path, SyncException.describe(fault)),
          fault);
    }
  }
}
