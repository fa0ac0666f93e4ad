/// The system calls that the JDK lacks and that are not about one file.
package org.blkdelta.linux;
