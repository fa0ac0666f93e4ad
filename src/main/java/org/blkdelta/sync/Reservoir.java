package org.blkdelta.sync;

import java.util.random.RandomGenerator;

/// Picks some of many things that are seen once, each with the same chance. Later ones replace
/// earlier ones ever more rarely (Li, "Reservoir-sampling algorithms of time complexity O(n(1 +
/// log(N/n)))", 1994, algorithm L).
public final class Reservoir {

  private final int capacity;
  private final RandomGenerator random;
  private double weight = 1;
  private int filled;
  private long next;

  /// Creates one that keeps `capacity` things.
  public Reservoir(int capacity, RandomGenerator random) {
    this.capacity = capacity;
    this.random = random;
  }

  /// Returns the number of the next thing to take, counted from 0; those before it are passed over.
  public long next() {
    return next;
  }

  /// Takes that thing.
  ///
  /// @return the place where it goes, below the capacity: the next free one, or one that is taken
  public int take() {
    int place = filled < capacity ? filled++ : random.nextInt(capacity);
    next++;
    if (filled == capacity) {
      weight *= Math.exp(Math.log(random.nextDouble(Double.MIN_NORMAL, 1)) / capacity);
      double passed = Math.log(random.nextDouble(Double.MIN_NORMAL, 1)) / Math.log1p(-weight);
      next += (long) Math.min(1L << 60, passed);
    }
    return place;
  }
}
