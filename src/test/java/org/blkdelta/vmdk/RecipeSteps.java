package org.blkdelta.vmdk;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// Follows the lines of a recipe that make files.
final class RecipeSteps {

  private static final int SECTOR = 512;
  private static final int GRAIN_HEAD = 12;

  private final Path folder;
  private Path text;

  RecipeSteps(Path folder) {
    this.folder = folder;
    this.text = folder;
  }

  void follow(Recipe.Line step) throws IOException {
    var words = List.of(step.rest().split(" "));
    if (step.word().equals("|")) {
      append(text, step.rest() + "\n");
      return;
    }
    var file = folder.resolve(words.getFirst());
    var more = words.subList(1, words.size());
    var rest = Recipe.Line.of(step.rest()).rest();
    switch (step.word()) {
      case "text" -> {
        Files.deleteIfExists(file);
        text = file;
      }
      case "end" -> append(file, rest);
      case "many" ->
          append(file, Recipe.Line.of(rest).rest().repeat(Integer.parseInt(more.get(0))));
      case "change" -> change(file, rest);
      case "delete" -> Files.delete(file);
      case "move" -> Files.move(file, folder.resolve(more.get(0)));
      case "folder" -> Files.createDirectory(file);
      case "link" -> Files.createSymbolicLink(file, Path.of(more.get(0)));
      case "size" -> size(file, number(more.get(0)));
      case "bytes" -> put(file, more, 1);
      case "u32" -> put(file, more, Integer.BYTES);
      case "u64" -> put(file, more, Long.BYTES);
      case "fill" -> fill(file, numbers(more));
      case "copy" -> copy(file, numbers(more));
      case "insert" ->
          write(file, number(more.get(0)), Files.readAllBytes(folder.resolve(more.get(1))));
      case "grain" -> grain(file, numbers(more));
      default -> throw new AssertionError("no step is called " + step.word());
    }
  }

  /// Escapes are Java's: `\r`, `\0`, `\u001b`.
  private static void append(Path file, String text) throws IOException {
    Files.write(
        file,
        text.translateEscapes().getBytes(ISO_8859_1),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static void change(Path file, String words) throws IOException {
    var parts = words.split(" => ", -1);
    var before = Files.readString(file, ISO_8859_1);
    var after = before.replace(parts[0].translateEscapes(), parts[1].translateEscapes());
    if (after.equals(before)) {
      throw new AssertionError(file + " has no " + parts[0]);
    }
    Files.writeString(file, after, ISO_8859_1);
  }

  private static void size(Path file, long size) throws IOException {
    try (var opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(size);
    }
  }

  /// Writes numbers of a width one after the other.
  private static void put(Path file, List<String> offsetAndValues, int width) throws IOException {
    var values = offsetAndValues.subList(1, offsetAndValues.size());
    var bytes = ByteBuffer.allocate(values.size() * width).order(ByteOrder.LITTLE_ENDIAN);
    for (var value : values) {
      switch (width) {
        case 1 -> bytes.put((byte) number(value));
        case Integer.BYTES -> bytes.putInt((int) number(value));
        default -> bytes.putLong(number(value));
      }
    }
    write(file, number(offsetAndValues.getFirst()), bytes.array());
  }

  private static void fill(Path file, long[] offsetLengthByte) throws IOException {
    var bytes = new byte[(int) offsetLengthByte[1]];
    Arrays.fill(bytes, (byte) offsetLengthByte[2]);
    write(file, offsetLengthByte[0], bytes);
  }

  private static void copy(Path file, long[] offsetLengthTo) throws IOException {
    try (var opened = new RandomAccessFile(file.toFile(), "r")) {
      var bytes = new byte[(int) offsetLengthTo[1]];
      opened.seek(offsetLengthTo[0]);
      opened.readFully(bytes);
      write(file, offsetLengthTo[2], bytes);
    }
  }

  /// Writes a compressed grain: a head, and a zlib stream of one byte over and over.
  private static void grain(Path file, long[] offsetSectorLengthByte) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var stream = new DeflaterOutputStream(packed, new Deflater(Deflater.BEST_COMPRESSION))) {
      var piece = new byte[SECTOR];
      Arrays.fill(piece, (byte) offsetSectorLengthByte[3]);
      for (long left = offsetSectorLengthByte[2]; left > 0; left -= SECTOR) {
        stream.write(piece, 0, (int) Math.min(left, SECTOR));
      }
    }
    var block = ByteBuffer.allocate(GRAIN_HEAD + packed.size()).order(ByteOrder.LITTLE_ENDIAN);
    block.putLong(offsetSectorLengthByte[1]).putInt(packed.size()).put(packed.toByteArray());
    write(file, offsetSectorLengthByte[0], block.array());
  }

  private static void write(Path file, long offset, byte[] bytes) throws IOException {
    try (var opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.seek(offset);
      opened.write(bytes);
    }
  }

  private static long[] numbers(List<String> words) {
    return words.stream().mapToLong(RecipeSteps::number).toArray();
  }

  private static long number(String word) {
    return word.startsWith("0x")
        ? Long.parseUnsignedLong(word.substring(2), 16)
        : Long.parseLong(word);
  }
}
