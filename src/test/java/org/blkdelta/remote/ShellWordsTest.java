package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import org.blkdelta.failure.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShellWordsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/dev/vg0/web",
        "",
        " ",
        "a b",
        "'",
        "''",
        "it's",
        "\"",
        "$HOME",
        "${HOME}",
        "$(id)",
        "`id`",
        "\\",
        "\\\\",
        "a\\'b",
        "\\n",
        "*",
        "?",
        "[a-z]",
        "~",
        "~root",
        "!1",
        "#x",
        "a;b",
        "a&b",
        "a|b",
        "a>b",
        "<x",
        "{a,b}",
        "%s",
        "=ls",
        "A=b",
        "-n",
        "\t",
        "line\nbreak",
        "ä€𝄞",
      })
  void a_shell_reads_a_quoted_word_as_it_was(String word) throws IOException {
    var script = "printf '%s|' " + ShellWords.join(List.of(word, "end"));
    assertEquals(word + "|end|", OpenSshServer.run(List.of("sh", "-c", script)));
  }

  @Test
  void plain_words_are_not_quoted() {
    assertEquals(
        "blkdelta receive --size '10 GiB' /dev/vg0/web",
        ShellWords.join(List.of("blkdelta", "receive", "--size", "10 GiB", "/dev/vg0/web")));
  }

  @Test
  void quotes_and_backslashes_stand_outside_of_the_quotes() {
    assertEquals("'it'\\''s a '\\\\'.'", ShellWords.quote("it's a \\."));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "ssh|ssh",
        "  ssh   -v |ssh,-v",
        "ssh -o 'A=b c' x|ssh,-o,A=b c,x",
        "ssh -o \"A=b c\"d|ssh,-o,A=b cd",
        "a\\ b|a b",
        "'a\\b'|a\\b",
        "\"a\\\"b\\\\c\\d\"|a\"b\\c\\d",
        "'' \"\"|,",
        "$HOME *|$HOME,*",
      })
  void text_is_split_like_a_shell_does(String text, String words) throws UsageException {
    assertEquals(List.of(words.split(",", -1)), ShellWords.split(text));
  }

  @Test
  void nothing_is_no_word() throws UsageException {
    assertEquals(List.of(), ShellWords.split("  "));
  }

  @Test
  void a_quote_that_is_not_closed_is_refused() {
    var refused = assertThrows(UsageException.class, () -> ShellWords.split("ssh 'a"));
    assertEquals("\"ssh 'a\": a quote is not closed", refused.getMessage());
  }
}
