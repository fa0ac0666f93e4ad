package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.Rendezvous;
import org.blkdelta.host.RunFolder;
import org.blkdelta.sync.Heartbeat;
import org.blkdelta.sync.ReceiverService;
import org.blkdelta.wire.PackedInput;
import org.blkdelta.wire.StripedInput;
import org.blkdelta.wire.Told;
import org.blkdelta.wire.Zstandard;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `blkdelta receive`, which `sync` runs at the remote side.
@Command(
    name = "receive",
    mixinStandardHelpOptions = true,
    hidden = true,
    abbreviateSynopsis = true,
    description =
        "The remote side of sync: takes a change stream on standard input and answers on standard"
            + " output. Not for people.")
final class ReceiveCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "PATH", description = "The destination.")
  Path path;

  @Mixin ReceiveOptions options;
  @Mixin RawOption raw;

  private final Streams streams;
  private final Stop stop;

  ReceiveCommand(Streams streams, Stop stop) {
    this.streams = streams;
    this.stop = stop;
  }

  /// Returns the words that it was told, as it understood them.
  List<String> told() {
    raw.applied(options.destination);
    return options.words(path);
  }

  @Override
  public Integer call() throws IOException {
    var words = told();
    if (options.packed) {
      Zstandard.load();
    }
    try (var merged =
        new StripedInput(
            streams.in(Heartbeat.SILENCE),
            (name, joined) -> Rendezvous.open(RunFolder.ofUser(), name, joined),
            Heartbeat.SILENCE)) {
      var in = options.packed ? new PackedInput(merged, "stream") : merged;
      var told = new Told(words, Destinations.place(path));
      var service = new ReceiverService(in, streams.data(), told, stop::before);
      if (options.isComparison()) {
        var destination = new Destinations(path, options.destination, streams::warn);
        long differing = service.compare(Destinations.size(path), destination::openForComparing);
        if (options.readBack && differing > 0) {
          Remembered.doubt(path, streams);
        }
      } else {
        service.serve(Destinations.size(path), Destinations.of(path, options.destination, streams));
      }
    } catch (SyncException answered) {
      // the sender was told, and tells its user; a second message would only repeat it
      return ExitCode.of(answered).number();
    }
    return ExitCode.DONE.number();
  }
}
