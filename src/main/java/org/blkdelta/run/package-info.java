/// The engine: frames from a producer to a consumer, one of which may be on another machine.
package org.blkdelta.run;
