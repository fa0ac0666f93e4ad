/// VMware's virtual disks: descriptors, the files they name, and the chains that snapshots make of
/// them. The formats are those of VMware's *Virtual Disk Format 5.0* note, and of what qemu reads
/// (block/vmdk.c) where that note is silent.
package org.blkdelta.vmdk;
