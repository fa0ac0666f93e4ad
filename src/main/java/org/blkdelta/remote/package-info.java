/// Reaching another machine: where a disk is, the SSH client that goes there, and the command that
/// runs there. The only package that knows the SSH library.
package org.blkdelta.remote;
