package org.blkdelta.vmdk;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.blkdelta.disk.SourceInput;
import org.blkdelta.failure.SourceException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.failure.UsageException;

/// A virtual machine in one file: a tar archive of its description (OVF) and its disks, which are
/// compressed. The description should come first, and need not. It alone says which member is the
/// disk; a pipe in which it comes after a disk cannot tell, and a file is read once before.
public final class Ova {

  /// What is known of an archive before its disk is read.
  ///
  /// @param description what it says of itself; empty when there is none, or none up to now
  /// @param disks the members that look like disks, in their order
  /// @param isWhole whether all members are known
  private record Survey(
      Optional<OvfDescription> description, List<String> disks, boolean isWhole) {}

  private static final int MAX_DESCRIPTION = 4 << 20;
  private static final int MAX_LISTED = 10;
  private static final int BUFFER = 16 << 10;
  private static final String GZIP = "\u001f\u008b\u0008";

  /// How pieces of a file are called (DSP0243, 7.1, `chunkSize`).
  private static final Pattern PIECE = Pattern.compile("(.*)\\.[0-9]{9}");

  private final String name;
  private final Optional<String> wanted;

  private Ova(String name, Optional<String> wanted) {
    this.name = name;
    this.wanted = wanted.map(member -> member.startsWith("./") ? member.substring(2) : member);
  }

  /// Opens an archive.
  @FunctionalInterface
  public interface Opening {

    /// Returns its bytes from the first on; the caller closes it.
    InputStream open() throws IOException;
  }

  /// Returns whether a stream begins like a tar archive.
  ///
  /// @param head its first sector
  public static boolean isOne(byte[] head) {
    return TarHeader.isOne(ByteBuffer.wrap(head));
  }

  /// Returns whether a file's name is that of one piece of a disk; an archive can have such ones.
  public static boolean isPiece(String fileName) {
    return PIECE.matcher(fileName).matches();
  }

  /// Goes forward to the disk in an archive.
  ///
  /// @param in the archive, which the caller closes
  /// @param name what messages call it
  /// @param member which disk, when the user said
  /// @param again opens the archive once more, to look at all of it first; empty for a pipe
  /// @return the disk's bytes, to be read before anything else of the archive
  /// @throws SourceException when there is none, or when it cannot be read by itself
  /// @throws UsageException when the user has to say which
  public static InputStream disk(
      InputStream in, String name, Optional<String> member, Optional<Opening> again)
      throws IOException {
    var ova = new Ova(name, member);
    if (again.isEmpty()) {
      return ova.find(in, new Survey(Optional.empty(), List.of(), false));
    }
    Survey survey;
    try (var whole = again.get().open()) {
      survey = ova.survey(new TarInput(whole, name));
    }
    return ova.find(in, survey);
  }

  /// Reads as far as the description, or to the end.
  private Survey survey(TarInput tar) throws IOException {
    var disks = new ArrayList<String>();
    for (var next = tar.next(); next.isPresent(); next = tar.next()) {
      var member = next.get();
      if (OvfDescription.isName(member.name())) {
        return new Survey(Optional.of(description(tar, member)), disks, false);
      }
      if (member.isFile() && looksLikeDisk(member.name(), buffered(tar.content()))) {
        disks.add(member.name());
      }
    }
    return new Survey(Optional.empty(), disks, true);
  }

  private InputStream find(InputStream in, Survey before) throws IOException {
    var tar = new TarInput(in, name);
    var description = before.description();
    var chosen = before.isWhole() || description.isPresent() ? choice(before) : wanted;
    for (var next = tar.next(); next.isPresent(); next = tar.next()) {
      var member = next.get();
      if (OvfDescription.isName(member.name()) && description.isEmpty()) {
        description = Optional.of(description(tar, member));
        chosen = choice(new Survey(description, List.of(), false));
      } else if (member.isFile()) {
        var content = buffered(tar.content());
        if (chosen.equals(Optional.of(member.name()))) {
          return opened(member.name(), content);
        }
        if (chosen.isEmpty() && looksLikeDisk(member.name(), content)) {
          throw new UsageException(
              "%s: %s comes before the description (OVF), so it is not known yet which disks there are; name the disk by --member, or give the archive as a file"
                  .formatted(name, member.name()));
        }
      }
    }
    throw new SourceException(
        name
            + ": has no disk"
            + chosen.map(member -> " " + member).orElse("")
            + " in it; tar -tf lists what it has");
  }

