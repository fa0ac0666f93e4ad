package org.blkdelta.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.blkdelta.lvm.StoreBuilder;

/// The images of one volume in a folder: its origin as it is now, the snapshot's exception store,
/// and a copy that was made from the snapshot.
final class Scratch {

  static final int CHUNK = 4096;

  final Path folder;
  final Path origin;
  final Path store;
  final Path copy;
  private final byte[] content;
  private final byte[] old;

  private Scratch(Path folder, byte[] content, byte[] old) {
    this.folder = folder;
    this.origin = folder.resolve("web.img");
    this.store = folder.resolve("web-cow.img");
    this.copy = folder.resolve("copy.img");
    this.content = content;
    this.old = old;
  }

  /// Makes a volume of 16 chunks of which 5, 3 and 4 changed, in that order, 4 to zeros.
  static Scratch with543(Path folder) throws IOException {
    var old = new byte[16 * CHUNK];
    new Random(543).nextBytes(old);
    var content = old.clone();
    Arrays.fill(content, 3 * CHUNK, 4 * CHUNK, (byte) 3);
    Arrays.fill(content, 4 * CHUNK, 5 * CHUNK, (byte) 0);
    Arrays.fill(content, 5 * CHUNK, 6 * CHUNK, (byte) 5);
    return of(folder, content, old, StoreBuilder.exceptionStore().copied(5, 3, 4));
  }

  /// Writes the three images.
  static Scratch of(Path folder, byte[] content, byte[] old, StoreBuilder store)
      throws IOException {
    var scratch = new Scratch(folder, content, old);
    Files.write(scratch.origin, content);
    Files.write(scratch.store, store.bytes());
    scratch.copyAnew();
    return scratch;
  }

  /// Makes the copy as it was before any run.
  void copyAnew() throws IOException {
    Files.write(copy, old);
  }

  /// Returns the words that name the source.
  Object[] source(Object... more) {
    var words = new Object[3 + more.length];
    words[0] = "--origin";
    words[1] = origin;
    words[2] = store;
    System.arraycopy(more, 0, words, 3, more.length);
    return words;
  }

  boolean copyIsCurrent() throws IOException {
    return Arrays.equals(content, Files.readAllBytes(copy));
  }

  boolean copyIsUntouched() throws IOException {
    return Arrays.equals(old, Files.readAllBytes(copy));
  }

  /// Makes a sparse file of another size beside them.
  Path sparse(String name, long size) throws IOException {
    var file = folder.resolve(name);
    try (var image = new RandomAccessFile(file.toFile(), "rw")) {
      image.setLength(size);
    }
    return file;
  }
}
