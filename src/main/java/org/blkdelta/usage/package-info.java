/// The words of the command line itself: help, suggestions, and what is wrong with what was typed.
package org.blkdelta.usage;
