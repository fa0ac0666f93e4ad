package org.blkdelta.host;

import java.io.IOException;

/// LVM knows no volume group of a name.
public final class NoSuchGroupException extends IOException {

  private static final long serialVersionUID = 1;

  private final String group;

  /// Creates one for a group, by its name.
  public NoSuchGroupException(String group) {
    super("there is no volume group " + group);
    this.group = group;
  }

  /// Returns its name.
  public String group() {
    return group;
  }
}
