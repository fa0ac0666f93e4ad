import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/// Completes the image that Maven has laid out: adds the Java runtime, and the archive of classes
/// from which it starts. Run by the build: `java Image.java IMAGE PICOCLI SAMPLE TIME VERSION`,
/// where PICOCLI is the folder with that library's sources, SAMPLE is `testdata/demo`, and TIME is
/// what all files are to have, in the image as in its packages.
final class Image {

  /// What jdeps finds in the jars, but for three that are named only in classes that we do not use:
  /// java.desktop by commons-lang3, java.sql by gson, java.security.jgss by MINA's server. TLS is
  /// java.base's; StAX, which reads the replies of vSphere, is java.xml's.
  private static final String MODULES =
      "java.base,java.logging,java.management,java.rmi,java.xml,jdk.net,jdk.unsupported";

  /// Files of the JDK that no run needs: its tools, and the sorting of large arrays by vectors.
  private static final String LEFT_OUT =
      "**/classlist,**/libsimdsort.so,**/bin/keytool,**/bin/rmiregistry,**/jexec";

  /// The same inside the modules: translations of those tools' messages, two encodings that no
  /// disk's descriptor has, and the names of characters.
  private static final String UNPACKED =
      "**/launcher_*,**/keytool_*,**/EUC_TW*,**/Johab*,**/uniName.dat";

  /// The providers of cryptography that are in the image. TLS's comes last, so that SSH does not
  /// load it.
  private static final List<String> PROVIDERS =
      List.of("SUN", "SunRsaSign", "SunEC", "SunJCE", "SunJSSE");

  private static final Pattern PROVIDER =
      Pattern.compile("^security\\.provider\\.\\d+=.*\\R", Pattern.MULTILINE);

  /// One of the classes that jlink generates.
  private static final String GENERATED =
      "/modules/java.base/java/lang/invoke/BoundMethodHandle$Species_D.class";

  private static final int MAX_LINKS = 10;

  private final Path image;
  private final Path picocli;
  private final FileTime time;

  private Image(Path image, Path picocli, FileTime time) {
    this.image = image;
    this.picocli = picocli;
    this.time = time;
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    var build =
        new Image(
            Path.of(arguments[0]).toAbsolutePath(),
            Path.of(arguments[1]),
            FileTime.from(time(arguments[3])));
    Documents.complete(build.image, arguments[4], build.time.toInstant());
    build.recompile();
    build.unpackZstd();
    build.slim();
    build.link();
    build.setTimesAndModes();
    new ClassArchive(build.image).make(Path.of(arguments[2]));
    build.setTimesAndModes();
  }

  /// A time as Maven takes it: ISO 8601, or seconds, as in SOURCE_DATE_EPOCH.
  private static Instant time(String text) {
    return text.matches("\\d+")
        ? Instant.ofEpochSecond(Long.parseLong(text))
        : Instant.parse(text);
  }

  /// Replaces picocli's classes by the same, compiled anew: the ones that its project delivers are
  /// for Java 5, so old that they are verified on each start, archive or not.
  private void recompile() throws IOException {
    var classes = picocli.resolve("classes");
    if (Files.notExists(classes)) {
      var arguments =
          new ArrayList<>(List.of("-nowarn", "-proc:none", "--release=21", "-d", classes.toString()));
      try (var sources = Files.newDirectoryStream(picocli.resolve("picocli"), "*.java")) {
        sources.forEach(source -> arguments.add(source.toString()));
      }
      tool("javac", arguments);
    }
    try (var jars = Files.newDirectoryStream(image.resolve("lib"), "picocli-*.jar")) {
      for (var jar : jars) {
        tool("jar", List.of("--update", "--file=" + jar, "-C", classes.toString(), "."));
      }
    }
  }

  /// Takes out of all jars what only a debugger needs: the archive of classes becomes smaller, too.
  /// Lines stay in the program's own, as stack traces show them. All entries get the build's time.
  private void slim() throws IOException {
    try (var jars = Files.newDirectoryStream(image.resolve("lib"), "*.jar")) {
      for (var jar : jars) {
        slim(jar);
      }
    }
  }

  private void slim(Path jar) throws IOException {
    var lines =
        jar.endsWith("blkdelta.jar")
            ? ClassFile.LineNumbersOption.PASS_LINE_NUMBERS
            : ClassFile.LineNumbersOption.DROP_LINE_NUMBERS;
    var slim = jar.resolveSibling("slim");
    try (var from = new ZipInputStream(Files.newInputStream(jar));
        var to = new ZipOutputStream(Files.newOutputStream(slim))) {
      to.setLevel(Deflater.BEST_COMPRESSION);
      for (var entry = from.getNextEntry(); entry != null; entry = from.getNextEntry()) {
        var copy = new ZipEntry(entry.getName());
        copy.setTimeLocal(LocalDateTime.ofInstant(time.toInstant(), ZoneOffset.UTC));
        to.putNextEntry(copy);
        var bytes = from.readAllBytes();
        to.write(entry.getName().endsWith(".class") ? slim(bytes, lines) : bytes);
      }
    }
    Files.move(slim, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static byte[] slim(byte[] bytes, ClassFile.LineNumbersOption lines) {
    var file = ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG, lines);
    var bodies = ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL);
    return file.transformClass(file.parse(bytes), bodies);
  }

