/// Stand-ins for the programs that people come from: their grammar and their streams, with our
/// checks. Each is one command.
package org.blkdelta.compat;