  /// Returns the disk that is to be read.
  private Optional<String> choice(Survey survey) throws SyncException {
    if (survey.description().isEmpty()) {
      return wanted.isPresent() ? wanted : only(survey.disks(), survey.disks());
    }
    var all = survey.description().get();
    if (all.disks().stream().anyMatch(OvfDescription.Disk::isDelta)) {
      throw new SourceException(
          name
              + ": has a disk that is the delta of another; unpack the archive, and sync the disks");
    }
    var files = all.disks().stream().flatMap(disk -> disk.file().stream()).toList();
    var chosen = wanted.isPresent() ? wanted : only(all.disks(), files);
    if (chosen.flatMap(all::of).filter(OvfDescription.Disk::isInPieces).isPresent()) {
      throw inPieces(chosen.get());
    }
    return chosen;
  }

  /// Returns the only disk there is.
  ///
  /// @param files the names of the disks that have one
  private Optional<String> only(List<?> disks, List<String> files) throws SyncException {
    if (!files.isEmpty() && isPiece(files.getFirst())) {
      throw inPieces(files.getFirst());
    }
    if (disks.size() > 1) {
      var listed = String.join(", ", files.subList(0, Math.min(files.size(), MAX_LISTED)));
      throw new UsageException(
          "%s: has %d disks%s; name one by --member"
              .formatted(name, disks.size(), listed.isEmpty() ? "" : " (" + listed + ")"));
    }
    if (disks.isEmpty()) {
      throw new SourceException(name + ": has no disk in it; tar -tf lists what it has");
    }
    if (files.isEmpty()) {
      throw new UsageException(
          name
              + ": its description does not name the file of its disk; name it by --member (tar -tf"
              + " lists what there is)");
    }
    return Optional.of(files.getFirst());
  }

  private OvfDescription description(TarInput tar, TarInput.Member member) throws IOException {
    var bytes = tar.bytes(MAX_DESCRIPTION, "a description");
    return OvfDescription.parse(name + ": " + member.name(), bytes);
  }

  /// Returns the bytes of a disk that can be read from a stream.
  private InputStream opened(String member, BufferedInputStream content) throws IOException {
    if (isPiece(member)) {
      throw inPieces(member);
    }
    var disk = isGzip(content) ? unpacked(member, content) : content;
    if (!CompressedStream.isOne(head(disk))) {
      throw new SourceException(
          "%s: %s: is not a compressed VMDK; unpack the archive first (tar -xf), and see what it is: blkdelta inspect"
              .formatted(name, member));
    }
    return disk;
  }

  private BufferedInputStream unpacked(String member, InputStream content) throws IOException {
    var whose = name + ": " + member;
    var advice = "the archive is damaged; copy it again";
    try {
      return buffered(new SourceInput(new GZIPInputStream(content), whose, advice));
    } catch (SyncException told) {
      throw told;
    } catch (IOException damaged) {
      throw new SourceException(
          "%s: %s; %s".formatted(whose, SyncException.describe(damaged), advice), damaged);
    }
  }

  private SourceException inPieces(String member) {
    var disk = PIECE.matcher(member).replaceFirst("$1");
    return new SourceException(
        "%s: %s is in pieces; unpack the archive (tar -xf), and join them: cat %s.0* | blkdelta apply - DESTINATION"
            .formatted(name, disk, disk));
  }

  private static boolean looksLikeDisk(String member, BufferedInputStream content)
      throws IOException {
    return member.contains(".vmdk") || CompressedStream.isOne(head(content)) || isGzip(content);
  }

  private static boolean isGzip(BufferedInputStream content) throws IOException {
    var head = head(content);
    for (int at = 0; at < GZIP.length(); at++) {
      if (head.length <= at || (head[at] & 0xff) != GZIP.charAt(at)) {
        return false;
      }
    }
    return true;
  }

  private static BufferedInputStream buffered(InputStream in) {
    return new BufferedInputStream(in, BUFFER);
  }

  private static byte[] head(BufferedInputStream in) throws IOException {
    in.mark(Fields.SECTOR);
    var head = in.readNBytes(Fields.SECTOR);
    in.reset();
    return head;
  }
}
