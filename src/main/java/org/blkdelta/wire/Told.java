package org.blkdelta.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.blkdelta.failure.SourceException;

/// What the far end of a live run says that it was told. Between the two there are shells, sudo,
/// forced commands: a word that one of them drops or changes is noticed by this.
///
/// @param words its command line, as it understood it; empty if it does not say
/// @param destination which device or file the destination is, as in [BackingDevices], with `@` and
///     the host's boot id; empty if there is none yet, or none at all
public record Told(List<String> words, Optional<String> destination) {

  /// Nothing is said.
  public static final Told NOTHING = new Told(List.of(), Optional.empty());

  private static final String WORDS = "told";
  private static final String DESTINATION = "destination";

  /// Creates one of an unmodifiable list.
  public Told {
    words = List.copyOf(words);
  }

  /// Returns one without a destination.
  public static Told of(List<String> words) {
    return new Told(words, Optional.empty());
  }

  /// Returns the payload of a greeting: lines of `key=value`, sorted; none if nothing is said.
  byte[] encode() {
    var text = new StringBuilder();
    destination.ifPresent(
        id -> text.append(DESTINATION).append('=').append(escaped(id)).append('\n'));
    if (!words.isEmpty()) {
      text.append(WORDS).append('=').append(joined(words)).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Reads such a payload. Keys that it does not know mean nothing to it.
  ///
  /// @throws SourceException if it is not made of such lines
  static Told decode(byte[] payload) throws SourceException {
    var fields = new TreeMap<String, String>();
    for (var line : new String(payload, StandardCharsets.UTF_8).lines().toList()) {
      int equals = line.indexOf('=');
      if (equals < 1 || fields.put(line.substring(0, equals), line.substring(equals + 1)) != null) {
        throw new SourceException("greeting: a line that is not key=value; refused");
      }
    }
    return new Told(
        split(Optional.ofNullable(fields.get(WORDS))),
        Optional.ofNullable(fields.get(DESTINATION)).map(Told::unescaped));
  }

  /// Returns words as one line, with a blank between them.
  static String joined(List<String> words) {
    return String.join(" ", words.stream().map(Told::escaped).toList());
  }

  /// Returns the words of a line; none of no line.
  static List<String> split(Optional<String> line) {
    return line.map(text -> Arrays.stream(text.split(" ", -1)).map(Told::unescaped).toList())
        .orElse(List.of());
  }

  /// Writes every byte of UTF-8 that is a blank, a percent sign or not printable as `%XX`.
  private static String escaped(String word) {
    var text = new StringBuilder();
    for (byte one : word.getBytes(StandardCharsets.UTF_8)) {
      if (one > ' ' && one < 0x7f && one != '%') {
        text.append((char) one);
      } else {
        text.append("%%%02x".formatted(one & 0xff));
      }
    }
    return text.toString();
  }

  private static String unescaped(String text) {
    var bytes = new ArrayList<Byte>();
    for (int at = 0; at < text.length(); at++) {
      boolean isEscape = text.charAt(at) == '%' && at + 2 < text.length();
      int code = isEscape ? hex(text.charAt(at + 1)) * 16 + hex(text.charAt(at + 2)) : -1;
      bytes.add((byte) (code < 0 ? text.charAt(at) : code));
      at += code < 0 ? 0 : 2;
    }
    var all = new byte[bytes.size()];
    for (int at = 0; at < all.length; at++) {
      all[at] = bytes.get(at);
    }
    return new String(all, StandardCharsets.UTF_8);
  }

  /// Returns the value of a digit, or a number that makes every sum with it negative.
  private static int hex(char digit) {
    int value = Character.digit(digit, 16);
    return value < 0 ? -1000 : value;
  }
}
