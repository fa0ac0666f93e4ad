package org.blkdelta.remote;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A person for tests: has one secret, or none, and always says yes or always no.
public final class Answering implements Questions {

  private final @Nullable String secret;
  private final boolean agrees;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final List<String> sent = Collections.synchronizedList(new ArrayList<>());
  private final List<String> told = Collections.synchronizedList(new ArrayList<>());

  private Answering(@Nullable String secret, boolean agrees) {
    this.secret = secret;
    this.agrees = agrees;
  }

  static Answering nothing() {
    return new Answering(null, false);
  }

  public static Answering knowing(String secret) {
    return new Answering(secret, false);
  }

  static Answering yes() {
    return new Answering(null, true);
  }

  /// Returns the prompts and the questions, in order.
  List<String> asked() {
    return List.copyOf(asked);
  }

  /// Returns what was told to have gone, in order.
  List<String> sent() {
    return List.copyOf(sent);
  }

  /// Returns the lines that were told, in order.
  List<String> told() {
    return List.copyOf(told);
  }

  @Override
  public Optional<char[]> secret(String prompt) {
    asked.add(prompt);
    return Optional.ofNullable(secret).map(String::toCharArray);
  }

  @Override
  public boolean agree(String question) {
    asked.add(question);
    return agrees;
  }

  @Override
  public void sent(String what, long bytes, long totalBytes) {
    sent.add("%s: %d of %d".formatted(what, bytes, totalBytes));
  }

  @Override
  public void tell(String line) {
    told.add(line);
  }
}
