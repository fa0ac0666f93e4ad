package org.blkdelta.migrate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.guardian.Answer;
import org.blkdelta.guardian.FakeGuardian;
import org.blkdelta.guardian.Order;
import org.blkdelta.guardian.Request;
import org.blkdelta.guardian.Request.Wish;
import org.blkdelta.host.Commands;

/// A machine that can be on at two hosts, with a guardian at the source, a link between them, and
/// whoever leads the cutover. Time passes by ticks of a second; in each of them something may fail.
/// If the machine is ever on at both hosts, that is an error.
final class FakeMachines implements Guardians, Commands {

  /// Whoever leads the cutover is killed.
  static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /// What can go wrong in a schedule, and when: in seconds from the start, or never.
  static final class Failures {
    long leaderKilledAt = Long.MAX_VALUE;
    long guardianKilledAt = Long.MAX_VALUE;
    long rebootAt = Long.MAX_VALUE;
    long linkDownAt = Long.MAX_VALUE;
    long linkUpAt = Long.MAX_VALUE;
    long stopTakes = 5;
    boolean isOffLies;
    boolean startFails;
    boolean releaseFails;
    int hookFaults;
  }

  final FakeLvm lvm = new FakeLvm(this::farTick);
  final FakeCopies copies = new FakeCopies(lvm, this::farTick);
  final Failures failures = new Failures();

  /// Whether somebody leads a cutover, and can be killed.
  boolean isLed;

  private final Random random;
  private final FakeGuardian.Host host;
  private Optional<FakeGuardian> guardian = Optional.empty();
  private Optional<Link> link = Optional.empty();
  private String orderId = "";
  private long asked;

  /// A request that was sent twice, and comes a second time.
  private Optional<Request> late = Optional.empty();

  private boolean isInGuardian;
  private boolean isSourceOn = true;
  private boolean isThereOn;
  private boolean startsByItself = true;

  /// What of that is on the host's disk: a power cut leaves just that.
  private boolean startsAfterCut = true;

  private boolean isTold;
  private boolean isChanged;
  private long offAt = Long.MAX_VALUE;
  private long restartAt = Long.MAX_VALUE;
  private long seconds;
  private int boots = 1;

  FakeMachines(Path folder, Random random) {
    this.random = random;
    this.host = new FakeGuardian.Host(folder.resolve("guardian.ndjson"), new Source());
  }

  boolean isSourceOn() {
    return isSourceOn;
  }

  boolean isThereOn() {
    return isThereOn;
  }

  long seconds() {
    return seconds;
  }

  void pause(long count) {
    for (long i = 0; i < count; i++) {
      tick();
    }
  }

  /// Whatever is done at the source by somebody else needs the link.
  private void farTick() {
    tick();
  }

  /// A second passes.
  void tick() {
    seconds++;
    if (isSourceOn) {
      lvm.write(random);
      isChanged = true;
    }
    if (isThereOn) {
      copies.byVolume.values().forEach(copy -> copy.blocks[0] = random.nextInt());
    }
    if (seconds >= offAt) {
      isSourceOn = false;
      offAt = Long.MAX_VALUE;
      isTold = false;
    }
    if (seconds >= failures.rebootAt) {
      failures.rebootAt = Long.MAX_VALUE;
      reboot();
    }
    guard();
    if (isSourceOn && isThereOn) {
      throw new AssertionError("both are on at second " + seconds);
    }
    if (seconds >= failures.leaderKilledAt && !isInGuardian) {
      failures.leaderKilledAt = Long.MAX_VALUE;
      link = Optional.empty();
      if (isLed) {
        throw new Killed();
      }
    }
  }

  private void reboot() {
    boots++;
    guardian = Optional.empty();
    restartAt = Long.MAX_VALUE;
    link = Optional.empty();
    startsByItself = startsAfterCut;
    isSourceOn = startsByItself;
    offAt = Long.MAX_VALUE;
    isTold = false;
  }

  private void guard() {
    if (isInGuardian) {
      if (seconds >= failures.guardianKilledAt) {
        failures.guardianKilledAt = Long.MAX_VALUE;
        throw new FakeGuardian.Killed();
      }
      return;
    }
    if (seconds >= failures.guardianKilledAt && guardian.isPresent()) {
      failures.guardianKilledAt = Long.MAX_VALUE;
      killGuardian();
    }
    if (seconds >= restartAt) {
      restartAt = Long.MAX_VALUE;
      within(() -> guardian = Optional.of(FakeGuardian.resume(host)));
    }
    if (guardian.isPresent()) {
      if (link.isPresent() && isLinked() && seconds % 5 == 0) {
        within(() -> guardian.orElseThrow().hear(new Request(0, Wish.BEAT, 0), seconds));
      }
      if (guardian.isPresent() && late.isPresent() && isLinked() && random.nextInt(5) == 0) {
        var again = late.get();
        late = Optional.empty();
        within(() -> guardian.orElseThrow().hear(again, seconds));
      }
      if (guardian.isPresent()) {
        within(guardian.get()::look);
      }
    }
  }

  private void killGuardian() {
    guardian = Optional.empty();
    restartAt = seconds + 2; // the loop of the shell
  }

