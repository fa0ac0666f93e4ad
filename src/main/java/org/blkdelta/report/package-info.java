/// What a run tells: progress, results, receipts, and what `inspect` says of a file.
package org.blkdelta.report;
