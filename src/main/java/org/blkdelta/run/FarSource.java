package org.blkdelta.run;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.extent.Extent;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.remote.Location;
import org.blkdelta.report.Reporter;
import org.blkdelta.source.Sources;
import org.blkdelta.sync.Asked;
import org.blkdelta.sync.Greeting;

/// A source that the blkdelta of its own host reads.
///
/// @param location of the source
/// @param order what is to be sent
/// @param listed the extents that are to be sent, if the order says so
/// @param far how its host is reached
public record FarSource(
    Location location, SendOrder order, Optional<List<Extent>> listed, Far far) {

  /// Creates one of which everything is sent that the order says.
  public FarSource(Location location, SendOrder order, Far far) {
    this(location, order, Optional.empty(), far);
  }

  /// Returns whether a source is read by the blkdelta of its own host.
  public static boolean reads(Location source) {
    return source.isRemote() && !Sources.isByFiles(source);
  }

  /// Returns whether the blkdelta of its own host reads a source that is wanted whole, as it does
  /// with all that is taken for a raw disk, whatever its name.
  public static boolean readsWhole(Location source, boolean isRaw) {
    return reads(source) || (source.isRemote() && isRaw);
  }

  /// Connects, and starts a sender there; the caller closes it.
  RemoteSender connect(Reporter reporter) throws IOException {
    var words = order.words(List.of(location.path()));
    var peer = far.connect(location.host().orElseThrow(), words, reporter);
    if (listed.isPresent()) {
      ask(peer, listed.get());
    }
    var bytes =
        listed.isEmpty()
            ? OptionalLong.empty()
            : OptionalLong.of(listed.get().stream().mapToLong(Extent::length).sum());
    return new RemoteSender(
        peer, order, new Asked(words, new Asked.Place()), bytes, Greeting.USUAL);
  }

  private static void ask(RemotePeer peer, List<Extent> extents) throws IOException {
    try {
      ListedExtents.write(extents, peer.toPeer());
    } catch (IOException broken) {
      try (peer) {
        throw new ConnectionException(peer.name() + ": " + peer.whyItEnded(), broken);
      }
    }
  }
}
