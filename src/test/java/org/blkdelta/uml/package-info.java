/// Machines with a kernel of their own, for tests against real LVM that need no privileges and
/// cannot harm the machine they run on.
package org.blkdelta.uml;
