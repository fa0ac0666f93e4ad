/// Bytes at offsets: devices and files to read, and to write in place.
package org.blkdelta.disk;
