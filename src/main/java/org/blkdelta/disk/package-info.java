/// Bytes at offsets, and what the kernel knows about the devices and files that hold them.
package org.blkdelta.disk;
