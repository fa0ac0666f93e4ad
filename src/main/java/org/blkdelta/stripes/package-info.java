/// One stream over several connections.
package org.blkdelta.stripes;
