/// The sending and the receiving end of a run.
package org.blkdelta.sync;
