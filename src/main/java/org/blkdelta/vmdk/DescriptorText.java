package org.blkdelta.vmdk;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.failure.SourceException;

/// Reads the text of a descriptor (*Virtual Disk Format 5.0*, "The Descriptor"). Keywords compare
/// without case; what would change what is read and is not known, is refused.
final class DescriptorText {

  /// The largest text that is read, in bytes.
  static final int MAX_BYTES = 1 << 20;

  private static final int MAX_LINES = 65_536;
  private static final int MAX_LINE = 64 << 10;
  private static final long NO_CID = 0xffffffffL;

  /// Keys that decide what is read; they may not be there twice with different values.
  private static final Set<String> ONCE =
      Set.of(
          "version",
          "encoding",
          "cid",
          "parentcid",
          "createtype",
          "parentfilenamehint",
          "changetrackpath");

  private static final List<String> LONG_IDS = List.of("ddb.uuid", "ddb.longcontentid");
  private static final int LONG_ID_DIGITS = 32;
  private static final int CID_DIGITS = 8;

  private final String name;
  private final Map<String, String> values = new HashMap<>();
  private final List<DescriptorExtent> extents = new ArrayList<>();
  private int line;

  private DescriptorText(String name) {
    this.name = name;
  }

  /// Parses a descriptor.
  ///
  /// @param name what messages call it
  /// @param bytes the text; it ends at the first NUL
  /// @throws SourceException if it is damaged, or describes what cannot be read
  static Descriptor parse(String name, byte[] bytes) throws SourceException {
    return new DescriptorText(name).parse(lines(name, bytes));
  }

  /// Splits the text. Each character is one byte: only names are not ASCII, and how they are
  /// encoded is known later.
  private static String[] lines(String name, byte[] bytes) throws SourceException {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    int start = startsWithMark(bytes) ? 3 : 0;
    var text = new String(bytes, start, Math.max(0, end - start), StandardCharsets.ISO_8859_1);
    var lines = text.split("\n", MAX_LINES + 1);
    if (lines.length > MAX_LINES) {
      throw new SourceException(
          "%s: has more than %d lines; not a descriptor".formatted(name, MAX_LINES));
    }
    return lines;
  }

  private static boolean startsWithMark(byte[] bytes) {
    return bytes.length >= 3
        && bytes[0] == (byte) 0xef
        && bytes[1] == (byte) 0xbb
        && bytes[2] == (byte) 0xbf;
  }

  private Descriptor parse(String[] lines) throws SourceException {
    var extentLines = new ArrayList<Integer>();
    for (line = 1; line <= lines.length; line++) {
      var text = lines[line - 1].strip();
      if (text.length() > MAX_LINE) {
        throw refused("is longer than " + MAX_LINE + " characters");
      }
      if (text.isEmpty() || text.startsWith("#")) {
        continue;
      }
      if (ExtentLine.is(text)) {
        extentLines.add(line);
      } else {
        entry(text);
      }
    }
    checkKind();
    var charset = charset();
    long sectors = 0;
    for (int number : extentLines) {
      line = number;
      var extent = extent(lines[number - 1].strip(), charset);
      sectors += extent.sectors();
      if (sectors < 0 || sectors > Long.MAX_VALUE / Fields.SECTOR) {
        throw refused("the sizes of all extents are too much");
      }
      extents.add(extent);
    }
    if (extents.isEmpty()) {
      throw whole("names no extents; it is damaged or cut");
    }
    var createType = CreateType.check(name, value("createType"), extents);
    return new Descriptor(
        contentId(), cid("parentCID"), createType, hint(charset), ids(), extents, sectors);
  }

