package org.blkdelta.vsphere;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.blkdelta.disk.AheadInput;

/// A disk that is being exported: a VMDK for streams, the reading of which keeps the lease alive.
public final class ExportedDisk implements Closeable {

  /// What is done when all of it was read.
  interface Completion {
    void done() throws IOException;
  }

  private final Lease lease;
  private final InputStream in;
  private final String file;
  private final byte[] base;
  private final Completion completion;

  ExportedDisk(Lease lease, InputStream in, String file, byte[] base, Completion completion) {
    this.lease = lease;
    this.in = new AheadInput(new Beating(in));
    this.file = file;
    this.base = base;
    this.completion = completion;
  }

  /// Returns the bytes of the VMDK.
  public InputStream in() {
    return in;
  }

  /// Returns what the base's descriptor is called.
  public String file() {
    return file;
  }

  /// Returns the descriptor of the base, the state of which is exported.
  public byte[] base() {
    return base.clone();
  }

  /// Says that all of it was read, and is whole.
  ///
  /// @throws IOException if the host says that something went wrong
  public void complete() throws IOException {
    completion.done();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private final class Beating extends Counted {

    private static final long LOOK = 64L << 20;

    private long come;

    Beating(InputStream in) {
      super(in);
    }

    @Override
    void count(int bytes) throws IOException {
      come += bytes;
      if (come / LOOK != (come - bytes) / LOOK) {
        lease.check();
      }
      lease.progress(bytes);
    }
  }
}
