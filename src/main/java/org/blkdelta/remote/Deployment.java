package org.blkdelta.remote;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.SyncException;

/// Runs this program on a machine that does not have it: sends the image there once, into a folder
/// of the login's cache whose name is its digest, and runs it from there. One command line does it
/// all, so it needs one connection, whatever the client; its first part is the script `deploy.sh`.
public final class Deployment {

  private static final String SCRIPT = "deploy.sh";
  private static final String SEND = "blkdelta-deploy: send";
  private static final String READY = "blkdelta-deploy: ready";
  private static final int MAX_ANSWER = 256;
  private static final double MIB = 1 << 20;
  private static final int PIECE = 1 << 16;

  private final ProgramImage image;
  private final Host host;
  private final Questions questions;

  private Deployment(ProgramImage image, Host host, Questions questions) {
    this.image = image;
    this.host = host;
    this.questions = questions;
  }

  /// Connects, sends the image where it is not there yet, and starts it.
  ///
  /// @param before what stands before the program's name on the remote command line, as the remote
  /// shell reads it: nothing, or a word like `sudo` and a space
  /// @param words the program's arguments
  /// @return the program that was started; the caller closes it
  /// @throws SyncException as [RemoteShell#start], and where it cannot be sent or must not run
  public static RemoteProcess start(
      ProgramImage image,
      Host host,
      String before,
      List<String> words,
      SshOptions options,
      Questions questions)
      throws SyncException {
    try {
      return new Deployment(image, host, questions).started(before, words, options);
    } catch (SyncException told) {
      throw told;
    } catch (IOException fault) {
      throw new ConnectionException(host + ": --deploy: " + SyncException.describe(fault), fault);
    }
  }

  private RemoteProcess started(String before, List<String> words, SshOptions options)
      throws IOException {
    var manifest = image.manifest();
    var all = new ArrayList<>(List.of("sh", "-c", script(before), "blkdelta-deploy"));
    all.addAll(
        List.of(
            manifest.digest(),
            Integer.toString(manifest.fileCount()),
            image.system(),
            image.loader()));
    all.addAll(words);
    var process = RemoteShell.start(host, ShellWords.join(all), options, questions);
    try {
      deploy(manifest, process);
      return process;
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  private static String script(String before) throws IOException {
    try (var text = Deployment.class.getResourceAsStream(SCRIPT)) {
      var script = Objects.requireNonNull(text).readAllBytes();
      return new String(script, StandardCharsets.UTF_8)
          + before
          + "\"$home/bin/blkdelta\" \"$@\"\n";
    }
  }

  private void deploy(ProgramImage.Manifest manifest, RemoteProcess process) throws IOException {
    var answer = answer(process);
    if (answer.equals(SEND)) {
      send(manifest, process);
      answer = answer(process);
    }
    if (!answer.equals(READY)) {
      throw new ConnectionException(
          host
              + ": the remote side printed something else than was asked for; make shell start-up"
              + " files silent for non-interactive shells");
    }
  }

  /// Reads one line and nothing after it, since that is the program's.
  private String answer(RemoteProcess process) throws IOException {
    var line = new ByteArrayOutputStream();
    while (line.size() < MAX_ANSWER) {
      int next = process.stdout().read();
      if (next < 0) {
        throw ended(process, new EOFException("no answer"));
      }
      if (next == '\n') {
        break;
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  private void send(ProgramImage.Manifest manifest, RemoteProcess process) throws IOException {
    var packed = Files.createTempFile("blkdelta-", ".tar.gz");
    try {
      try (var to = Files.newOutputStream(packed)) {
        image.pack(manifest, to);
      }
      long size = Files.size(packed);
      questions.tell("--deploy: sends blkdelta there, once (%.1f MiB)".formatted(size / MIB));
      send(packed, size, process);
    } finally {
      Files.delete(packed);
    }
  }

  private void send(Path packed, long size, RemoteProcess process) throws IOException {
    try {
      process.stdin().write((size + "\n").getBytes(StandardCharsets.US_ASCII));
      copy(packed, size, process.stdin());
      process.stdin().flush();
    } catch (IOException broken) {
      throw ended(process, broken);
    }
  }

  private void copy(Path packed, long size, OutputStream to) throws IOException {
    var piece = new byte[PIECE];
    long sent = 0;
    try (var from = Files.newInputStream(packed)) {
      for (int count = from.read(piece); count >= 0; count = from.read(piece)) {
        to.write(piece, 0, count);
        sent += count;
        questions.sent("sending blkdelta", sent, size);
      }
    }
  }

  /// Returns why the script ended: it has said so on standard error.
  private ConnectionException ended(RemoteProcess process, IOException noticed) throws IOException {
    int status = process.exitStatus();
    var said = process.stderrTail().strip().replace("\n", "; ");
    return new ConnectionException(
        said.isEmpty()
            ? host + ": --deploy: the remote shell ended with status " + status
            : host + ": " + said,
        noticed);
  }
}