  private void entry(String text) throws SourceException {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw refused("is neither an entry nor an extent");
    }
    var key = text.substring(0, equals).strip().toLowerCase(Locale.ROOT);
    var value = text.substring(equals + 1).strip();
    if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
      value = value.substring(1, value.length() - 1).strip();
    }
    var before = values.putIfAbsent(key, value);
    if (before != null && !before.equals(value) && ONCE.contains(key)) {
      throw refused("gives another value to " + key);
    }
  }

  private DescriptorExtent extent(String text, Charset charset) throws SourceException {
    try {
      var found = ExtentLine.parse(line, text);
      checkStore(found.fileName().orElse(""));
      return found.fileName().isEmpty()
          ? found
          : new DescriptorExtent(
              line,
              found.readable(),
              found.sectors(),
              found.type(),
              Optional.of(decoded(found.fileName().get(), charset)),
              found.startSector());
    } catch (ExtentLine.Malformed bad) {
      throw refused(String.valueOf(bad.getMessage()));
    }
  }

  /// Some stores keep disks as objects, which only look like a file's name.
  private void checkStore(String fileName) throws SourceException {
    var scheme = fileName.toLowerCase(Locale.ROOT);
    if (scheme.startsWith("vsan://")) {
      throw notFiles("line %d: ".formatted(line), "on vSAN");
    }
    if (scheme.startsWith("vvol://")) {
      throw notFiles("line %d: ".formatted(line), "a virtual volume (vVol)");
    }
  }

  private SourceException notFiles(String where, String what) {
    return new SourceException(
        "%s: %sthe disk is %s, and has no files that can be read; clone it to an ordinary datastore first (vmkfstools -i), and copy the clone"
            .formatted(name, where, what));
  }

  /// Refuses the kinds of disks whose content is not in the files.
  private void checkKind() throws SourceException {
    if (value("createType").equalsIgnoreCase("vsanSparse")) {
      throw notFiles("", "on vSAN");
    }
    var version = value("version");
    if (!Set.of("1", "2", "3").contains(version)) {
      throw whole("has version \"%s\"; 1 to 3 are known".formatted(version));
    }
    if (values.containsKey("keyid")
        || values.containsKey("encryptionkeys")
        || values.getOrDefault("ddb.iofilters", "").contains("vmwarevmcrypt")) {
      throw whole("is encrypted; decrypt the VM in vSphere first");
    }
    if (!values.getOrDefault("isnativesnapshot", "no").equalsIgnoreCase("no")
        || !values.getOrDefault("ddb.nativeparentcid", "ffffffff").equalsIgnoreCase("ffffffff")) {
      throw whole("is a snapshot that the storage array keeps, so that its data is not in files");
    }
  }

  private long contentId() throws SourceException {
    long cid = cid("CID");
    if (cid == NO_CID) {
      throw whole("has CID ffffffff, which stands for none");
    }
    return cid;
  }

  private long cid(String key) throws SourceException {
    var text = value(key);
    if (!text.matches("[0-9a-fA-F]{1,8}")) {
      throw whole("has %s \"%s\"; 1 to 8 hexadecimal digits are expected".formatted(key, text));
    }
    return Long.parseLong(text, 16);
  }

  private Optional<String> hint(Charset charset) throws SourceException {
    var hint = values.get("parentfilenamehint");
    return hint == null || hint.isEmpty() ? Optional.empty() : Optional.of(decoded(hint, charset));
  }

  /// Returns the ids that are not a default, which is all of one digit but for the content id at
  /// the end.
  private List<String> ids() {
    var ids = new ArrayList<String>();
    for (var key : LONG_IDS) {
      var digits = value(key).toLowerCase(Locale.ROOT).replaceAll("[^0-9a-f]", "");
      if (digits.length() >= LONG_ID_DIGITS
          && digits.substring(0, LONG_ID_DIGITS - CID_DIGITS).chars().distinct().count() > 1) {
        ids.add(key + "=" + digits);
      }
    }
    return ids;
  }

  private Charset charset() throws SourceException {
    var label = values.getOrDefault("encoding", values.getOrDefault("ddb.encoding", "UTF-8"));
    try {
      return Charset.forName(label);
    } catch (IllegalArgumentException unknown) {
      throw whole("has encoding \"%s\", which is unknown".formatted(label));
    }
  }

  private String decoded(String bytes, Charset charset) throws SourceException {
    try {
      return charset
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException bad) {
      throw new SourceException(
          "%s: a file name is not valid %s; set the right encoding= in a copy of the descriptor"
              .formatted(name, charset),
          bad);
    }
  }

  private String value(String key) {
    return values.getOrDefault(key.toLowerCase(Locale.ROOT), "");
  }

  private SourceException refused(String what) {
    return new SourceException(
        "%s: line %d: %s; the descriptor is damaged or of an unknown make"
            .formatted(name, line, what));
  }

  private SourceException whole(String what) {
    return new SourceException("%s: %s; refused".formatted(name, what));
  }
}
