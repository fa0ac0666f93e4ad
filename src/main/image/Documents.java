import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/// The image's documents as packages want them: man pages are packed, the license is beside those
/// of the libraries, and Debian's changelog names the version.
final class Documents {

  /// RFC 1952, 2.3.1: where a header says how well the file is packed, which Java leaves out.
  private static final int EXTRA_FLAGS = 8;

  private static final byte BEST = 2;

  private Documents() {}

  static void complete(Path image, String version, Instant time) throws IOException {
    var share = image.resolve("share");
    try (var pages = Files.walk(share.resolve("man"))) {
      for (var page : pages.filter(file -> file.toString().matches(".*\\.[1-8]")).toList()) {
        pack(Files.readAllBytes(page), page.resolveSibling(page.getFileName() + ".gz"));
        Files.delete(page);
      }
    }
    var doc = share.resolve("doc/blkdelta");
    var license = doc.resolve("licenses/Apache-2.0.txt");
    Files.copy(Path.of("LICENSE"), license, StandardCopyOption.REPLACE_EXISTING);
    var date =
        DateTimeFormatter.RFC_1123_DATE_TIME
            .format(time.atOffset(ZoneOffset.UTC))
            .replace("GMT", "+0000");
    var entry =
        """
        blkdelta (%s) unstable; urgency=medium

          * See CHANGELOG.md.

         -- The blkdelta project <blkdelta@blkdelta.invalid>  %s
        """
            .formatted(version, date);
    pack(entry.getBytes(UTF_8), doc.resolve("changelog.gz"));
  }

  private static void pack(byte[] bytes, Path file) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new BestGzip(packed)) {
      gzip.write(bytes);
    }
    var content = packed.toByteArray();
    content[EXTRA_FLAGS] = BEST;
    Files.write(file, content);
  }

  private static final class BestGzip extends GZIPOutputStream {

    BestGzip(OutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }
}
