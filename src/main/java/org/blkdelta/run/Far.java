package org.blkdelta.run;

import java.util.List;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.FarCommand;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.RemoteProcess;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.report.Reporter;
import org.blkdelta.sync.Asked;

/// How the other machine of a run is reached.
///
/// @param ssh what the command line says about SSH
/// @param command what is run there
/// @param place which destination the connections of one command reached
/// @param standby what was started there ahead
public record Far(SshOptions ssh, FarCommand command, Asked.Place place, Standby standby) {

  /// Creates one for a command.
  public Far(SshOptions ssh, FarCommand command) {
    this(ssh, command, new Standby());
  }

  /// Creates one for a command whose far ends may have been started ahead.
  public Far(SshOptions ssh, FarCommand command, Standby standby) {
    this(ssh, command, new Asked.Place(), standby);
  }

  /// Runs blkdelta there, or takes one that waits; the caller closes what is returned.
  ///
  /// @param words its arguments
  RemotePeer connect(Host host, List<String> words, Reporter reporter) throws SyncException {
    var waiting = standby.take(host, words);
    return waiting.isPresent() ? waiting.get() : start(host, words, reporter);
  }

  /// Runs blkdelta there; the caller closes what is returned.
  ///
  /// @param words its arguments
  RemotePeer start(Host host, List<String> words, Reporter reporter) throws SyncException {
    return RemotePeer.start(
        host, reporter.connecting(), told -> command.start(host, words, ssh, told));
  }

  /// Makes a further connection to a host that has answered.
  RemoteProcess join(Host host) throws SyncException {
    return command.start(host, List.of("join"), ssh, Questions.NOBODY);
  }
}
