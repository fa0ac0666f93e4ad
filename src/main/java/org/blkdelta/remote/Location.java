package org.blkdelta.remote;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.blkdelta.failure.UsageException;

/// Where a disk is: a path here, or a path on another machine.
///
/// As for `rsync` and `lvmsync`, a colon before the first slash makes it remote: `./a:b` and `/a:b`
/// are paths here. The forms are `path`, `[user@]host:path`, `[user@][v6::address]:path` and
/// `ssh://[user@]host[:port]/path`, whose path is absolute and not percent-encoded. As for `rsync`
/// and `scp`, `host:path` and `host:~/path` begin in the home folder there. The URI of an NBD
/// export (`nbd://…`), of a running disk (`qmp+unix:///…`) or of a
/// machine (`vsphere://…`), stands in the place of a path here.
///
/// @param host the other machine; empty for this one
/// @param path the path on that machine, never empty
public record Location(Optional<Host> host, String path) {

  private static final String SCHEME = "ssh://";

  private static final Pattern EXPORT = Pattern.compile("nbds?(\\+unix)?://.*", Pattern.DOTALL);

  private static final Pattern RUNNING = Pattern.compile("qmp(\\+unix)?://.*", Pattern.DOTALL);

  /// What other programs take, and nobody calls a host.
  private static final Pattern FOREIGN =
      Pattern.compile("(rsync|https?|s?ftp|scp|file)://.*", Pattern.DOTALL);

  /// Reads one of the forms above.
  public static Location parse(String text) throws UsageException {
    if (FOREIGN.matcher(text).matches()) {
      throw new UsageException(
          Names.printable(text)
              + ": is not a URI that is known here; write HOST:PATH, which is reached by ssh");
    }
    if (text.startsWith(SCHEME)) {
      return parseUri(text);
    }
    int colon = isUri(text) ? -1 : colonAfterHost(text);
    if (colon < 0) {
      return new Location(Optional.empty(), Names.path(text, text));
    }
    refusePort(text, colon);
    var host = Host.parse(text.substring(0, colon), OptionalInt.empty(), text);
    refuseModule(text, colon);
    return new Location(Optional.of(host), fromHome(Names.path(text.substring(colon + 1), text)));
  }

  /// Tells whether a text names a running disk by the monitor of its QEMU on this machine.
  public static boolean isRunningDisk(String text) {
    return RUNNING.matcher(text).matches();
  }

  /// Tells whether a text names a disk of a machine by its vSphere host.
  public static boolean isMachine(String text) {
    return text.startsWith("vsphere://");
  }

  /// Tells whether a text names something by a URI that is no path.
  public static boolean isUri(String text) {
    return isExport(text) || isRunningDisk(text) || isMachine(text);
  }

  /// Tells whether a text names an export of an NBD server, which is reached from this machine.
  public static boolean isExport(String text) {
    return EXPORT.matcher(text).matches();
  }

  /// Tells whether the disk is on another machine.
  public boolean isRemote() {
    return host.isPresent();
  }

  /// Returns `[user@]host:path`, or the path alone.
  @Override
  public String toString() {
    return host.map(there -> there + ":" + (path.startsWith("./") ? "~" + path.substring(1) : path))
        .orElse(path);
  }

  /// A session begins in the home folder, that of SFTP too, so this needs no shell. Nothing else of
  /// what a shell would make of a path is made of it.
  private static String fromHome(String path) {
    return path.startsWith("~/") ? "." + path.substring(1) : path;
  }

  /// Refuses `host:22:/path`, which other programs' users write.
  private static void refusePort(String text, int colon) throws UsageException {
    int end = text.indexOf(':', colon + 1);
    if (end > 0 && text.substring(colon + 1, end).matches("[0-9]{1,5}")) {
      var port = text.substring(colon + 1, end);
      throw new UsageException(
          "%s: the port goes elsewhere; write -p %s %s:%s, or ssh://%s:%s/PATH"
              .formatted(
                  Names.printable(text),
                  port,
                  text.substring(0, colon),
                  text.substring(end + 1),
                  text.substring(0, colon),
                  port));
    }
  }

  /// Refuses `host::module`, which is rsync's for a daemon, and an address without its brackets.
  private static void refuseModule(String text, int colon) throws UsageException {
    if (text.startsWith("::", colon)) {
      throw new UsageException(
          Names.printable(text)
              + ": has two colons; write HOST:PATH, which is reached by ssh, or [IPV6]:PATH");
    }
  }

  private static int colonAfterHost(String text) {
    int slash = text.indexOf('/');
    var head = slash < 0 ? text : text.substring(0, slash);
    int bracket = head.indexOf('[');
    if (bracket == 0 || (bracket > 0 && head.charAt(bracket - 1) == '@')) {
      int end = head.indexOf("]:", bracket);
      return end < 0 ? head.indexOf(':') : end + 1;
    }
    return head.indexOf(':');
  }

  private static Location parseUri(String text) throws UsageException {
    var rest = text.substring(SCHEME.length());
    int slash = rest.indexOf('/');
    if (slash < 0) {
      throw new UsageException(
          Names.printable(text) + ": the path is missing; write ssh://host/path/of/device");
    }
    var authority = rest.substring(0, slash);
    var port = OptionalInt.empty();
    int colon = authority.lastIndexOf(':');
    if (colon > authority.lastIndexOf(']') && colon > authority.lastIndexOf('@')) {
      port = OptionalInt.of(Names.port(authority.substring(colon + 1), text));
      authority = authority.substring(0, colon);
    }
    return new Location(
        Optional.of(Host.parse(authority, port, text)), Names.path(rest.substring(slash), text));
  }
}