  /// What a guardian does.
  private interface Act {
    void run() throws IOException;
  }

  private void within(Act act) {
    int boot = boots;
    isInGuardian = true;
    try {
      act.run();
    } catch (FakeGuardian.Killed killed) {
      if (boot == boots) {
        killGuardian();
      }
    } catch (IOException fault) {
      throw new AssertionError(fault);
    } finally {
      isInGuardian = false;
      if (boot != boots) {
        guardian = Optional.empty(); // the host went down under it
      }
    }
  }

  private boolean isLinked() {
    return seconds < failures.linkDownAt || seconds >= failures.linkUpAt;
  }

  private boolean isAlive() {
    return guardian.isPresent() || restartAt != Long.MAX_VALUE;
  }

  @Override
  public Link begin(Order order) throws IOException {
    tick();
    if (!isLinked()) {
      throw new ConnectionException("no link");
    }
    if (isAlive() && guardian.map(one -> !one.isEnded()).orElse(true)) {
      throw new ConnectionException("a guardian is at work");
    }
    orderId = order.id();
    within(() -> guardian = Optional.of(FakeGuardian.begin(host, order)));
    tick();
    if (!isAlive()) {
      throw new ConnectionException("it did not begin");
    }
    var made =
        new Link() {
          @Override
          public Answer ask(Wish wish, long mark) throws IOException {
            return asked(wish, mark);
          }

          @Override
          public void leave() {
            throw new AssertionError("no signal comes here");
          }

          @Override
          public void close() {
            link = Optional.empty();
          }
        };
    link = Optional.of(made);
    return made;
  }

  private Answer asked(Wish wish, long mark) throws IOException {
    var request = new Request(++asked, wish, mark);
    for (int second = 0; second < 200; second++) {
      tick();
      if (!isAlive() || link.isEmpty()) {
        throw new ConnectionException("the guardian is gone");
      }
      if (isLinked() && guardian.isPresent()) {
        var answer = new Answer[1];
        within(() -> answer[0] = guardian.orElseThrow().hear(request, seconds));
        late = random.nextInt(4) == 0 ? Optional.of(request) : late;
        if (answer[0] != null && isLinked() && random.nextInt(20) > 0) {
          return answer[0];
        }
      }
    }
    throw new ConnectionException("no answer");
  }

  @Override
  public Answer settle(String id) throws IOException {
    while (isAlive() && guardian.map(one -> !one.isEnded()).orElse(true)) {
      tick();
    }
    tick();
    if (!isLinked()) {
      throw new ConnectionException("no link");
    }
    if (!id.equals(orderId) || !FakeGuardian.hasBegun(host)) {
      return FakeGuardian.never();
    }
    within(() -> guardian = Optional.of(FakeGuardian.resume(host)));
    while (guardian.isPresent() && !guardian.get().isEnded()) {
      within(() -> guardian.orElseThrow().hear(new Request(0, Wish.BACK, 0), seconds));
      tick();
    }
    if (guardian.isEmpty()) {
      throw new ConnectionException("the connection was lost");
    }
    return guardian.get().answer();
  }

  /// The destination's machine.
  @Override
  public Outcome run(List<String> command) throws IOException {
    tick();
    return switch (command.getLast()) {
      case "is_up" -> new Outcome(isThereOn ? 0 : 1, "", "");
      case "is_off_there" -> new Outcome(isThereOn ? 1 : 0, "", "");
      case "start" -> {
        if (failures.startFails) {
          yield new Outcome(1, "", "no such machine");
        }
        isThereOn = true;
        yield new Outcome(0, "", "");
      }
      default -> throw new AssertionError(command);
    };
  }

  void stopThere() {
    isThereOn = false;
  }

  /// The source's machine, as its guardian sees it.
  private final class Source implements FakeGuardian.Machine {

    @Override
    public String bootId() {
      return "boot" + boots;
    }

    @Override
    public long seconds() {
      return seconds;
    }

    @Override
    public boolean run(String hook) {
      tick();
      if (failures.hookFaults > 0 && random.nextInt(3) == 0) {
        failures.hookFaults--;
        return false;
      }
      if (hook.equals("release") && failures.releaseFails) {
        return false;
      }
      switch (hook) {
        case "stop" -> {
          if (isSourceOn && offAt == Long.MAX_VALUE && failures.stopTakes < 10_000) {
            offAt = seconds + failures.stopTakes;
            isTold = failures.isOffLies;
          }
        }
        case "kill" -> {
          isSourceOn = false;
          offAt = Long.MAX_VALUE;
        }
        case "start_source" -> {
          if (offAt == Long.MAX_VALUE) {
            isSourceOn = true; // one that is on is left alone
          }
        }
        case "hold" -> startsByItself = false;
        case "release" -> startsByItself = true;
        case "sync" -> startsAfterCut = startsByItself;
        default -> throw new AssertionError(hook);
      }
      return true;
    }

    @Override
    public boolean isOff() {
      tick();
      return !isSourceOn || isTold;
    }

    @Override
    public void mark() {
      isChanged = false;
    }

    @Override
    public boolean isChanged() {
      tick();
      return isChanged || isSourceOn;
    }
  }
}
