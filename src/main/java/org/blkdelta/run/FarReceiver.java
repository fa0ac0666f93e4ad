package org.blkdelta.run;

import java.io.IOException;
import org.blkdelta.destination.DestinationName;
import org.blkdelta.destination.Destinations;
import org.blkdelta.linux.RunFolder;
import org.blkdelta.report.Streams;
import org.blkdelta.stripes.Rendezvous;
import org.blkdelta.stripes.StripedInput;
import org.blkdelta.sync.Heartbeat;
import org.blkdelta.sync.ReceiverService;
import org.blkdelta.wire.PackedInput;
import org.blkdelta.wire.Told;

/// The far end of a run that sends: takes the stream on standard input, which may come over several
/// connections, and answers on standard output.
public final class FarReceiver {

  private FarReceiver() {}

  /// Receives, or compares, as is asked for.
  ///
  /// @param name of the destination
  public static void of(ReceiveOrder order, DestinationName name, Streams streams, Stop stop)
      throws IOException {
    try (var merged =
        new StripedInput(
            streams.in(Heartbeat.SILENCE),
            (rendezvous, joined) -> Rendezvous.open(RunFolder.ofUser(), rendezvous, joined),
            Heartbeat.SILENCE)) {
      var in = order.isPacked() ? new PackedInput(merged, "stream") : merged;
      var told = new Told(order.words(name.toString()), name.place());
      var service = new ReceiverService(in, streams.data(), told, stop::before);
      serve(service, order, name, streams.destinations());
    }
  }

  private static void serve(
      ReceiverService service, ReceiveOrder order, DestinationName name, Destinations destinations)
      throws IOException {
    var treatment = order.destination();
    long size = name.size();
    if (!order.isComparison()) {
      service.serve(size, destinations.of(name, treatment));
      return;
    }
    long differing =
        service.compare(size, header -> destinations.openForComparing(name, treatment, header));
    if (order.readsBack() && differing > 0) {
      destinations.doubt(name);
    }
  }
}
