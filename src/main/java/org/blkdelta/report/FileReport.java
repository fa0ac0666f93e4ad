package org.blkdelta.report;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.disk.Disk;
import org.blkdelta.disk.FileDisk;
import org.blkdelta.extent.Sizes;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.host.HostCommands;
import org.blkdelta.host.Signatures;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.DeviceUse.Use;
import org.blkdelta.source.Format;
import org.blkdelta.source.RawDisks;
import org.jspecify.annotations.Nullable;

/// What `inspect` says about a file or device that has no list of changes by itself: a disk, a disk
/// image of another format, an archive.
///
/// @param size its bytes
/// @param format what it is; empty for a raw disk, or what cannot be told from one
/// @param promised what its name says that it is, if that is not true
/// @param holds what a raw disk holds
/// @param advice what to do with it; empty if it is a disk
/// @param contained the disk in it, if it is an archive or an image
public record FileReport(
    long size,
    Optional<Format> format,
    Optional<Format> promised,
    List<Use> holds,
    Optional<String> advice,
    Optional<Contained> contained) {

  /// The disk that an archive or an image is read as.
  ///
  /// @param size its bytes; empty if none can be read
  /// @param trouble why none can be read
  /// @param isChoice whether one can be read if the user says which
  public record Contained(OptionalLong size, String trouble, boolean isChoice) {

    /// Returns one that can be read.
    public static Contained of(long size) {
      return new Contained(OptionalLong.of(size), "", false);
    }

    /// Returns that none can be read.
    public static Contained none(String trouble, boolean isChoice) {
      return new Contained(OptionalLong.empty(), trouble, isChoice);
    }
  }

  private static final Path SYS_BLOCK = Path.of("/sys/dev/block");

  private static final ByteBuffer STORE_MAGIC = ByteBuffer.wrap(new byte[] {'S', 'n', 'A', 'p'});

  /// Returns whether something is a file, or a device that does not belong to device-mapper.
  public static boolean isOne(Path path) throws IOException {
    if (Files.isRegularFile(path)) {
      return true;
    }
    var device = Files.exists(path) ? DeviceNumber.of(path) : Optional.<DeviceNumber>empty();
    return device.isPresent()
        && Files.notExists(SYS_BLOCK.resolve(device.get().toString()).resolve("dm"));
  }

  /// Looks at a file or device.
  ///
  /// @param raw whether it is taken for a raw disk whatever it is
  public static FileReport of(Path path, boolean raw) throws IOException {
    try (var disk = FileDisk.forReading(path)) {
      RawDisks.checkNotEmpty(disk);
      var format = raw ? Optional.<Format>empty() : Format.of(disk);
      if (format.isPresent()) {
        var advice = format.map(found -> found.asSource(path.toString()));
        return new FileReport(
            disk.size(), format, Optional.empty(), List.of(), advice, Optional.empty());
      }
      return new FileReport(
          disk.size(),
          format,
          raw ? Optional.empty() : RawDisks.promised(path),
          new Signatures(new HostCommands()).of(path, disk),
          isStore(disk) ? Optional.of(storeAdvice(path)) : Optional.empty(),
          Optional.empty());
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  /// Returns the same, of an archive that was looked into.
  ///
  /// @param file its name
  public FileReport with(Contained disk, String file) {
    var unpack = "unpack it: tar -xf " + file;
    var other =
        disk.isChoice() ? "blkdelta apply --member NAME %s DESTINATION".formatted(file) : unpack;
    var fitting = disk.size().isPresent() ? advice : Optional.of(other);
    return new FileReport(size, format, promised, holds, fitting, Optional.of(disk));
  }

  /// Returns the same, of an image that was opened.
  public FileReport with(Contained disk) {
    return new FileReport(size, format, promised, holds, advice, Optional.of(disk));
  }

  /// Returns whether it is read as a stream: a change stream, or an archive with a disk in it.
  public boolean isStream() {
    return format.equals(Optional.of(Format.CHANGE_STREAM))
        || format.equals(Optional.of(Format.TAR));
  }

  /// Returns whether it is a snapshot's store, which by itself says nothing.
  public boolean isStore() {
    return format.isEmpty() && advice.isPresent();
  }

  private static boolean isStore(Disk disk) throws IOException {
    if (disk.size() < STORE_MAGIC.limit()) {
      return false;
    }
    var head = ByteBuffer.allocate(STORE_MAGIC.limit());
    disk.read(head, 0);
    return head.flip().equals(STORE_MAGIC);
  }

  private static String storeAdvice(Path path) {
    return "it is the exception store of a snapshot; to see what changed, name the origin: blkdelta inspect --origin ORIGIN "
        + path;
  }

  /// What programs are told; what is unknown is left out.
  private record Facts(
      String format,
      long size,
      @Nullable List<String> content,
      @Nullable Long diskSize,
      @Nullable String nameSays,
      @Nullable String advice) {}

  /// Returns a record for programs.
  public Object facts() {
    return new Facts(
        format.map(found -> found.name().toLowerCase(Locale.ROOT).replace('_', '-')).orElse("raw"),
        size,
        format.isPresent() ? null : holds.stream().map(Use::words).toList(),
        contained
            .filter(disk -> disk.size().isPresent())
            .map(disk -> disk.size().getAsLong())
            .orElse(null),
        promised.map(Format::words).orElse(null),
        advice.orElse(null));
  }

  /// Prints it for people.
  public void print(PrintStream out) {
    out.printf("format:    %s%n", format.map(Format::words).orElse("raw disk"));
    out.printf("size:      %s (%d bytes)%n", Sizes.binary(size), size);
    if (format.isEmpty()) {
      holds.forEach(use -> out.printf("content:   %s%n", use.words()));
      if (holds.isEmpty()) {
        out.printf("content:   nothing known%n");
      }
    }
    contained.ifPresent(disk -> out.printf("disk:      %s%n", text(disk)));
    promised.ifPresent(
        other -> out.printf("name:      says that it is %s, which it is not%n", other.words()));
    advice.ifPresent(words -> out.printf("to use it: %s%n", words));
  }

  private static String text(Contained disk) {
    return disk.size().isPresent()
        ? "%s (%d bytes)".formatted(Sizes.binary(disk.size().getAsLong()), disk.size().getAsLong())
        : "none to be read as it is: " + disk.trouble();
  }
}
