package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.linux.DurableFile;
import org.blkdelta.linux.DurableLog;
import org.blkdelta.linux.RunLock;
import org.blkdelta.report.Json;
import org.jspecify.annotations.Nullable;

/// What a job is about to do, and what came of it: a file of JSON objects, one on each line. An
/// intent is durable before its deed, and the outcome after it. One process at a time has it open;
/// its threads may share it.
final class Journal implements Closeable {

  private static final int VERSION = 1;
  private static final String LOCK = "job";
  private static final int MAX_LINES = 10_000;
  private static final int KEPT_ROUNDS = 200;

  /// What a line is about.
  enum Step {
    /// The journal is made; `what` names it. Each snapshot has that name as a tag.
    BEGIN,
    /// The volume is made that a copy is to be on.
    MAKE,
    /// The snapshots of all disks are taken.
    SNAPSHOTS,
    /// A disk is sent, up to the round's snapshot.
    SEND,
    /// A classic snapshot that fills is extended.
    EXTEND,
    /// A snapshot is removed.
    REMOVE,
    /// All disks of a round are sent.
    ROUND,
    /// All snapshots of the job are removed.
    FINISH,
    /// The machine is moved; `what` of the intent names the guardian. It failed if the source runs
    /// again.
    CUTOVER,
    /// The machine was stopped; `seconds` is what that took.
    STOP,
    /// All of the copies was compared while it was off.
    VERIFY,
    /// The machine is defined at the destination.
    DEFINE,
    /// The source stays off for good.
    HANDOVER,
    /// The machine is started at the destination. When it is up, `seconds` is what that and the
    /// hand-over took.
    START,
    /// The source, which was handed over, is started again; `what` of the intent names the
    /// guardian.
    BACK;

    /// Returns whether it tells where the machine is, or what moving it took.
    boolean isOfMachine() {
      return switch (this) {
        case CUTOVER, STOP, VERIFY, HANDOVER, START, BACK -> true;
        case BEGIN, MAKE, DEFINE, SNAPSHOTS, SEND, EXTEND, REMOVE, ROUND, FINISH -> false;
      };
    }
  }

  /// Which side of a deed a line is at.
  enum Phase {
    INTENT,
    DONE,
    FAILED
  }

  /// A line.
  ///
  /// @param v version of the format, 1
  /// @param time RFC 3339, UTC
  /// @param disk the volume, of a line about one
  /// @param bytes that changed, of a disk that was sent
  /// @param seconds that it took
  /// @param what in words
  /// @param fill how full the snapshot before was, in percent, of a disk whose changes were sent
  /// @param places where on the disk it was sent to, as [Spread] has it; earlier versions had none
  record Line(
      int v,
      String time,
      long seq,
      long round,
      Step step,
      Phase phase,
      @Nullable String disk,
      @Nullable Long bytes,
      @Nullable Double seconds,
      @Nullable String what,
      @Nullable Double fill,
      @Nullable String places) {}

  private final Clock clock;
  private final RunLock lock;
  private final DurableLog log;
  private final List<Line> lines;
  private final Consumer<Line> told;

  private Journal(
      Clock clock, RunLock lock, DurableLog log, List<Line> lines, Consumer<Line> told) {
    this.clock = clock;
    this.lock = lock;
    this.log = log;
    this.lines = lines;
    this.told = told;
  }

