/// What Linux says about devices and files, and the system calls that the JDK lacks.
package org.blkdelta.linux;
