package org.blkdelta.vsphere;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.extent.UriParts;
import org.blkdelta.failure.UsageException;

/// Names a disk of a virtual machine: `vsphere://USER@HOST[:PORT]/VM`, with parameters of our own.
///
/// @param text as the user wrote it. It never has a password
/// @param user who logs in
/// @param host an ESXi host or a vCenter, without brackets
/// @param port its port for HTTPS, 1 to 65535
/// @param machine the name of the machine; empty if it is named by its UUID
/// @param uuid the machine's UUID (`config.uuid`), in lower case
/// @param disk its label, such as `Hard disk 1`, or the name of its file
/// @param snapshot the snapshot that is read
/// @param thumbprint of the host's certificate, if that is what it is known by
/// @param passwordFile the file that has the password
public record MachineUri(
    String text,
    String user,
    String host,
    int port,
    String machine,
    Optional<String> uuid,
    Optional<String> disk,
    Optional<String> snapshot,
    Optional<Thumbprint> thumbprint,
    Optional<Path> passwordFile) {

  private static final int USUAL_PORT = 443;
  private static final int MAX_PORT = 65_535;

  private static final String DISK = "disk";
  private static final String UUID = "uuid";
  private static final String SNAPSHOT = "snapshot";

  /// The parameter that says what the host is known by.
  static final String THUMBPRINT = "thumbprint";
  private static final String PASSWORD_FILE = "password-file";
  private static final List<String> KNOWN =
      List.of(DISK, UUID, SNAPSHOT, THUMBPRINT, PASSWORD_FILE);

  private static final String FORM = "write vsphere://USER@HOST/VM";

  private static final String REFUSAL =
      "is unknown, empty or said twice; known are " + String.join(", ", KNOWN);

  private static final Pattern IS_UUID =
      Pattern.compile("(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private static final Pattern SCHEME = Pattern.compile("vsphere://.*", Pattern.DOTALL);

  /// A name or an address of version 4, or one of version 6 in brackets; then the port.
  private static final Pattern SERVER =
      Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?");

  /// Returns whether a text is meant to be one.
  public static boolean isOne(String text) {
    return SCHEME.matcher(text).matches();
  }

  /// Reads one.
  ///
  /// @throws UsageException if it is none, with what to write instead
  public static MachineUri parse(String text) throws UsageException {
    var parts = UriParts.of(text, FORM);
    var uri = parts.uri();
    if (uri.getRawFragment() != null) {
      throw parts.wrong("has a fragment; write # as %23");
    }
    var said = parts.parameters(KNOWN, REFUSAL);
    for (var each : said.entrySet()) {
      if (each.getValue().isEmpty()) {
        throw parts.wrong("\"%s=\" %s".formatted(each.getKey(), REFUSAL));
      }
    }
    var machine = parts.name();
    if (machine.isEmpty() == !said.containsKey(UUID)) {
      throw parts.wrong("name one machine, by its name or by ?uuid=UUID; " + FORM);
    }
    return of(parts, uri, machine, said);
  }

  /// Builds the name of a machine.
  ///
  /// @param server `USER@HOST[:PORT]`
  /// @param machine its name or its UUID
  /// @param parameters of the machine, by their names
  /// @throws UsageException if a part of it cannot be
  public static MachineUri of(String server, String machine, Map<String, String> parameters)
      throws UsageException {
    int at = server.lastIndexOf('@');
    var account = server.substring(0, Math.max(0, at));
    var text =
        "vsphere://%s@%s/%s"
            .formatted(encoded(account), server.substring(at + 1), encoded(machine));
    if (IS_UUID.matcher(machine).matches()) {
      text = text.substring(0, text.lastIndexOf('/') + 1) + "?uuid=" + machine;
    }
    for (var each : parameters.entrySet()) {
      text = with(text, each.getKey(), each.getValue());
    }
    return parse(text);
  }

  /// Returns the name of one of the machine's disks, as a snapshot has it if one is named.
  public MachineUri of(String disk, Optional<String> snapshot) throws UsageException {
    var named = with(text, DISK, disk);
    return parse(snapshot.isPresent() ? with(named, SNAPSHOT, snapshot.get()) : named);
  }

  private static String with(String text, String name, String value) {
    return "%s%s%s=%s".formatted(text, text.contains("?") ? "&" : "?", name, encoded(value));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8).replace("+", "%20");
  }

  private static MachineUri of(UriParts parts, URI uri, String machine, Map<String, String> said)
      throws UsageException {
    var authority = Optional.ofNullable(uri.getRawAuthority()).orElse("");
    int at = authority.lastIndexOf('@'); // accounts of a vCenter have one of their own
    var user = at < 0 ? "" : parts.decoded(authority.substring(0, at));
    if (user.isEmpty()) {
      throw parts.wrong("names no user; " + FORM);
    }
    if (user.contains(":")) {
      throw parts.wrong(
          "has a password, which every user of this host could see; put it in a file (?password-file=FILE), and change it");
    }
    var server = SERVER.matcher(authority.substring(at + 1));
    int port = server.matches() && server.group(2) != null ? Integer.parseInt(server.group(2)) : 0;
    if (!server.matches() || port > MAX_PORT || (port == 0 && server.group(2) != null)) {
      throw parts.wrong("names no host; write vsphere://USER@HOST[:PORT]/VM");
    }
    var print = Optional.ofNullable(said.get(THUMBPRINT));
    var file = Optional.ofNullable(said.get(PASSWORD_FILE));
    return new MachineUri(
        parts.text(),
        user,
        server.group(1).replaceAll("[\\[\\]]", ""),
        port == 0 ? USUAL_PORT : port,
        machine,
        Optional.ofNullable(said.get(UUID)).map(uuid -> uuid.toLowerCase(Locale.ROOT)),
        Optional.ofNullable(said.get(DISK)),
        Optional.ofNullable(said.get(SNAPSHOT)),
        print.isEmpty() ? Optional.empty() : Optional.of(thumbprint(print.get(), parts)),
        file.isEmpty() ? Optional.empty() : Optional.of(path(file.get(), parts)));
  }

  private static Thumbprint thumbprint(String text, UriParts parts) throws UsageException {
    return Thumbprint.parse(text)
        .filter(Thumbprint::isStrong)
        .orElseThrow(
            () ->
                parts.wrong(
                    "thumbprint= is not the SHA-256 of a certificate (64 hexadecimal digits, colons allowed)"));
  }

  private static Path path(String name, UriParts parts) throws UsageException {
    try {
      return Path.of(name);
    } catch (InvalidPathException nameless) {
      throw parts.wrong("\"" + name + "\" is not a path; name the file of the password");
    }
  }

  /// Returns what messages call it: the URI without its parameters.
  public String name() {
    return text.replaceFirst("[?].*", "");
  }

  /// Returns what the machine is called in a message.
  String machineName() {
    return machine.isEmpty() ? uuid.orElseThrow() : machine;
  }

  /// Returns the server as it stands in a URL.
  String authority() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
