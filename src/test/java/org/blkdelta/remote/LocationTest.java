package org.blkdelta.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalInt;
import org.blkdelta.failure.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocationTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/dev/vg0/web",
        "disk.img",
        "./a:b",
        "/a:b",
        "../x:y",
        "dir/a:b",
        "[x",
        "a b",
        "-"
      })
  void a_path_here_is_taken_as_it_is(String text) throws UsageException {
    var location = Location.parse(text);
    assertFalse(location.isRemote());
    assertEquals(text, location.path());
    assertEquals(text, location.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "web:/dev/vg0/web, , web, , /dev/vg0/web",
    "root@web:/dev/vg0/web, root, web, , /dev/vg0/web",
    "web:disk.img, , web, , disk.img",
    "web:a:b, , web, , a:b",
    "web:~/x y, , web, , ./x y",
    "web:~/-x, , web, , ./-x",
    "web:~//x, , web, , .//x",
    "web:~eve/x, , web, , ~eve/x",
    "web:$HOME/x, , web, , $HOME/x",
    "[::1]:/dev/sda, , ::1, , /dev/sda",
    "[fe80::1%eth0]:/dev/sda, , fe80::1%eth0, , /dev/sda",
    "root@[2001:db8::7]:/dev/sda, root, 2001:db8::7, , /dev/sda",
    "user@domain@web:/dev/sda, user@domain, web, , /dev/sda",
    "ssh://web/dev/vg0/web, , web, , /dev/vg0/web",
    "ssh://root@web:2222/dev/vg0/web, root, web, 2222, /dev/vg0/web",
    "ssh://[::1]/dev/sda, , ::1, , /dev/sda",
    "ssh://root@[::1]:22/dev/sda, root, ::1, 22, /dev/sda",
    "ssh://web/a%20b:c, , web, , /a%20b:c",
  })
  void the_parts_of_a_path_elsewhere_are_found(
      String text, String user, String name, Integer port, String path) throws UsageException {
    var expected =
        new Host(
            Optional.ofNullable(user),
            name,
            port == null ? OptionalInt.empty() : OptionalInt.of(port));
    assertEquals(new Location(Optional.of(expected), path), Location.parse(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|: the path is empty; write host:/path/of/device",
        "web:|web:: the path is empty; write host:/path/of/device",
        ":/dev/sda|:/dev/sda: the host name is empty",
        "root@:/dev/sda|root@:/dev/sda: the host name is empty",
        "@web:/dev/sda|@web:/dev/sda: the user name is empty",
        "-oProxyCommand=x:/dev/sda|-oProxyCommand=x:/dev/sda: the host name begins with a hyphen",
        "-l@web:/dev/sda|-l@web:/dev/sda: the user name begins with a hyphen",
        "a b:/dev/sda|a b:/dev/sda: the host name has a character that is not allowed there",
        "a;b:/dev/sda|a;b:/dev/sda: the host name has a character that is not allowed there",
        "[]:/dev/sda|[]:/dev/sda: the host name is empty",
        "[::1:/dev/sda|[::1:/dev/sda: the host name has a character that is not allowed there",
        "ssh:///dev/sda|ssh:///dev/sda: the host name is empty",
        "ssh://web|ssh://web: the path is missing; write ssh://host/path/of/device",
        "ssh://web:0/x|ssh://web:0/x: \"0\" is not a port; it is 1 to 65535",
        "ssh://web:65536/x|ssh://web:65536/x: \"65536\" is not a port; it is 1 to 65535",
        "ssh://web:/x|ssh://web:/x: \"\" is not a port; it is 1 to 65535",
        "ssh://web:22a/x|ssh://web:22a/x: \"22a\" is not a port; it is 1 to 65535",
      })
  void what_cannot_be_meant_is_refused(String text, String message) {
    var refused = assertThrows(UsageException.class, () -> Location.parse(text));
    assertEquals(message, refused.getMessage());
  }

  @Test
  void control_characters_are_refused_and_not_repeated() {
    var host = assertThrows(UsageException.class, () -> Location.parse("we\u001bb:/dev/sda"));
    assertEquals(
        "we?b:/dev/sda: the host name has a character that is not allowed there",
        host.getMessage());
    var path = assertThrows(UsageException.class, () -> Location.parse("web:/dev/\u0000sda"));
    assertEquals("web:/dev/?sda: the path has a control character", path.getMessage());
    assertThrows(UsageException.class, () -> Location.parse("/dev/sda\n"));
  }

  @Test
  void a_location_reads_as_it_was_written() throws UsageException {
    for (var text : new String[] {"root@web:/dev/sda", "root@[::1]:/dev/sda", "/dev/sda"}) {
      assertEquals(text, Location.parse(text).toString());
    }
    assertTrue(Location.parse("web:/x").isRemote());
  }
}
