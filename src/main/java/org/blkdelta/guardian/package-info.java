/// The guardian of a job's source: it alone stops the machine there, and starts it again.
@org.jspecify.annotations.NullMarked
package org.blkdelta.guardian;
