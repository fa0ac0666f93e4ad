package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostPatternsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "web web true",
        "web webs false",
        "WEB web true",
        "db,web web true",
        "*.example web.example true",
        "*.example example false",
        "web? web1 true",
        "web? web false",
        "* anything true",
        "*.example,!db.example web.example true",
        "*.example,!db.example db.example false",
        "!db.example,*.example db.example false",
        "!db.example web.example false",
        "a*b*c aXXbYYc true",
        "a*b*c aXXbYY false",
        "[web]:2222 [web]:2222 true",
        "[web]:2222 web false",
        "web [web]:2222 false",
        "[*.example]:2222 [web.example]:2222 true",
        ",, web false",
        "* [web]:2222 true",
        "*web* [web]:2222 true",
        "[*]:* [web]:2222 true",
        "[*]:* web false",
        "[web]:22?2 [web]:2222 true",
        "[web]:22 web false",
        "*,![web]:2222 [web]:2222 false",
        "*,![web]:2222 web true",
        "web,,db web true",
        "web,[db web true",
        "web,größe web true",
        "!!db,web web true",
        "*web web true",
        "web* web true",
        "w**b web true",
        "*?? we true",
        "*?? w false",
        "*a*a*a*a*a*a*a*a*a*a*a*b aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa false",
      })
  void patterns_are_matched(String field, String name, boolean expected) {
    assertEquals(expected, HostPatterns.match(field, name));
  }

  /// The first was made by ssh-keygen -H.
  @ParameterizedTest
  @CsvSource({
    "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=, 192.168.1.61, true",
    "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=, 192.168.1.62, false",
    "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|, 192.168.1.61, false",
    "|1||, 192.168.1.61, false",
    "|1|no base64|x, 192.168.1.61, false",
    "|2|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=, 192.168.1.61, false",
    "|, 192.168.1.61, false",
  })
  void hashed_names_are_matched(String field, String name, boolean expected) {
    assertEquals(expected, HostPatterns.match(field, name));
  }

  @Test
  void a_hashed_name_is_matched_to_the_last_character() {
    var hashed = "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=";
    assertTrue(HostPatterns.match(hashed, "192.168.1.61"));
    assertFalse(HostPatterns.match(hashed + "\1", "192.168.1.61"));
    assertFalse(HostPatterns.match(hashed.replace("6Y=|", "6YA|"), "192.168.1.61"));
    assertFalse(HostPatterns.match(hashed.replace("6Y=|", "6Y|"), "192.168.1.61"));
  }

  @Test
  void a_name_is_hashed_as_ssh_does() {
    byte[] salt = Base64.getDecoder().decode("F1E1KeoE/eEWhi10WpGv4OdiO6Y=");
    assertEquals(
        "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=",
        HostPatterns.hash("192.168.1.61", salt));
  }
}
