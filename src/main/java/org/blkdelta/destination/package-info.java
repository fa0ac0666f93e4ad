/// Destinations of this host, which have a memory: checks, what is remembered of them, undo.
package org.blkdelta.destination;
