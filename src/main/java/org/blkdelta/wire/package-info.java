/// The change stream (docs/stream.md) and lvmsync's, as frames.
package org.blkdelta.wire;
