package org.blkdelta.remote;

import org.apache.sshd.client.auth.keyboard.UserInteraction;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;

/// Answers a server's questions for passwords and codes, by asking the person at the terminal.
final class PasswordPrompts implements UserInteraction {

  private final Host host;
  private final Questions questions;
  private final AuthReport report;

  PasswordPrompts(Host host, Questions questions, AuthReport report) {
    this.host = host;
    this.questions = questions;
    this.report = report;
  }

  @Override
  public String @Nullable [] interactive(
      ClientSession session,
      String name,
      String instruction,
      String language,
      String[] prompts,
      boolean[] echo) {
    var answers = new String[prompts.length];
    for (int i = 0; i < prompts.length; i++) {
      var answer = ask("keyboard-interactive", "(" + host + ") " + prompts[i]);
      if (answer == null) {
        return null;
      }
      answers[i] = answer;
    }
    return answers;
  }

  @Override
  public @Nullable String resolveAuthPasswordAttempt(ClientSession session) {
    return ask("password", host + "'s password: ");
  }

  /// A password that has expired is not changed here.
  @Override
  public @Nullable String getUpdatedPassword(
      ClientSession session, String prompt, String language) {
    report.skipped("password", "it has expired; change it with ssh");
    return null;
  }

  private @Nullable String ask(String method, String prompt) {
    var answer = questions.secret(Names.printable(prompt));
    if (answer.isEmpty()) {
      report.skipped(method, "no answer: no terminal and no SSH_ASKPASS, or BatchMode");
      return null;
    }
    report.tried(method);
    return new String(answer.get());
  }
}