  /// Opens a job's; the caller closes it.
  ///
  /// @param folder of the job, which is made if it is missing
  /// @param told each line that is written
  /// @throws RefusedException if another process has it open, or if it cannot be believed
  static Journal open(Path folder, String job, Clock clock, Consumer<Line> told)
      throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    var lock = RunLock.take(folder, LOCK);
    if (lock.isEmpty()) {
      throw new RefusedException(
          "job %s: is running already; wait for it: blkdelta migrate status %s"
              .formatted(job, job));
    }
    try {
      var file = file(folder);
      var lines = shortened(read(folder), file);
      var grows = new CopyOnWriteArrayList<>(lines);
      var journal = new Journal(clock, lock.get(), DurableLog.open(file), grows, told);
      if (lines.isEmpty()) {
        journal.write(0, Step.BEGIN, Phase.DONE, UUID.randomUUID().toString().substring(0, 8));
      }
      return journal;
    } catch (IOException | RuntimeException fault) {
      lock.get().close();
      throw fault;
    }
  }

  /// Returns whether a process has it open.
  static boolean isOpen(Path folder) throws IOException {
    return RunLock.isTaken(folder, LOCK);
  }

  /// A job under a timer runs for years: of a long journal, only what is still asked for is kept.
  private static List<Line> shortened(List<Line> lines, Path file) throws IOException {
    if (lines.size() <= MAX_LINES) {
      return lines;
    }
    long last = new JobState(lines).lastRound();
    var kept = new ArrayList<Line>();
    for (var line : lines) {
      if (line.step() == Step.BEGIN
          || line.step().isOfMachine()
          || line.round() > last - KEPT_ROUNDS
          || (line.step() == Step.SEND && line.phase() == Phase.DONE && isHeld(line, lines))) {
        kept.add(line);
      }
    }
    var text = new StringBuilder();
    kept.forEach(line -> text.append(Json.line(line)).append('\n'));
    DurableFile.replace(file, text.toString().getBytes(UTF_8));
    return kept;
  }

  private static boolean isHeld(Line line, List<Line> lines) {
    var held = new JobState(lines).held(String.valueOf(line.disk()));
    return held.isPresent() && held.getAsLong() == line.round();
  }

  /// Returns the lines of a job's journal, none if there is no journal.
  ///
  /// @throws RefusedException if they cannot be believed
  static List<Line> read(Path folder) throws IOException {
    var file = file(folder);
    var lines = new ArrayList<Line>();
    for (var text : DurableLog.read(file)) {
      long after = lines.isEmpty() ? -1 : lines.getLast().seq();
      lines.add(parse(text, after, lines.size() + 1, file));
    }
    return lines;
  }

  /// @param after the number of the line before
  private static Line parse(String text, long after, int number, Path file)
      throws RefusedException {
    var line = Json.parsed(text, Line.class);
    if (line.isEmpty()
        || line.get().v() != VERSION
        || line.get().seq() <= after
        || line.get().step() == null
        || line.get().phase() == null) {
      throw new RefusedException(
          "%s: line %d: is not a line of a journal of this version; move the file away to start again"
              .formatted(file, number));
    }
    return line.get();
  }

  private static Path file(Path folder) {
    return folder.resolve("journal.ndjson");
  }

  /// Returns all lines, the oldest first; they grow. Any thread may look at them.
  List<Line> lines() {
    return lines;
  }

  /// Writes a line about the whole job.
  void write(long round, Step step, Phase phase, @Nullable String what) throws IOException {
    add(round, step, phase, null, null, null, what, null, null);
  }

  /// Writes a line about one disk.
  void write(long round, Step step, Phase phase, String disk, @Nullable String what)
      throws IOException {
    add(round, step, phase, disk, null, null, what, null, null);
  }

  /// Writes that something is done.
  ///
  /// @param seconds that it took
  void done(long round, Step step, double seconds) throws IOException {
    add(round, step, Phase.DONE, null, null, Json.seconds(seconds), null, null, null);
  }

  /// Writes that a disk was sent.
  ///
  /// @param fill how full the classic snapshot before was, in percent, if there was one
  void sent(long round, String disk, Sent sent, double seconds, String what, @Nullable Double fill)
      throws IOException {
    var took = Json.seconds(seconds);
    var places = sent.places().isEmpty() ? null : sent.places();
    add(round, Step.SEND, Phase.DONE, disk, sent.bytes(), took, what, fill, places);
  }

  private synchronized void add(
      long round,
      Step step,
      Phase phase,
      @Nullable String disk,
      @Nullable Long bytes,
      @Nullable Double seconds,
      @Nullable String what,
      @Nullable Double fill,
      @Nullable String places)
      throws IOException {
    var time = clock.instant().truncatedTo(ChronoUnit.MILLIS).toString();
    var line =
        new Line(
            VERSION,
            time,
            lines.isEmpty() ? 0 : lines.getLast().seq() + 1,
            round,
            step,
            phase,
            disk,
            bytes,
            seconds,
            what,
            fill,
            places);
    log.append(Json.line(line));
    lines.add(line);
    told.accept(line);
  }

  @Override
  public void close() throws IOException {
    try (lock) {
      log.close();
    }
  }
}
