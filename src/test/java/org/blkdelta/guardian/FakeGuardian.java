package org.blkdelta.guardian;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.guardian.Answer.State;

/// A guardian with a log of its own, on a machine that is not real.
public final class FakeGuardian {

  /// It is killed.
  public static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /// The machine that it is on.
  public interface Machine {
    String bootId();

    long seconds();

    /// Returns whether the hook did what it is for.
    boolean run(String hook);

    boolean isOff();

    void mark();

    boolean isChanged();
  }

  /// Where it is.
  ///
  /// @param log the file of its log
  public record Host(Path log, Machine machine) {}

  private final Guardian guardian;

  private FakeGuardian(Guardian guardian) {
    this.guardian = guardian;
  }

  public static FakeGuardian begin(Host host, Order order) throws IOException {
    var log = GuardianLog.open(host.log(), true);
    return new FakeGuardian(
        Guardian.begin(order, new Seen(host.machine()), log, false, words -> {}));
  }

  public static FakeGuardian resume(Host host) throws IOException {
    var written = GuardianLog.read(host.log()).orElseThrow();
    var log = GuardianLog.open(host.log(), false);
    return new FakeGuardian(Guardian.resume(written, new Seen(host.machine()), log, words -> {}));
  }

  public static boolean hasBegun(Host host) throws IOException {
    return GuardianLog.read(host.log()).isPresent();
  }

  /// Returns what is told of one that never began.
  public static Answer never() {
    return new Answer(0, State.RETURNED, 0, false, "");
  }

  public Answer hear(Request request, long at) throws IOException {
    return guardian.hear(request, at);
  }

  public void look() throws IOException {
    guardian.look();
  }

  public Answer answer() {
    return guardian.answer(0, "");
  }

  public boolean isEnded() {
    return guardian.state().isEnd();
  }

  private record Seen(Machine machine) implements World {

    @Override
    public String bootId() {
      return machine.bootId();
    }

    @Override
    public long seconds() {
      return machine.seconds();
    }

    @Override
    public Optional<String> run(List<String> hook, long limitSeconds) {
      return machine.run(hook.getFirst()) ? Optional.empty() : Optional.of("exited with 1");
    }

    @Override
    public Power power() {
      return machine.isOff() ? Power.OFF : Power.ON;
    }

    @Override
    public void mark() {
      machine.mark();
    }

    @Override
    public Optional<String> changed() {
      return machine.isChanged() ? Optional.of("was written to") : Optional.empty();
    }
  }
}
