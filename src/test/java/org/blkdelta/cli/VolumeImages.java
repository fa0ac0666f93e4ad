package org.blkdelta.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Images of volumes with random content, holes and zeros; and a remote shell that runs the
/// program, as it was compiled, on this machine.
final class VolumeImages {

  private final Path folder;
  private final Random random;

  VolumeImages(Path folder, long seed) {
    this.folder = folder;
    this.random = new Random(seed);
  }

  /// Makes an image of data, zeros that are written and zeros that are not.
  Path image(String name, int size) throws IOException {
    var file = folder.resolve(name);
    Files.deleteIfExists(file);
    try (var image =
        Files.newByteChannel(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (int at = 0; at < size; ) {
        int length = Math.min(size - at, 1 + random.nextInt(size / 3));
        var bytes = new byte[length];
        int kind = random.nextInt(3);
        if (kind == 0) {
          random.nextBytes(bytes);
        }
        image.position(at);
        if (kind < 2) {
          image.write(ByteBuffer.wrap(bytes));
        }
        at += length;
      }
      image.position(size - 1).write(ByteBuffer.allocate(1));
    }
    return file;
  }

  /// Changes some bytes of an image.
  void damage(Path image) throws IOException {
    var bytes = Files.readAllBytes(image);
    for (int i = 0; i < 5; i++) {
      bytes[random.nextInt(bytes.length)] ^= 1;
    }
    Files.write(image, bytes);
  }

  /// Returns the options that make any host this machine.
  List<Object> thisMachine() throws IOException {
    var shell = folder.resolve("remote-shell");
    Files.writeString(shell, "#!/bin/sh\nshift $(($# - 1))\nexec sh -c \"$1\"\n");
    var program = folder.resolve("blkdelta");
    Files.writeString(program, "exec " + Compiled.command() + " \"$@\"\n");
    return List.of("-e", "sh " + shell, "--remote-command", "sh " + program);
  }

  /// Runs a command.
  static Cli.Run run(List<Object> options, Object... words) {
    var all = new ArrayList<>(Arrays.asList(words));
    all.addAll(1, options);
    return Cli.run(all.toArray());
  }
}
