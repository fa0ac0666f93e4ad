package org.blkdelta.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.Host;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.SshOptions;
import org.blkdelta.remote.sftp.SftpFiles;
import org.blkdelta.vmdk.FileAccess;
import org.blkdelta.vmdk.SnapshotChain;

/// Opens the chains of VMware disks, whose files are here or, over SFTP, on another machine.
final class ChainSources {

  private final SourceOptions options;
  private final Streams streams;

  ChainSources(SourceOptions options, Streams streams) {
    this.options = options;
    this.streams = streams;
  }

  /// Opens a chain of files of this host.
  OpenSource open(List<String> names) throws IOException {
    var since = Optional.ofNullable(options.since).map(Path::of);
    var files = names.stream().map(Path::of).toList();
    return open(files, since, access(options.chain, streams), () -> {});
  }

  /// Opens a chain of files of another host, all of the same one.
  OpenSource openRemote(List<Location> names, SshOptions ssh) throws IOException {
    var host = names.getFirst().host().orElseThrow();
    for (var name : names) {
      if (!name.host().equals(names.getFirst().host())) {
        throw new UsageException(name + ": all files of a disk must be on one host");
      }
    }
    var connection = connect(host, ssh);
    try {
      var files = names.stream().map(name -> connection.path(name.path())).toList();
      // a relative name has no meaning of its own there
      var since = Optional.ofNullable(options.since).map(files.getFirst()::resolveSibling);
      return open(files, since, access(connection), connection);
    } catch (IOException | RuntimeException fault) {
      connection.close();
      throw fault;
    }
  }

  /// Returns how files of this host are opened, and what the user allowed.
  static FileAccess access(ChainOptions options, Streams streams) {
    return new FileAccess(
        FileDisk::forReading, options.allowOutside, options.accept, streams::warn);
  }

  private FileAccess access(SftpFiles there) {
    var chain = options.chain;
    return new FileAccess(there::open, chain.allowOutside, chain.accept, streams::warn);
  }

  /// Opens the whole disk that a file of this host is the newest link of.
  OpenSource openWhole(Path top) throws IOException {
    var chain = SnapshotChain.whole(top, access(options.chain, streams));
    return new OpenSource(chain, new ChainReport(chain), () -> {});
  }

  /// Opens the whole disk that a file of another host is the newest link of.
  OpenSource openWholeRemote(Location top, SshOptions ssh) throws IOException {
    var connection = connect(top.host().orElseThrow(), ssh);
    try {
      var chain = SnapshotChain.whole(connection.path(top.path()), access(connection));
      return new OpenSource(chain, new ChainReport(chain), connection);
    } catch (IOException | RuntimeException fault) {
      connection.close();
      throw fault;
    }
  }

  /// Returns whether a source on another machine is read by its files, over SFTP: that of a VMware
  /// disk is. Any other is read by a blkdelta there.
  static boolean isByFiles(Location source) {
    return source.isRemote() && source.path().toLowerCase(Locale.ROOT).endsWith(".vmdk");
  }

  private SftpFiles connect(Host host, SshOptions ssh) throws IOException {
    return SftpFiles.connect(host, ssh, new TerminalQuestions(streams, host.toString()));
  }

  private OpenSource open(
      List<Path> files, Optional<Path> since, FileAccess access, Closeable connection)
      throws IOException {
    if (options.origin != null || options.dataSource != null || options.snapshotSize != null) {
      throw new UsageException("--origin, --data-source and --snapshot-size go with LVM snapshots");
    }
    if (files.size() > 1 && since.isPresent()) {
      throw new UsageException("--since goes with one SOURCE, whose parents are followed");
    }
    var chain =
        files.size() == 1
            ? SnapshotChain.open(files.getFirst(), since, access)
            : SnapshotChain.ofFiles(files, access);
    return new OpenSource(chain, new ChainReport(chain), connection);
  }
}
