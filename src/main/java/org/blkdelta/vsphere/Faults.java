package org.blkdelta.vsphere;

import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;

/// What the service refuses, in words, and what to do about it (*vSphere Web Services API*, "Fault
/// Types").
final class Faults {

  private static final int MAX_SHOWN = 160;

  private Faults() {}

  /// Returns the refusal of a call.
  ///
  /// @param fault the element of the reply that is of the fault's type
  /// @param said what the service says of it in its language
  static SyncException of(String name, String method, Element fault, String said) {
    var type = fault.type().isEmpty() ? fault.name().replaceFirst("Fault$", "") : fault.type();
    return switch (type) {
      case "InvalidLogin" ->
          new ConnectionException(
              name + ": the user or the password is wrong; try again with others");
      case "NotAuthenticated" ->
          new ConnectionException(name + ": the session has ended; run the same command again");
      case "InvalidLocale", "PasswordExpired", "NoClientCertificate" ->
          new ConnectionException(
              "%s: the login is refused (%s); log in with a browser first".formatted(name, type));
      case "NoPermission" ->
          new RefusedException(
              "%s: %s: the account lacks the privilege %s; give it a role that has it"
                  .formatted(name, method, printable(fault.textAt("privilegeId"))));
      case "RestrictedVersion", "InvalidLicense", "LicenseRestricted" ->
          new RefusedException(
              "%s: %s: the host's license refuses changes by the API; take the snapshot over SSH: vim-cmd vmsvc/snapshot.create"
                  .formatted(name, method));
      default ->
          new RefusedException(
              "%s: %s: %s (%s); %s"
                  .formatted(
                      name,
                      method,
                      said.isBlank() ? "refused" : printable(said),
                      type,
                      advice(type)));
    };
  }

  private static String advice(String type) {
    return switch (type) {
      case "TaskInProgress" -> "wait until the machine's other task is done";
      case "InvalidPowerState" -> "look at the machine's power state";
      case "ToolsUnavailable" -> "without VMware Tools the guest shuts itself down; do it there";
      case "FileLocked" -> "wait until the backup or other program that holds the file is done";
      case "TooManySnapshotLevels", "TooManyConcurrentNativeClones" ->
          "consolidate the machine's snapshots first";
      case "NoDiskSpace", "InsufficientStorageSpace", "FileTooLarge" ->
          "make room in the datastore";
      case "HostNotConnected", "HostNotReachable", "InvalidHostState", "HostInMaintenance" ->
          "see that its host is connected, and not in maintenance mode";
      case "QuestionPending" -> "answer the question that the machine waits with";
      case "ManagedObjectNotFound" -> "it was removed meanwhile; run the same command again";
      default -> "look into the host's log of tasks";
    };
  }

  private static String printable(String text) {
    return Printable.of(text, MAX_SHOWN);
  }
}
