package org.blkdelta.vsphere;

/// Names an object of the service (`ManagedObjectReference`).
///
/// @param type such as `VirtualMachine`
/// @param value meaningful to the service only
record Ref(String type, String value) {}
