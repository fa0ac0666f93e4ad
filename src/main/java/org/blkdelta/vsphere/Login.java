package org.blkdelta.vsphere;

import java.io.Closeable;
import java.io.IOException;
import java.util.function.Consumer;

/// A machine as an account finds it that has logged in at its host or vCenter. Closing this undoes
/// what is to be undone, and logs out.
///
/// @param uri how the user names the machine
/// @param told told what the user should know
/// @param cleanup what is to be undone
record Login(
    MachineUri uri, Service service, Machine machine, Consumer<String> told, Cleanup cleanup)
    implements Closeable {

  /// Logs in, and finds the machine. Nothing is changed. The caller closes it.
  ///
  /// @param told told what the user should know
  static Login at(MachineUri uri, Access access, Consumer<String> told) throws IOException {
    var cleanup = new Cleanup();
    try {
      var service = Service.connect(uri, access);
      cleanup.add(service::close);
      return new Login(uri, service, Machine.find(service, uri), told, cleanup);
    } catch (IOException | RuntimeException fault) {
      cleanup.close();
      throw fault;
    }
  }

  /// Returns the machine as it is now.
  Machine now() throws IOException {
    return Machine.look(service, machine.ref());
  }

  /// Returns what messages call the machine.
  String name() {
    return uri.name();
  }

  @Override
  public void close() {
    cleanup.close();
  }
}
