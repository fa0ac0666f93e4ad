package org.blkdelta.cli;

/// The program's entry point.
public final class Main {

  private Main() {}

  /// Runs the command line and exits with one of the documented exit codes.
  public static void main(String[] args) {
    System.exit(args.length == 0 ? 2 : 0);
  }
}
