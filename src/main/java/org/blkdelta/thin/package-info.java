/// Thin pools: the pool's own metadata, and what differs between two volumes of it.
package org.blkdelta.thin;
