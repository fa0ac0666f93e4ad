package org.blkdelta.nbd;

import java.util.Optional;
import org.blkdelta.failure.UsageException;

/// What of an export is a change. QEMU's docs/interop/nbd.txt says what its contexts mean.
sealed interface Selection {

  /// All of it.
  Selection WHOLE = new Whole();

  /// Returns the context that tells changes from the rest, if one is needed.
  Optional<String> context();

  /// Returns whether a run is one.
  ///
  /// @param flags of the context
  boolean isChange(int flags);

  /// All of it.
  record Whole() implements Selection {

    @Override
    public Optional<String> context() {
      return Optional.empty();
    }

    @Override
    public boolean isChange(int flags) {
      return true;
    }
  }

  /// What a dirty bitmap of QEMU has: what was written since it was made.
  record Bitmap(String name) implements Selection {

    static final String PREFIX = "qemu:dirty-bitmap:";
    private static final int DIRTY = 1;

    @Override
    public Optional<String> context() {
      return Optional.of(PREFIX + name);
    }

    @Override
    public boolean isChange(int flags) {
      return (flags & DIRTY) != 0;
    }
  }

  /// What the top layers of an image hold: an overlay and those below it.
  ///
  /// @param layers how many, at least 1
  record Layers(int layers) implements Selection {

    static final String CONTEXT = "qemu:allocation-depth";

    /// Reads the number that a user gave.
    static Layers of(long layers) throws UsageException {
      if (layers < 1 || layers > Integer.MAX_VALUE) {
        throw new UsageException(
            "--depth=%d: give the number of layers, 1 for the top one alone".formatted(layers));
      }
      return new Layers((int) layers);
    }

    @Override
    public Optional<String> context() {
      return Optional.of(CONTEXT);
    }

    /// The flags are the number of the layer, from 1 for the top; 0 where none has anything.
    @Override
    public boolean isChange(int flags) {
      return flags > 0 && flags <= layers;
    }
  }
}
