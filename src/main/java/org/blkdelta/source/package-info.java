/// What a file or device is by its bytes when it is not a raw disk: one table of formats, and the
/// refusals that say which command handles each of them.
package org.blkdelta.source;
