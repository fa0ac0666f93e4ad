package org.blkdelta.remote;

import java.util.Optional;
import java.util.OptionalInt;
import org.blkdelta.failure.UsageException;

/// A machine as the user names it: an address, a DNS name or an alias of the SSH configuration.
///
/// @param user the remote user, if it was given
/// @param name the name; an IPv6 address without its brackets
/// @param port the TCP port, if it was given
public record Host(Optional<String> user, String name, OptionalInt port) {

  /// Reads `[user@]host`, where an IPv6 address may stand in brackets. `text` is what the user
  /// wrote, for messages.
  static Host parse(String host, OptionalInt port, String text) throws UsageException {
    int at = host.lastIndexOf('@');
    var user =
        at < 0 ? Optional.<String>empty() : Optional.of(Names.user(host.substring(0, at), text));
    var name = host.substring(at + 1);
    if (name.startsWith("[") && name.endsWith("]")) {
      name = name.substring(1, name.length() - 1);
    }
    return new Host(user, Names.host(name, text), port);
  }

  /// Refuses a name or a user that would not be a name where it ends up: on another program's
  /// command line.
  Host checked() throws UsageException {
    Names.host(name, toString());
    if (user.isPresent()) {
      Names.user(user.get(), toString());
    }
    return this;
  }

  /// Returns `[user@]name`, the way messages name the machine; an IPv6 address in brackets.
  @Override
  public String toString() {
    return user.map(u -> u + "@").orElse("") + (name.contains(":") ? "[" + name + "]" : name);
  }
}
