package org.blkdelta.extent;

import java.util.Optional;

/// A name of one state of a volume, such as `lvm:ORIGIN-UUID@SNAPSHOT-UUID`. The id alone decides
/// whether two are the same; the label is for people. Equal ids are the same text; whether they are
/// proof of the same state, [#likeness] says.
///
/// @param id its parts are those of a [StateId]
/// @param label what a person knows the state by, such as `vg0/web as of 2026-03-02 14:05`; empty
///     if that was not known when the state was read
public record Generation(String id, Optional<String> label) {

  /// What two ids say about the states that they stand for.
  public enum Likeness {
    /// They are one state.
    SAME,
    /// They may be one state or two.
    UNSURE,
    /// They are two states.
    DIFFERENT
  }

  /// The longest label that is kept, in characters; a volume's names are at most 128 each.
  public static final int MAX_LABEL = 400;

  private static final String CONTROL = "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]";

  /// Creates one whose label has no control characters and is not too long: it may come from a
  /// stream.
  public Generation {
    label =
        label
            .map(text -> text.replaceAll(CONTROL, "?"))
            .map(text -> text.substring(0, Math.min(text.length(), MAX_LABEL)));
  }

  /// Creates one without a label.
  public static Generation of(String id) {
    return new Generation(id, Optional.empty());
  }

  /// Creates one that people know by a label.
  public static Generation of(String id, String label) {
    return new Generation(id, Optional.of(label));
  }

  /// Returns what to call it in a message.
  public String text() {
    return label.orElse(id);
  }

  /// Returns what this one's id and another's say.
  public Likeness likeness(Generation other) {
    return StateId.parse(id).likeness(StateId.parse(other.id));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Generation that && id.equals(that.id);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return id;
  }
}
