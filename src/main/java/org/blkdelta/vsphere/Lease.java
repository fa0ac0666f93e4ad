package org.blkdelta.vsphere;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.jspecify.annotations.Nullable;

/// The lease of an export (`HttpNfcLease`): the right to read the disks of a snapshot from the
/// host, which ends by itself if it hears of no progress.
final class Lease implements Cleanup.Step {

  private static final Duration LIMIT = Duration.ofMinutes(10);
  private static final int USUAL_TIMEOUT = 300;
  private static final int MAX_SHOWN = 160;
  private static final int MIN_BEATS = 4;
  private static final long MAX_PAUSE = 20_000;
  private static final int MAX_PERCENT = 99;

  private final Service service;
  private final Ref ref;
  private final Element info;
  private final Thread beat = Thread.ofPlatform().name("lease").daemon().unstarted(this::beat);

  // guarded by this
  private boolean ended;
  private long expected = Long.MAX_VALUE;
  private long come;
  private @Nullable IOException fault;

  private Lease(Service service, Ref ref, Element info) {
    this.service = service;
    this.ref = ref;
    this.info = info;
  }

  /// Asks for an export of a snapshot, and waits until it is ready.
  ///
  /// @param cleanup gives it up, unless it is completed
  static Lease of(Service service, Snapshot snapshot, Cleanup cleanup) throws IOException {
    var method = "ExportSnapshot";
    var ref = service.make(new Call(snapshot.ref(), method));
    Cleanup.Step early = () -> abort(service, ref);
    cleanup.add(early);
    var lease = new Lease(service, ref, ready(service, ref, method));
    cleanup.keep(early);
    cleanup.add(lease);
    lease.beat.start();
    return lease;
  }

  private static Element ready(Service service, Ref ref, String method) throws IOException {
    return service.awaited(
        method,
        LIMIT,
        () -> {
          var values = service.properties(ref, List.of("state", "info", "error"));
          var state = Optional.ofNullable(values.get("state")).map(Element::text).orElse("");
          return switch (state.strip()) {
            case "ready" -> Optional.ofNullable(values.get("info"));
            case "error" -> throw failed(service, method, values.get("error"));
            default -> Optional.empty();
          };
        });
  }

  private static IOException failed(Service service, String method, @Nullable Element error) {
    if (error == null) {
      return new RefusedException(
          service.name() + ": " + method + ": failed; look into the host's log of tasks");
    }
    var fault = error.child("fault").orElse(error);
    return Faults.of(service.name(), method, fault, error.textAt("localizedMessage"));
  }

  /// Opens the export of a disk, a VMDK for streams; the caller closes it.
  ///
  /// @param isOnly whether the machine has no other disk
  InputStream open(MachineDisk disk, boolean isOnly) throws IOException {
    var urls =
        info.all("deviceUrl").stream().filter(each -> each.textAt("disk").equals("true")).toList();
    var own = urls.stream().filter(each -> disk.isAt(each.textAt("key"))).toList();
    if (own.size() != 1 && isOnly && urls.size() == 1) {
      own = urls;
    }
    if (own.size() != 1) {
      throw new SourceException(
          "%s: of %d exported disks, none or several are at %s; update the host, or copy the disk by its files"
              .formatted(service.name(), urls.size(), Printable.of(disk.slot(), MAX_SHOWN)));
    }
    return open(own.getFirst());
  }

  private InputStream open(Element device) throws IOException {
    var own = URI.create("https://" + service.host()).normalize();
    URI url;
    try {
      url = URI.create(named(device.textAt("url")));
    } catch (IllegalArgumentException malformed) {
      throw service.malformed("ExportSnapshot");
    }
    if (!"https".equals(url.getScheme()) || url.getHost() == null) {
      throw new ConnectionException(
          "%s: gives the disk at %s, which is not encrypted; refused"
              .formatted(service.name(), Printable.of(url.toString(), MAX_SHOWN)));
    }
    boolean isOwn = url.getAuthority().equals(own.getAuthority());
    return (isOwn ? service.https() : other(device, url)).get(url, Optional.empty()).body();
  }

  /// A star stands for the host that we are connected to.
  private String named(String url) {
    var host = service.host();
    return url.replaceFirst("//[*]/", "//" + host + "/")
        .replaceFirst("//[*]:", "//" + host.replaceFirst(":[0-9]+$", "") + ":");
  }

  /// Another host of the same vCenter: that says by which certificate it is known.
  private Https other(Element device, URI url) {
    var pin =
        Thumbprint.parse(device.textAt("sslThumbprint")).map(print -> new Pin(print, "its lease"));
    return new Https(
        "%s: %s".formatted(service.name(), url.getHost()), Trust.of(pin), Optional.empty());
  }

  /// Is told how many bytes the disks hold together.
  synchronized void expect(long bytes) {
    expected = Math.max(1, bytes);
  }

  /// Is told of bytes that came.
  synchronized void progress(long bytes) {
    come += bytes;
  }

  /// Checks that the host has not given the export up.
  ///
  /// @throws SourceException if it has: what came of it may have been written
  synchronized void check() throws SourceException {
    if (fault != null) {
      throw ended(fault);
    }
  }

  private static SourceException ended(IOException why) {
    return new SourceException(SyncException.describe(why), why);
  }

  /// Says that all was read, after which the host forgets the export.
  ///
  /// @throws SourceException if the host says that something went wrong with it
  void complete(Cleanup cleanup) throws SourceException {
    check();
    try {
      completeWhole();
    } catch (IOException why) {
      throw ended(why);
    }
    cleanup.keep(this);
  }

  private void completeWhole() throws IOException {
    var state = service.properties(ref, List.of("state", "error"));
    if (state.containsKey("error")) {
      throw failed(service, "ExportSnapshot", state.get("error"));
    }
    end();
    service.call(new Call(ref, "HttpNfcLeaseComplete"));
  }

  /// Gives it up.
  @Override
  public void undo() {
    end();
    abort(service, ref);
  }

  private static void abort(Service service, Ref ref) {
    try {
      service.call(new Call(ref, "HttpNfcLeaseAbort"));
    } catch (IOException gone) {
      // it ends by itself soon
    }
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  /// Tells the host of progress, well within the time after which it gives up.
  private void beat() {
    var said = info.textAt("leaseTimeout");
    long seconds = said.matches("[0-9]{1,6}") ? Math.max(1, Long.parseLong(said)) : USUAL_TIMEOUT;
    long pause = Math.min(MAX_PAUSE, seconds * 1000 / MIN_BEATS);
    try {
      for (int done = await(0); done >= 0; done = await(pause)) {
        service.call(new Call(ref, "HttpNfcLeaseProgress").value("percent", done));
      }
    } catch (IOException lost) {
      synchronized (this) {
        fault = lost;
      }
    }
  }

  /// Waits until it is time; returns the percentage to tell, or -1 when it is over.
  private synchronized int await(long pause) {
    long end = System.nanoTime() + pause * 1_000_000;
    try {
      for (long left = pause; left > 0 && !ended; left = (end - System.nanoTime()) / 1_000_000) {
        wait(left);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return -1;
    }
    return ended ? -1 : (int) Math.min(MAX_PERCENT, come / Math.max(1, expected / 100));
  }
}
