package org.blkdelta.destination;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.blkdelta.linux.DeviceUse.Use;
import org.blkdelta.sync.Base;

/// What a destination holds, and may be somebody else's.
///
/// @param destination what messages call it
/// @param doubt why blkdelta may not have written it
record Contents(String destination, List<Use> found, String doubt) {

  /// A whole volume overwrites what is there. Changes are for a copy, which holds what its volume
  /// holds, and they are written if it proves to be that; if nobody wants a proof, it is said.
  ///
  /// @param ask puts a question to whoever sits at the terminal, if anybody does
  void check(
      boolean isWhole,
      Treatment treatment,
      Objections objections,
      Consumer<String> warnings,
      Predicate<String> ask) {
    if (isWhole) {
      objections.addContents(found, doubt);
      var only = objections.onlyContents();
      if (!only.isEmpty()
          && !treatment.dryRun()
          && treatment.canForce()
          && ask.test(question(only))) {
        objections.allowContents();
      }
    } else if (treatment.isBased(Base.ASSUME)) {
      found.forEach(
          each ->
              warnings.accept(
                  "%s: %s, and %s; it is taken for one"
                      .formatted(destination, each.words(), doubt)));
    }
  }

  private String question(String contents) {
    return "blkdelta: %s: %s.\nOverwrite it?"
        .formatted(destination, contents.replaceAll("[\\p{Cc}\\p{Cf}]", "?"));
  }
}
