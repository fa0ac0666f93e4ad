/// The command line: one class for each subcommand, and the only place that knows all formats.
package org.blkdelta.cli;
