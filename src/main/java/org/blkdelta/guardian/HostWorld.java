package org.blkdelta.guardian;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.blkdelta.disk.WriteWatch;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Commands;
import org.blkdelta.host.HostCommands;
import org.blkdelta.host.SourceUsers;

/// The machine that this process is on.
final class HostWorld implements World {

  private static final Path PROC = Path.of("/proc");
  private static final long LOOK_SECONDS = 20;
  private static final long LONGEST_SECONDS = 300;
  private static final int OFF = 0;
  private static final int ON = 1;

  private final Order order;
  private final Commands commands = new HostCommands(Duration.ofSeconds(LONGEST_SECONDS));
  private final SourceUsers users =
      new SourceUsers(new HostCommands(), Path.of("/dev"), PROC, Path.of("/sys"));
  private List<WriteWatch> watches = List.of();

  HostWorld(Order order) {
    this.order = order;
  }

  @Override
  public String bootId() throws IOException {
    return Files.readString(PROC.resolve("sys/kernel/random/boot_id"), US_ASCII).strip();
  }

  @Override
  public long seconds() throws IOException {
    var uptime = Files.readString(PROC.resolve("uptime"), US_ASCII);
    return Long.parseLong(uptime.substring(0, uptime.indexOf('.')));
  }

  @Override
  public Optional<String> run(List<String> hook, long limitSeconds) {
    try {
      var outcome = commands.run(HookWords.of(hook, order.environment(), limitSeconds));
      return outcome.status() == 0
          ? Optional.empty()
          : Optional.of(HookWords.failure(outcome.status(), outcome.complaint()));
    } catch (IOException fault) {
      return Optional.of(SyncException.describe(fault));
    }
  }

  @Override
  public Power power() {
    try {
      var words = HookWords.of(order.hooks().isOff(), order.environment(), LOOK_SECONDS);
      return switch (commands.run(words).status()) {
        case OFF -> Power.OFF;
        case ON -> Power.ON;
        default -> Power.UNKNOWN;
      };
    } catch (IOException fault) {
      return Power.UNKNOWN;
    }
  }

  @Override
  public void mark() throws IOException {
    var begun = new ArrayList<WriteWatch>();
    for (var device : order.devices()) {
      begun.add(WriteWatch.of(Path.of(device)));
    }
    watches = begun;
  }

  @Override
  public Optional<String> changed() throws IOException {
    for (int i = 0; i < watches.size(); i++) {
      var device = order.devices().get(i);
      if (watches.get(i).isWritten()) {
        return Optional.of(device + ": was written to after the machine was off");
      }
      var using = users.of(Path.of(device));
      if (!using.isEmpty()) {
        return Optional.of("%s: %s".formatted(device, using.getFirst()));
      }
    }
    return Optional.empty();
  }
}
