package org.blkdelta.remote;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.blkdelta.failure.SyncException;

/// What was tried to log in, for the message that says that nothing worked. Used by one thread at a
/// time.
final class AuthReport {

  private final Consumer<String> warnings;
  private final List<String> tried = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();
  private List<String> accepted = List.of();

  /// @param warnings told what is to be changed even if another key logs in
  AuthReport(Consumer<String> warnings) {
    this.warnings = warnings;
  }

  /// Notes that something was offered to the server.
  synchronized void tried(String what) {
    tried.add(what);
  }

  /// Notes that something was not offered, or not used, and why.
  synchronized void skipped(String what, String why) {
    tried.remove(what);
    var words = what + " (" + why + ")";
    if (!skipped.contains(words)) {
      skipped.add(words);
    }
  }

  /// Notes that something was not used because of a fault.
  void skipped(String what, Exception fault) {
    var why = SyncException.describe(fault);
    skipped(what, why);
    if (fault instanceof KeyFile.TooOpen) {
      warnings.accept(Names.printable("warning: " + what + ": " + why));
    }
  }

  /// Notes the methods that the server said it would go on with.
  synchronized void accepted(List<String> methods) {
    accepted = List.copyOf(methods);
  }

  /// Returns all of it in one phrase.
  @Override
  public synchronized String toString() {
    var phrase = new StringBuilder();
    if (!tried.isEmpty()) {
      phrase.append("tried ").append(list(tried));
    } else if (skipped.isEmpty()) {
      phrase.append("there is no key to offer: name one by -i, or start an agent");
    }
    if (!skipped.isEmpty()) {
      phrase.append(tried.isEmpty() ? "" : "; ").append("skipped ").append(list(skipped));
    }
    if (!accepted.isEmpty()) {
      phrase.append("; the server accepts ").append(list(accepted));
    }
    if (accepted.stream().anyMatch(m -> m.startsWith("gssapi") || m.equals("hostbased"))) {
      phrase.append(" (for Kerberos and host-based logins, run ssh itself by -e ssh)");
    }
    return phrase.toString();
  }

  private static String list(List<String> parts) {
    return Names.printable(String.join(", ", parts));
  }
}
