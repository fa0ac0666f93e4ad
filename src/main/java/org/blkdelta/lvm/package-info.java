/// Classic LVM snapshots: the kernel's exception store, and the volumes around it.
package org.blkdelta.lvm;
