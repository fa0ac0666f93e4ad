package org.blkdelta.remote;

import java.io.IOException;
import java.time.Duration;
import org.apache.sshd.client.session.AbstractClientSession;
import org.apache.sshd.client.session.ClientConnectionService;
import org.apache.sshd.client.session.ClientConnectionServiceFactory;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;

/// The connection protocol, with a sense for whether the peer is alive: like `ssh`, and unlike the
/// library, any message counts as a sign of life. On a slow line the answer to a request for one
/// stands in a queue behind megabytes of data.
final class Liveness extends ClientConnectionService {

  private Liveness(AbstractClientSession session) throws SshException {
    super(session);
  }

  /// Makes the service of one connection.
  static final class Factory extends ClientConnectionServiceFactory {

    @Override
    public Service create(Session session) throws IOException {
      var service = new Liveness((AbstractClientSession) session);
      service.addPortForwardingEventListenerManager(this);
      return service;
    }
  }

  @Override
  public void process(int command, Buffer buffer) throws Exception {
    outstandingHeartbeats.set(0);
    super.process(command, buffer);
  }

  @Override
  protected boolean sendHeartBeat() {
    int missed = outstandingHeartbeats.get();
    if (heartbeatMaxNoReply > 0 && missed >= heartbeatMaxNoReply) {
      var silence = heartbeatInterval.multipliedBy(missed);
      getSession().exceptionCaught(new SshException("no sign of life for " + text(silence)));
      return false;
    }
    return super.sendHeartBeat();
  }

  private static String text(Duration silence) {
    return silence.toSeconds() + " s";
  }
}
