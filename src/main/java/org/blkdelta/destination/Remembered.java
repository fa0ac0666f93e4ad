package org.blkdelta.destination;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.function.Consumer;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.WritableDisk;
import org.blkdelta.failure.IncompleteException;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.linux.StateFolder;
import org.blkdelta.sync.Base;
import org.blkdelta.sync.Destination;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.StreamHeader;

/// A destination of which this host remembers the generation that it holds, or is on the way to. A
/// delta that does not start from there is refused. One run, one of these.
///
/// @param name of the destination
/// @param run names this run
/// @param saves whether this run saves an undo
/// @param base what to make of the base, if somebody said so
/// @param destination of that name
record Remembered(
    DestinationName name,
    String run,
    boolean saves,
    StateStore memory,
    Optional<Base> base,
    Destination destination,
    Consumer<String> warnings)
    implements Destination {

  private static final SecureRandom RANDOM = new SecureRandom();

  /// What is remembered of a destination.
  ///
  /// @param identity what it is remembered by; empty if it can't be
  /// @param former what an earlier version remembered it by, if that is what is known
  /// @param state what it holds
  /// @param written some of what the last run wrote
  /// @param since when, for people
  private record Known(
      Optional<String> identity,
      Optional<String> former,
      DestinationState state,
      Optional<WrittenPages> written,
      String since) {

    static final Known NOTHING =
        new Known(
            Optional.empty(), Optional.empty(), DestinationState.UNKNOWN, Optional.empty(), "");

    static Known of(String identity, Optional<String> former, Optional<StateFile> file) {
      return new Known(
          Optional.of(identity),
          former,
          file.map(StateFile::state).orElse(DestinationState.UNKNOWN),
          file.flatMap(StateFile::written),
          file.map(StateFile::since).orElse(""));
    }

    /// Returns how a stream fits; of what can't be remembered, nothing is known.
    DestinationState.Fit fit(StreamHeader header) {
      return identity.isEmpty() ? DestinationState.Fit.UNKNOWN : state.fit(header);
    }
  }

  @Override
  public Opened open(StreamHeader header) throws IOException {
    var opened = destination.open(header);
    try {
      var known = known();
      checkFit(known, header);
      checkWritten(known, opened.disk(), header);
      return new Checked(opened, header, known);
    } catch (IOException | RuntimeException fault) {
      opened.close();
      throw fault;
    }
  }

  private Known known() throws IOException {
    if (!name.exists()) {
      return Known.NOTHING; // a dry run would have made it
    }
    var identity = name.identity();
    if (identity.isEmpty()) {
      warnings.accept(name + ": has no stable identity, so its state can't be remembered");
      return Known.NOTHING;
    }
    var own = identity.get();
    if (memory.knows(own)) {
      return Known.of(own, Optional.empty(), memory.recall(own, warnings));
    }
    // an earlier version knew files by less
    var former = name.former().filter(old -> !old.equals(own) && memory.knows(old));
    if (former.isEmpty()) {
      return Known.of(own, former, Optional.empty());
    }
    var file = memory.recall(former.get(), warnings);
    return file.isEmpty() || isHere(file.get())
        ? Known.of(own, former, file)
        : Known.of(own, Optional.empty(), Optional.empty());
  }

  /// Returns whether a file of an earlier version is of this destination: those of a file system
  /// and of its clone had the same name.
  private boolean isHere(StateFile old) {
    if (name.isAt(old)) {
      return true;
    }
    warnings.accept(
        "%s: what blkdelta 0.1.0 remembered of %s may be of this file or of a clone; it counts as unknown"
            .formatted(name, old.path()));
    return false;
  }

  private void checkFit(Known known, StreamHeader header) throws RefusedException {
    var state = known.state();
    if (state.isUnsureOf(header) && !isBased(Base.FULL)) {
      warnings.accept(
          "%s: %s; the stream %s; other disks may have the same ids; %s"
              .formatted(
                  name,
                  state.text(),
                  header.text(),
                  isBased(Base.ASSUME) ? "assumed to be right" : "a sample is compared"));
    }
    if (known.fit(header) != DestinationState.Fit.WRONG) {
      return;
    }
    var found = "%s: %s; the stream %s".formatted(name, state.text(), header.text());
    if (base.isEmpty() || isBased(Base.SAMPLE)) {
      throw new RefusedException(found + "; " + advice(state, header));
    }
    warnings.accept(found + "; it is written all the same");
  }

  /// Looks at pages that the last run wrote, if what it left is what the stream starts from. They
  /// show a destination that was rolled back: what did not change does not.
  private void checkWritten(Known known, Disk disk, StreamHeader header) throws IOException {
    if (known.fit(header) != DestinationState.Fit.RIGHT
        || !known.state().isComplete()
        || isWhateverIsThere(header)
        || known.written().isEmpty()) {
      return;
    }
    var different = known.written().get().firstDifference(disk);
    if (different.isPresent()) {
      throw new RefusedException(
          "%s: at byte %d: is not what blkdelta wrote there (%s): it was rolled back, or written to since; compare everything: --base=full, or blkdelta verify --repair"
              .formatted(name, different.getAsLong(), known.since()));
    }
  }

  /// Returns whether it doesn't matter what the destination holds.
  private boolean isWhateverIsThere(StreamHeader header) {
    return header.lineage().isWhole() || isBased(Base.ASSUME) || isBased(Base.FULL);
  }

  private static String advice(DestinationState state, StreamHeader header) {
    var override = "or if something else has been written since, compare all of it: --base=full";
    if (state.isComplete()) {
      return "send what starts from there, " + override;
    }
    return header.lineage().base().equals(state.delta().base())
        ? "its changes may be others by now: sync --base=full compares all that did not change"
        : "run the command that was interrupted again, or apply its undo, " + override;
  }

  private boolean isBased(Base how) {
    return base.equals(Optional.of(how));
  }

  private void remember(
      Known known, DestinationState next, Optional<WrittenPages> written, boolean isFirst)
      throws IOException {
    if (known.identity().isPresent()) {
      memory.remember(known.identity().get(), name.noted(), next, written);
      if (isFirst && known.former().isPresent()) {
        memory.forget(known.former().get());
      }
    }
  }

  /// One that passed the checks.
  private final class Checked implements Opened {

    private final Opened opened;
    private final StreamHeader header;
    private final Known known;

    Checked(Opened opened, StreamHeader header, Known known) {
      this.opened = opened;
      this.header = header;
      this.known = known;
    }

    @Override
    public WritableDisk disk() {
      return opened.disk();
    }

    @Override
    public Answer.Ready ready() {
      boolean isLive = header.source().isPresent(); // one that is kept cannot be begun elsewhere
      return new Answer.Ready(isLive ? known.state().resumeAt(header) : 0, base());
    }

    private Answer.Base base() {
      var fit = known.fit(header);
      if (isCreated() || isBased(Base.ASSUME) || fit == DestinationState.Fit.BASELESS) {
        return Answer.Base.ANY;
      }
      return fit == DestinationState.Fit.RIGHT && name.isProof()
          ? Answer.Base.RIGHT
          : Answer.Base.UNKNOWN;
    }

    private boolean isCreated() {
      return opened.ready().base() == Answer.Base.ANY;
    }

    @Override
    public Writing begin(long firstOffset) throws IOException {
      var next = known.state().begun(header, run, firstOffset, isCreated(), saves);
      boolean isRemembered = isRemembered(next);
      var writing = opened.begin(firstOffset);
      var disk = new SampledDisk(writing.disk(), earlier(), RANDOM);
      return new Begun(writing, header, isRemembered ? known : Known.NOTHING, disk, next);
    }

    /// Returns the pages of earlier runs that count. Something else may have written what the
    /// source has, too: a comparison then leaves it, and it is not what we wrote.
    private Optional<WrittenPages> earlier() {
      var written = known.written();
      if (written.isEmpty() || !isWhateverIsThere(header)) {
        return written;
      }
      try {
        return Optional.of(written.get().heldBy(opened.disk()));
      } catch (IOException unreadable) {
        return Optional.empty(); // a copy may write over it all
      }
    }

    /// Remembers that it is written to from now on, and returns whether that can be done.
    private boolean isRemembered(DestinationState next) throws RefusedException {
      try {
        remember(known, next, name.isProof() ? Optional.empty() : known.written(), true);
        return true;
      } catch (IOException fault) {
        var told =
            "%s: can't save this destination's state: %s; set %s to a folder that can be written"
                .formatted(name, SyncException.describe(fault), StateFolder.VARIABLE);
        if (known.former().isPresent() || known.identity().filter(memory::knows).isPresent()) {
          throw new RefusedException(told, fault); // what is remembered would become a lie
        }
        warnings.accept(told);
        return false;
      }
    }

    @Override
    public void close() throws IOException {
      opened.close();
    }
  }

  /// One that is being written.
  private final class Begun implements Writing {

    private final Writing writing;
    private final StreamHeader header;
    private final Known known;
    private final SampledDisk disk;
    private DestinationState state;

    Begun(
        Writing writing,
        StreamHeader header,
        Known known,
        SampledDisk disk,
        DestinationState state) {
      this.writing = writing;
      this.header = header;
      this.known = known;
      this.disk = disk;
      this.state = state;
    }

    @Override
    public WritableDisk disk() {
      return disk;
    }

    @Override
    public void durable(long offset) throws IOException {
      remembered(state.durable(offset), proof());
      writing.durable(offset);
    }

    @Override
    public Optional<Answer.Saved> complete() throws IOException {
      var saved = writing.complete();
      remembered(state.completed(header), Optional.of(disk.pages()));
      return saved;
    }

    private void remembered(DestinationState next, Optional<WrittenPages> written)
        throws IncompleteException {
      state = next;
      try {
        remember(known, next, written, false);
      } catch (IOException fault) {
        throw IncompleteException.after(
            "%s: can't save this destination's state: %s"
                .formatted(name, SyncException.describe(fault)),
            fault);
      }
    }

    /// What an interrupted run has written is the only proof of a destination that has none by its
    /// name.
    @Override
    public void close() throws IOException {
      try (disk) {
        if (!state.isComplete() && !name.isProof()) {
          remembered(state, proof());
        }
      }
    }

    private Optional<WrittenPages> proof() {
      return name.isProof() ? Optional.empty() : Optional.of(disk.pages());
    }
  }
}
