import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/// Runs what users run, to see which classes they need: transfers here and over SSH, by the
/// built-in client and by a program, and the receiver at the other end.
record Training(Path image, Path sample, Path scratch) {

  /// Classes that would be no use in the archive: the server is only the demo's, but for some of
  /// its forwarding, which a client has too; and those for java.sql cannot be verified without it.
  private static final Pattern UNARCHIVED =
      Pattern.compile(
          "(@\\S+ )?(org/apache/sshd/server/(?!forward/)|com/google/gson/internal/sql/).*");

  /// The numbers that a list of classes gives to them. They differ from run to run, and only class
  /// loaders of one's own need them.
  private static final Pattern NUMBER = Pattern.compile(" id: \\d+$");

  private static final String DESCRIPTOR =
      """
      # Disk DescriptorFile
      version=1
      CID=0f000001
      parentCID=ffffffff
      createType="monolithicFlat"
      RW 16 FLAT "disk-flat.vmdk" 0
      """;

  private static final String RUNS =
      """
      --version
      --help
      inspect --map --origin web.img web-cow.img
      sync --origin web.img web-cow.img copy.img
      copy web.img copy.img
      verify web.img copy.img
      copy -e ./shell --remote-command $BLKDELTA web.img far:$PWD/copy.img
      copy -e ./shell --remote-command $BLKDELTA far:$PWD/web.img copy.img
      sync -e ./shell --remote-command $BLKDELTA --origin web.img web-cow.img far:$PWD/far.img
      copy --create --connections=2 -e ./shell --remote-command $BLKDELTA web.img far:$PWD/more.img
      copy -z -e ./shell --remote-command $BLKDELTA web.img far:$PWD/far.img
      copy -z -e ./shell --remote-command $BLKDELTA far:$PWD/web.img copy.img
      dump --origin web.img web-cow.img >web.stream
      apply web.stream copy.img
      inspect disk.vmdk
      sync --create disk.vmdk disk.img
      demo
      """;

  /// Returns one list of the classes of all runs.
  ClassList classes() throws IOException, InterruptedException {
    layOut();
    for (var line : RUNS.lines().toList()) {
      run(line);
    }
    var merged = new ClassList();
    try (var lists = Files.newDirectoryStream(scratch, "*.classes")) {
      for (var list : lists) {
        for (var line : Files.readAllLines(list, UTF_8)) {
          if (!UNARCHIVED.matcher(line).matches()) {
            merged.add(NUMBER.matcher(line).replaceFirst(""));
          }
        }
      }
    }
    return merged;
  }

  private void layOut() throws IOException {
    unpack("after.img", scratch.resolve("web.img"));
    unpack("store.img", scratch.resolve("web-cow.img"));
    unpack("before.img", scratch.resolve("copy.img"));
    unpack("before.img", scratch.resolve("far.img"));
    Files.writeString(scratch.resolve("disk.vmdk"), DESCRIPTOR);
    Files.write(scratch.resolve("disk-flat.vmdk"), new byte[16 * 512]);
    var shell = scratch.resolve("shell");
    Files.writeString(shell, "#!/bin/sh\nshift $(($# - 1))\nexec sh -c \"$1\"\n");
    Files.setPosixFilePermissions(shell, PosixFilePermissions.fromString("rwx------"));
  }

  private void unpack(String name, Path file) throws IOException {
    try (var in = new GZIPInputStream(Files.newInputStream(sample.resolve(name + ".gz")))) {
      Files.copy(in, file);
    }
  }

  private void run(String line) throws IOException, InterruptedException {
    var environment =
        Map.of(
            "BLKDELTA",
            image.resolve("bin/blkdelta").toString(),
            "BLKDELTA_JAVA_OPTIONS",
            "-XX:DumpLoadedClassList=" + scratch.resolve("%p.classes"),
            "BLKDELTA_STATE",
            scratch.resolve("state").toString());
    Program.run(scratch, environment, "sh", "-c", "$BLKDELTA " + line);
  }
}
