package org.blkdelta.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.blkdelta.failure.ConnectionException;
import org.junit.jupiter.api.Test;

class GreetingTest {

  @Test
  void what_is_said_is_handed_on() throws IOException {
    assertEquals("hello", Greeting.USUAL.await(() -> "hello", "new"));
  }

  @Test
  void what_fails_fails_here() {
    var fault = new IOException("gone");
    assertSame(
        fault,
        assertThrows(
            IOException.class,
            () ->
                Greeting.USUAL.await(
                    () -> {
                      throw fault;
                    },
                    "new")));
  }

  @Test
  void silence_is_not_waited_for() {
    var never = new CountDownLatch(1);
    var silent =
        assertThrows(
            ConnectionException.class,
            () ->
                new Greeting(0)
                    .await(
                        () -> {
                          never.await();
                          return "late";
                        },
                        "new"));
    never.countDown();
    assertEquals("new: no answer; is the remote login waiting for input?", silent.getMessage());
  }
}
