package org.blkdelta.destination;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.linux.DeviceUse.Reason;
import org.blkdelta.linux.DeviceUse.Use;

/// Everything that speaks against writing to one destination, gathered first and settled together,
/// so that a refusal names all of it.
final class Objections {

  /// What a file holds that was to be made: something that no program knows.
  static final Use EXISTS = new Use(Reason.SIGNATURE, "exists");

  private final String destination;
  private final Treatment treatment;
  private final Set<Use> uses = new LinkedHashSet<>();
  private final Set<Use> contents = new LinkedHashSet<>();
  private String doubt = "";
  private final List<String> absolute = new ArrayList<>();

  Objections(String destination, Treatment treatment) {
    this.destination = destination;
    this.treatment = treatment;
  }

  /// Adds reasons that a user may override.
  void add(List<Use> found) {
    uses.addAll(found);
  }

  /// Adds what the destination holds, which [Reason#SIGNATURE] overrides too.
  ///
  /// @param why it may be somebody else's, in words
  void addContents(List<Use> found, String why) {
    contents.addAll(found);
    doubt = why;
  }

  /// Returns what the destination holds and nobody has allowed to overwrite, in words, if nothing
  /// else speaks against it; else nothing.
  String onlyContents() {
    boolean isOnly = absolute.isEmpty() && left(uses).isEmpty();
    return isOnly && !leftContents().isEmpty() ? text(leftContents()) : "";
  }

  /// Takes it that the contents may be overwritten.
  void allowContents() {
    contents.clear();
  }

  /// Adds a reason that nobody may override.
  void addAbsolute(String words) {
    absolute.add(words);
  }

  /// Warns of what the user overrides.
  ///
  /// @throws RefusedException if anything is left, with all of it
  void settle(Consumer<String> warnings) throws RefusedException {
    var used = left(uses);
    var held = leftContents();
    if (!used.isEmpty() || !held.isEmpty() || !absolute.isEmpty()) {
      throw new RefusedException("%s: %s".formatted(destination, words(used, held)));
    }
    for (var use : uses) {
      overridden(use, use.reason(), warnings);
    }
    for (var use : contents) {
      if (use.equals(EXISTS)) {
        continue; // there is nothing that a warning could tell
      }
      var reason = treatment.force().contains(use.reason()) ? use.reason() : Reason.SIGNATURE;
      overridden(use, reason, warnings);
    }
  }

  private void overridden(Use use, Reason by, Consumer<String> warnings) {
    warnings.accept(
        "%s: %s; overridden by --force=%s".formatted(destination, use.words(), by.word()));
  }

  private List<Use> left(Set<Use> found) {
    return found.stream().filter(use -> !treatment.force().contains(use.reason())).toList();
  }

  private List<Use> leftContents() {
    return treatment.force().contains(Reason.SIGNATURE) ? List.of() : left(contents);
  }

  private String words(List<Use> used, List<Use> held) {
    var all = new ArrayList<>(absolute);
    used.forEach(use -> all.add(use.words()));
    if (!held.isEmpty()) {
      all.add(text(held));
    }
    return String.join("; ", all) + "; " + advice(used, held);
  }

  private String advice(List<Use> used, List<Use> held) {
    if (!absolute.isEmpty()) {
      return "choose another destination";
    }
    if (!treatment.canForce()) {
      return (used.isEmpty() ? "clear it" : "free it") + ", or name another destination";
    }
    if (used.isEmpty() && held.equals(List.of(EXISTS))) {
      return "name another, or overwrite it: --overwrite";
    }
    var words = new LinkedHashSet<String>();
    used.forEach(use -> words.add(use.reason().word()));
    held.forEach(use -> words.add(use.reason().word()));
    return (used.isEmpty()
            ? "name another, or overwrite that by --force="
            : "free it, or override that by --force=")
        + String.join(",", words);
  }

  private String text(List<Use> held) {
    return String.join(" and ", held.stream().map(Use::words).toList()) + ", and " + doubt;
  }
}
