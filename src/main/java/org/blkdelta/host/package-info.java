/// Programs of this host: running them, and reading what dmsetup and lvs say.
package org.blkdelta.host;
