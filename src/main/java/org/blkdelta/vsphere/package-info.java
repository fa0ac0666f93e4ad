/// The virtual machines of an ESXi host or a vCenter, by their public web service (vSphere Web
/// Services API, SOAP 1.1 over HTTPS): the disks of a running one are exported from a snapshot,
/// those of one that is off are read as files of their datastore.
@NullMarked
package org.blkdelta.vsphere;

import org.jspecify.annotations.NullMarked;
