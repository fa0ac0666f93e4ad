/// Changed runs of bytes, and who knows about them.
package org.blkdelta.extent;
