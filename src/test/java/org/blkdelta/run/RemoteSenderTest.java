package org.blkdelta.run;

import static org.blkdelta.failure.Messages.assertSays;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.OptionalLong;
import org.blkdelta.extent.SourceSettings;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.remote.Questions;
import org.blkdelta.remote.RemoteProcess;
import org.blkdelta.report.LastWords;
import org.blkdelta.sync.Asked;
import org.blkdelta.sync.Greeting;
import org.blkdelta.wire.Answer;
import org.blkdelta.wire.AnswerReader;
import org.blkdelta.wire.Packing;
import org.junit.jupiter.api.Test;

class RemoteSenderTest {

  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

  @Test
  void a_login_that_says_nothing_is_not_waited_for() throws IOException {
    try (var nobody = new PipedOutputStream();
        var stdout = new PipedInputStream(nobody)) {
      var source = source(stdout, new Greeting(0));
      var silent = assertThrows(ConnectionException.class, () -> source.read(stream -> "read"));
      assertSays(silent, "old: no answer");
    }
  }

  @Test
  void a_sender_is_told_where_to_begin() throws IOException {
    var source = source(InputStream.nullInputStream(), Greeting.USUAL);
    source.greet(4096);
    source.begin(new Answer.Ready(512, Answer.Base.RIGHT));
    var answers = new AnswerReader(new ByteArrayInputStream(heard.toByteArray()), "old");
    assertEquals(new Answer.Hello(4096), answers.first());
    assertEquals(new Answer.Ready(512, Answer.Base.RIGHT), answers.next());
  }

  private RemoteSender source(InputStream stdout, Greeting greeting) {
    var process =
        new RemoteProcess() {
          @Override
          public OutputStream stdin() {
            return heard;
          }

          @Override
          public InputStream stdout() {
            return stdout;
          }

          @Override
          public int exitStatus() {
            return 255;
          }

          @Override
          public String stderrTail() {
            return "";
          }

          @Override
          public void close() {}
        };
    var peer = new RemotePeer("old", process, new LastWords(Questions.NOBODY));
    return new RemoteSender(
        peer,
        SendOrder.whole(SourceSettings.NONE, false, new Packing.None()),
        Asked.NOTHING,
        OptionalLong.empty(),
        greeting);
  }
}
