package org.blkdelta.cli;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.blkdelta.extent.Person;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.usage.Usage;
import org.blkdelta.vsphere.Access;
import org.blkdelta.vsphere.MachineControl;
import org.blkdelta.vsphere.MachineUri;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `blkdelta machine`, which is what the hooks of a job run for a machine of vSphere.
@Usage(exits = {ExitCode.DONE, ExitCode.USAGE, ExitCode.REFUSED, ExitCode.CONNECTION})
@Command(
    name = "machine",
    hidden = true,
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Look at the power of a machine of vSphere, or change it")
final class MachineCommand implements Callable<Integer> {

  /// What is done.
  enum Action {
    /// Prints `poweredOn`, `poweredOff` or `suspended`.
    POWER,
    /// Asks the guest to shut down.
    STOP,
    /// Turns the machine off at once.
    KILL,
    /// Turns it on.
    START,
    /// Refuses if its host starts it by itself.
    HOLD;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Parameters(
      index = "0",
      paramLabel = "ACTION",
      description = "power (prints it), stop (asks the guest), kill, start or hold.")
  Action action;

  @Parameters(index = "1", paramLabel = "URI", description = "vsphere://USER@HOST/VM")
  String uri;

  private final Streams streams;

  MachineCommand(Streams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    var machine = MachineUri.parse(uri);
    var access = Access.ofHost(Person.NOBODY);
    try (var control = MachineControl.open(machine, access, streams::say)) {
      switch (action) {
        case POWER -> streams.out().println(control.power());
        case STOP -> control.shutDown();
        case KILL -> control.powerOff();
        case START -> control.powerOn();
        case HOLD -> control.checkHeld();
      }
    }
    return ExitCode.DONE.number();
  }
}