  /// Takes the native library out of its jar, so that it is loaded from the image. Else it would be
  /// unpacked on each start, to a folder where everyone may write, and where programs may not run.
  private void unpackZstd() throws IOException {
    var library = image.resolve("lib/libzstd-jni.so");
    try (var jars = Files.newDirectoryStream(image.resolve("lib"), "zstd-jni-*.jar")) {
      for (var jar : jars) {
        try (var content = FileSystems.newFileSystem(jar);
            var files = Files.walk(content.getPath("/linux"))) {
          for (var file : files.filter(Files::isRegularFile).toList()) {
            Files.move(file, library, StandardCopyOption.REPLACE_EXISTING);
          }
        }
      }
    }
    if (Files.notExists(library)) {
      throw new IllegalStateException(library + ": no jar has it");
    }
  }

  /// Has jlink make the runtime. It runs its plugins in no fixed order: now and then, classes that
  /// one of them generates are stripped by another. Most often they are not, and so it shall be.
  private void link() throws IOException, InterruptedException {
    int tries = 0;
    do {
      linkOnce();
      tries++;
    } while (!isUsual() && tries < MAX_LINKS);
    if (!isUsual()) {
      System.out.println("[WARNING] jlink stripped the classes that it generates: images may differ");
    }
    Files.delete(image.resolve("runtime/lib/jrt-fs.jar")); // no run needs it
    nameProviders();
    strip();
  }

  private boolean isUsual() throws IOException {
    var runtime = Map.of("java.home", image.resolve("runtime").toString());
    try (var content = FileSystems.newFileSystem(URI.create("jrt:/"), runtime)) {
      var generated = Files.readAllBytes(content.getPath(GENERATED));
      return new String(generated, StandardCharsets.ISO_8859_1).contains("SourceFile");
    }
  }

  private void linkOnce() throws IOException, InterruptedException {
    delete(image.resolve("runtime"));
    Program.run(
        image,
        Map.of(),
        Path.of(System.getProperty("java.home"), "bin/jlink").toString(),
        "--add-modules=" + MODULES,
        "--strip-java-debug-attributes",
        "--no-header-files",
        "--no-man-pages",
        "--compress=zip-9",
        "--exclude-files=" + LEFT_OUT,
        "--exclude-resources=" + UNPACKED,
        "--output=" + image.resolve("runtime"));
  }

  /// Has nobody look for the providers that are not there.
  private void nameProviders() throws IOException {
    var file = image.resolve("runtime/conf/security/java.security");
    var lines = new StringBuilder();
    for (int i = 0; i < PROVIDERS.size(); i++) {
      lines.append("security.provider.%d=%s\n".formatted(i + 1, PROVIDERS.get(i)));
    }
    var others = PROVIDER.matcher(Files.readString(file)).replaceAll("");
    Files.writeString(file, others + lines);
  }

  /// Takes the symbols that nothing links to out of the libraries. They are 5 MB.
  private void strip() throws IOException, InterruptedException {
    if (!inPath("strip")) {
      System.out.println("[WARNING] no strip (binutils): the image will be 5 MB larger");
      return;
    }
    try (var files = Files.walk(image)) {
      for (var library : files.filter(Image::isBinary).toList()) {
        // jlink makes them so that not even their owner may write
        library.toFile().setWritable(true);
        Program.run(image, Map.of(), "strip", "--strip-unneeded", library.toString());
      }
    }
  }

  private static boolean isBinary(Path file) {
    return file.toString().endsWith(".so")
        || file.endsWith("runtime/bin/java")
        || file.endsWith("runtime/lib/jspawnhelper");
  }

  private static boolean inPath(String program) {
    return Pattern.compile(":")
        .splitAsStream(System.getenv().getOrDefault("PATH", ""))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static void tool(String name, List<String> arguments) {
    int status =
        ToolProvider.findFirst(name)
            .orElseThrow()
            .run(System.out, System.err, arguments.toArray(String[]::new));
    if (status != 0) {
      throw new IllegalStateException(name + ": status " + status);
    }
  }

  /// The archive of classes knows its jars by their times, among others: they must be what packages
  /// will say. What may be done with a file does not depend on the umask of the build.
  private void setTimesAndModes() throws IOException {
    try (var files = Files.walk(image)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        var mode = Files.getPosixFilePermissions(file);
        boolean runs = mode.contains(PosixFilePermission.OWNER_EXECUTE);
        Files.setPosixFilePermissions(
            file, PosixFilePermissions.fromString(runs ? "rwxr-xr-x" : "rw-r--r--"));
        Files.setLastModifiedTime(file, time);
      }
    }
  }

  static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (var files = Files.walk(folder)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
