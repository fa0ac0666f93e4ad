package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.sshd.common.session.helpers.MissingAttachedSessionException;
import org.junit.jupiter.api.Test;

class ConnectFaultTest {

  @Test
  void a_connection_that_is_closed_before_the_library_looks_is_explained() {
    var none = new MissingAttachedSessionException("No session attached to Nio2Session[1]");
    assertEquals(
        "web: ssh: no secure connection to port 2222: it was closed at once; is an SSH server"
            + " there, and do its algorithms fit?",
        explained(new IOException(none)));
  }

  @Test
  void what_is_not_known_is_told_as_it_is() {
    assertEquals("web: 127.0.0.1 port 2222: strange", explained(new IOException("strange")));
  }

  private static String explained(Exception fault) {
    var host = new Host(Optional.empty(), "web", OptionalInt.empty());
    var config = SshConfig.parse(host, List.of("port 2222"), List.of());
    return String.valueOf(
        ConnectFault.explain(config, InetAddress.getLoopbackAddress(), fault).getMessage());
  }
}
