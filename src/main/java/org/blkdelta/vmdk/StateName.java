package org.blkdelta.vmdk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.blkdelta.extent.Generation;
import org.blkdelta.failure.SourceException;

/// Names the state of a disk that a link and its parents make. A content id alone is no name: it
/// has 32 bits and a default, and a host leaves it unchanged in the children of a running VM. So
/// the name takes more with it: the grains that each delta holds, which tell two states of a disk
/// apart, and all the ids of the chain, which tell two disks apart.
final class StateName {

  private static final int DIGITS = 16;
  private static final long NEVER_WRITTEN = 0xfffffffeL;

  /// What a link adds to the name.
  ///
  /// @param tables a digest of the grains that it holds; empty if it holds none, or is flat
  record Part(Optional<Descriptor> descriptor, String tables) {

    static Part of(Link link) {
      return new Part(link.file().descriptor(), link.tables());
    }

    /// Opens a link to see what it holds.
    static Part of(LinkFile file, FileAccess access) throws IOException {
      if (!file.isExtent() && file.descriptor().filter(Descriptor::hasTables).isEmpty()) {
        return new Part(file.descriptor(), "");
      }
      try (var link = Link.open(file, access)) {
        return of(link);
      }
    }
  }

  private StateName() {}

  /// Returns the links that a chain of files stands on, newest first, down to the base; empty where
  /// they are not all there.
  static Optional<List<Part>> below(ChainFiles files, FileAccess access) throws IOException {
    var quiet = access.unquestioning();
    if (files.below().isEmpty()) {
      return files.belowSectors() == 0 ? Optional.of(List.of()) : Optional.empty();
    }
    try {
      var whole = ChainFiles.whole(files.below().get().path(), quiet);
      var parts = new ArrayList<Part>();
      for (var file : whole.newestFirst()) {
        parts.add(Part.of(file, quiet));
      }
      return Optional.of(parts);
    } catch (SourceException missing) {
      return Optional.empty();
    }
  }

  /// Returns the name of the state that links make.
  ///
  /// @param cid the content id of the newest
  /// @param file what the newest is called
  /// @param newestFirst all of them, down to the base; empty if they are not all known
  static Generation of(long cid, String file, Optional<List<Part>> newestFirst) {
    var content = newestFirst.map(StateName::content);
    var id = newestFirst.flatMap(StateName::id);
    var text = new StringBuilder("vmdk:%08x".formatted(cid));
    content.ifPresent(part -> text.append(';').append(part));
    id.ifPresent(part -> text.append(';').append(part));
    return Generation.of(text.toString(), "%s (CID %08x)".formatted(file, cid));
  }

  /// Links that hold nothing change nothing.
  private static String content(List<Part> newestFirst) {
    var digest = sha256();
    for (var part : newestFirst.reversed()) {
      if (!part.tables().isEmpty()) {
        digest.update(part.tables().getBytes(StandardCharsets.US_ASCII));
      }
    }
    return hex(digest);
  }

  /// Returns empty if no link has an id that another disk could not have as well.
  private static Optional<String> id(List<Part> newestFirst) {
    var digest = sha256();
    boolean isProof = false;
    for (var part : newestFirst.reversed()) {
      if (part.descriptor().isEmpty()) {
        return Optional.empty();
      }
      var link = part.descriptor().get();
      isProof |= !link.ids().isEmpty() || (link.cid() != NEVER_WRITTEN && link.cid() != 0);
      var text = "%08x %s%n".formatted(link.cid(), link.ids());
      digest.update(text.getBytes(StandardCharsets.UTF_8));
    }
    return isProof ? Optional.of(hex(digest)) : Optional.empty();
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible); // every JDK has it
    }
  }

  /// Returns the first 64 bits of a digest.
  static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest()).substring(0, DIGITS);
  }
}
