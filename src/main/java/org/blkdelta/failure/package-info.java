/// The closed family of what can go wrong for a reason outside the program, one class for each exit
/// code that a failure can have.
package org.blkdelta.failure;
