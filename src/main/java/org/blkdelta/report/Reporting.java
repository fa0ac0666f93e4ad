package org.blkdelta.report;

import java.nio.file.Path;
import java.util.Optional;

/// What a run tells, and how.
///
/// @param quiet whether nothing is told but warnings and failures
/// @param verbose whether details are told
/// @param json whether the result is one JSON object
/// @param progress how progress is told: `auto`, `none`, `json` or `json:FD`
/// @param receipt where a receipt goes
public record Reporting(
    boolean quiet, boolean verbose, boolean json, String progress, Optional<Path> receipt) {

  /// As if nobody had said anything.
  public static final Reporting USUAL =
      new Reporting(false, false, false, "auto", Optional.empty());

  /// Of a run that is part of something that tells its own.
  public static final Reporting QUIET = new Reporting(true, false, false, "none", Optional.empty());
}
