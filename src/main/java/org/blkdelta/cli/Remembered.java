package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.blkdelta.disk.DeviceIdentity;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.sync.DestinationOpener;
import org.blkdelta.sync.SampledDisk;
import org.blkdelta.sync.WrittenPages;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.StreamHeader;
import org.jspecify.annotations.Nullable;

/// A destination of which this host remembers the generation that it holds, or is on the way to. A
/// delta that does not start from there is refused. One run, one of these.
final class Remembered implements DestinationOpener {

  private static final Path SYS = Path.of("/sys");
  private static final String FOREIGN = "is not known as a copy that blkdelta made";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path path;
  private final String run;
  private final boolean saves;
  private final StateStore memory;
  private final @Nullable Base base;
  private final DestinationOpener destination;
  private final Consumer<String> warnings;
  private Optional<StreamHeader> stream = Optional.empty();
  private Optional<String> identity = Optional.empty();
  private Optional<WrittenPages> written = Optional.empty();
  private Optional<SampledDisk> sample = Optional.empty();
  private String since = "";
  private Optional<String> former = Optional.empty();
  private DestinationState state = DestinationState.UNKNOWN;
  private DestinationState.Fit fit = DestinationState.Fit.UNKNOWN;

  /// @param path of the destination
  /// @param run names this run
  /// @param saves whether this run saves an undo
  /// @param base what to make of the base, if somebody said so
  Remembered(
      Path path,
      String run,
      boolean saves,
      StateStore memory,
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

  /// Returns what identifies a destination, for this version and for an earlier one; nothing if
  /// nothing is there.
  static List<String> identities(Path path) throws IOException {
    if (!Files.exists(path)) {
      return List.of();
    }
    return Stream.of(DeviceIdentity.of(path, SYS), DeviceIdentity.former(path, SYS))
        .flatMap(Optional::stream)
        .toList();
  }

  /// Remembers that a destination is not what was written to it, and is incomplete therefore.
  static void doubt(Path path, Streams streams) {
    try {
      for (var identity : identities(path)) {
        if (streams.memory().knows(identity)) {
          var known = streams.memory().recall(identity, streams::warn);
          var state = known.map(StateFile::state).orElse(DestinationState.UNKNOWN);
          streams.memory().remember(identity, path, state.doubted(), Optional.empty());
        }
      }
    } catch (IOException fault) {
      streams.warn(
          "%s: cannot be remembered as incomplete: %s"
              .formatted(path, SyncException.describe(fault)));
    }
  }

  /// Returns in words that blkdelta may not have written what a destination holds, and why that is
  /// not remembered if it can't be; empty if it did write it.
  static Optional<String> whyForeign(Path path, StateStore memory) throws IOException {
    var identities = identities(path);
    var disbelief = new ArrayList<String>(); // the run itself warns of it, if it is not refused
    for (var identity : identities) {
      var known = memory.recall(identity, disbelief::add);
      if (known.isPresent()) {
        boolean isOwn = DeviceIdentity.of(path, SYS).equals(Optional.of(identity));
        boolean isCopy = known.get().state().isCopy() && (isOwn || isAt(known.get(), path));
        return isCopy ? Optional.empty() : Optional.of(FOREIGN);
      }
    }
    if (identities.isEmpty()) {
      return Optional.of(
          FOREIGN + ": it has no stable identity, so nothing can be remembered of it");
    }
    if (!disbelief.isEmpty()) {
      return Optional.of(FOREIGN + ": " + disbelief.getFirst());
    }
    return Optional.of(
        memory.isWritable()
            ? FOREIGN
            : "%s: nothing can be remembered, because %s cannot be written; let %s name another folder"
                .formatted(FOREIGN, memory.folder(), StateStore.VARIABLE));
  }

  @Override
  public WritableDisk open(StreamHeader header) throws IOException {
    stream = Optional.of(header);
    var disk = destination.open(header);
    try {
      recall(header);
      checkWritten(disk, header);
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
              .formatted(path, SyncException.describe(fault), StateStore.VARIABLE);
      if (identity.filter(memory::knows).isPresent()) {
        throw new RefusedException(told, fault); // what is remembered would become a lie
      }
      warnings.accept(told);
      identity = Optional.empty();
    }
    var sampled = new SampledDisk(destination.begin(opened, firstOffset), written, RANDOM);
    sample = Optional.of(sampled);
    written = Optional.empty();
    return sampled;
  }

  @Override
  public void durable(long offset) throws IOException {
    kept(state.durable(offset));
    destination.durable(offset);
  }

  @Override
  public void complete() throws IOException {
    destination.complete();
    written = sample.map(SampledDisk::pages);
    kept(state.completed(stream.orElseThrow()));
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
      warnings.accept(path + ": has no stable identity, so its state can't be remembered");
      return;
    }
    var known = recalled(identity.get());
    state = known.map(StateFile::state).orElse(DestinationState.UNKNOWN);
    written = known.flatMap(StateFile::written);
    since = known.map(StateFile::since).orElse("");
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

  /// Recalls what this version remembers, or else an earlier one, which knew files by less.
  private Optional<StateFile> recalled(String known) throws IOException {
    if (memory.knows(known)) {
      return memory.recall(known, warnings);
    }
    former =
        DeviceIdentity.former(path, SYS).filter(old -> !old.equals(known) && memory.knows(old));
    if (former.isEmpty()) {
      return Optional.empty();
    }
    return memory.recall(former.get(), warnings).filter(this::isHere);
  }

  /// Returns whether a file of an earlier version is of this destination: those of a file system
  /// and of its clone had the same name.
  private boolean isHere(StateFile old) {
    if (isAt(old, path)) {
      return true;
    }
    warnings.accept(
        "%s: what blkdelta 0.1.0 remembered of %s may be of this file or of a clone; it counts as unknown"
            .formatted(path, old.path()));
    former = Optional.empty();
    return false;
  }

  /// Returns whether the path that was noted is that of a destination. Version 0.1.0 noted it as it
  /// was typed, and if that was relative, only its last name says anything.
  private static boolean isAt(StateFile old, Path path) {
    var noted = Path.of(old.path());
    try {
      return noted.isAbsolute()
          ? Files.exists(noted) && Files.isSameFile(noted, path)
          : noted.endsWith(path.toRealPath().getFileName());
    } catch (IOException unseen) {
      return false;
    }
  }

  /// Looks at pages that the last run wrote, if what it left is what the stream starts from. They
  /// show a destination that was rolled back: what did not change does not.
  private void checkWritten(Disk disk, StreamHeader header) throws IOException {
    if (fit != DestinationState.Fit.RIGHT
        || header.lineage().isWhole()
        || base == Base.ASSUME
        || base == Base.FULL
        || written.isEmpty()) {
      return;
    }
    var different = written.get().firstDifference(disk);
    if (different.isPresent()) {
      throw new RefusedException(
          "%s: at byte %d: is not what blkdelta wrote there (%s): it was rolled back, or something else wrote to it; compare all of it: --base=full, or bring it up to date: blkdelta verify --repair"
              .formatted(path, different.getAsLong(), since));
    }
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
      memory.remember(identity.get(), path, next, next.isComplete() ? written : Optional.empty());
      if (former.isPresent()) {
        memory.forget(former.get());
        former = Optional.empty();
      }
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
