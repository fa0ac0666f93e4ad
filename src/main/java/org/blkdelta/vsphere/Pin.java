package org.blkdelta.vsphere;

/// What decides alone whether a certificate is a host's.
///
/// @param print the certificate's
/// @param place where that stands, for messages
record Pin(Thumbprint print, String place) {}
