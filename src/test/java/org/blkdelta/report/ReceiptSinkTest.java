package org.blkdelta.report;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.blkdelta.destination.StateStore;
import org.blkdelta.wire.FrameDecoratorContract;
import org.blkdelta.wire.FrameSink;
import org.junit.jupiter.api.io.TempDir;

/// A receipt that counts what was taken.
class ReceiptSinkTest implements FrameDecoratorContract {

  @TempDir Path folder;

  @Override
  public FrameSink before(FrameSink next) {
    var streams =
        new Streams(
            InputStream.nullInputStream(),
            OutputStream.nullOutputStream(),
            new PrintStream(OutputStream.nullOutputStream()),
            new StateStore(folder));
    var file = new OutputFile("the receipt", folder.resolve("receipt.json"), streams);
    return new Receipt(Optional.of(file), "web", "copy", List.of(), false, warning -> {})
        .before(next);
  }
}
