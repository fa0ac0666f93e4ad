package org.blkdelta.destination;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.linux.TrustedFile.UntrustedException;
import org.jspecify.annotations.Nullable;

/// The content of the file that remembers a destination's state; docs/state.md describes it.
///
/// @param destination what identifies the destination
/// @param path where it was, for people
/// @param since when the file was written, for people
/// @param written some of what the last run wrote, if it completed
public record StateFile(
    String destination,
    String path,
    String since,
    DestinationState state,
    Optional<WrittenPages> written) {

  /// The most bytes that a file of any version can have.
  static final int MAX_BYTES = 4 << 20;

  private static final int VERSION = 2;
  private static final String CHECKSUM = "checksum";
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  /// The file as JSON has it; what is not known is left out.
  private record Text(
      int version,
      @Nullable String destination,
      @Nullable String path,
      @Nullable String since,
      @Nullable List<KeptState> states,
      @Nullable KeptPages written) {}

  /// Returns the bytes of the file.
  byte[] bytes() {
    var pages = written.map(KeptPages::of).orElse(null);
    var text = new Text(VERSION, destination, path, since, KeptState.of(state), pages);
    var json = GSON.toJsonTree(text).getAsJsonObject();
    json.addProperty(CHECKSUM, checksum(json));
    return (GSON.toJson(json) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /// Reads the bytes of a file of this version or an older one.
  ///
  /// @throws UntrustedException if it is damaged
  /// @throws RefusedException if a newer version wrote it
  public static StateFile parse(byte[] bytes) throws UntrustedException, RefusedException {
    try {
      var text = new String(bytes, StandardCharsets.UTF_8);
      var json = Objects.requireNonNull(GSON.fromJson(text, JsonObject.class));
      int version = json.get("version").getAsInt();
      if (version > VERSION) {
        throw new RefusedException(
            "was written by a newer blkdelta (version %d of the file); update this one"
                .formatted(version));
      }
      return version == VERSION ? current(json) : OldStateFile.parse(text);
    } catch (JsonParseException
        | NullPointerException
        | IllegalStateException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | UnsupportedOperationException strange) {
      throw new UntrustedException("it is damaged"); // a missing name is as bad as a wrong one
    }
  }

  private static StateFile current(JsonObject json) throws UntrustedException {
    var told = json.remove(CHECKSUM).getAsString();
    if (!told.equals(checksum(json))) {
      throw new UntrustedException("it is damaged: its checksum is another");
    }
    var text = GSON.fromJson(json, Text.class);
    return new StateFile(
        Objects.requireNonNull(text.destination()),
        Objects.requireNonNull(text.path()),
        Objects.requireNonNull(text.since()),
        KeptState.first(Objects.requireNonNull(text.states())),
        Optional.ofNullable(text.written()).map(KeptPages::written));
  }

  private static String checksum(JsonObject json) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      var text = GSON.toJson(json).getBytes(StandardCharsets.UTF_8);
      return "sha256:" + HexFormat.of().formatHex(digest.digest(text));
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException(absent); // every Java has it
    }
  }
}
