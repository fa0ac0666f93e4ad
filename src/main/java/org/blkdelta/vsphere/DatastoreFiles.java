package org.blkdelta.vsphere;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.blkdelta.failure.Printable;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SourceException;

/// The files of datastores, by name as the service names them (`[ds1] web/web.vmdk`), read by
/// HTTPS at `/folder` (*vSphere Web Services SDK Programming Guide*, "HTTP Access to vSphere Server
/// Files").
final class DatastoreFiles {

  /// Larger than any descriptor.
  static final int SMALL = 1 << 18;

  private static final Pattern NAME = Pattern.compile("\\[([^]]+)] ?(.+)");
  private static final int MAX_FOLDERS = 64;
  private static final int MAX_SHOWN = 120;

  private final Service service;
  private final Machine machine;
  private Optional<String> datacenter = Optional.empty();

  DatastoreFiles(Service service, Machine machine) {
    this.service = service;
    this.machine = machine;
  }

  /// Returns what messages call a file.
  String nameOf(String file) {
    return "%s: %s".formatted(service.name(), Printable.of(file, MAX_SHOWN));
  }

  /// Returns a file that is small.
  ///
  /// @throws SourceException if it is not
  byte[] small(String file) throws IOException {
    var begun = head(file);
    if (begun.length > SMALL) {
      throw new SourceException(
          nameOf(file) + ": is no descriptor of a disk, but larger; copy the disk by its files");
    }
    return begun;
  }

  /// Returns the beginning of a file: all of it if it is small, else one byte more than that.
  byte[] head(String file) throws IOException {
    try (var in = get(file, Optional.of("0-" + SMALL)).body()) {
      return in.readNBytes(SMALL + 1);
    }
  }

  /// Returns bytes of a file, or all of it where the host gives no part.
  Https.Answer get(String file, Optional<String> range) throws IOException {
    return service.https().get(url(file), range);
  }

  /// Returns the file that a name in another one means.
  static String beside(String file, String name) {
    return file.substring(0, Math.max(file.lastIndexOf('/'), file.indexOf(']') + 1) + 1) + name;
  }

  /// Fills a buffer from what is read.
  static void fill(InputStream in, byte[] bytes, int length, String name) throws IOException {
    if (in.readNBytes(bytes, 0, length) < length) {
      throw new SourceException(
          name + ": the host gave fewer bytes than were asked for; run again");
    }
  }

  private URI url(String file) throws IOException {
    var name = NAME.matcher(file);
    if (!name.matches()) {
      throw new SourceException(nameOf(file) + ": is not the name of a file in a datastore");
    }
    var path = new StringBuilder("https://" + service.host() + "/folder");
    for (var part : name.group(2).split("/")) {
      if (part.equals("..") || part.equals(".")) {
        throw new SourceException(nameOf(file) + ": leads out of its folder; refused");
      }
      path.append('/').append(encoded(part));
    }
    path.append("?dcPath=").append(encoded(datacenter()));
    return URI.create(path + "&dsName=" + encoded(name.group(1)));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /// Returns the path of the machine's datacenter in the inventory; a host alone has one too.
  private String datacenter() throws IOException {
    if (datacenter.isEmpty()) {
      datacenter = Optional.of(findDatacenter());
    }
    return datacenter.get();
  }

  private String findDatacenter() throws IOException {
    var root = service.part("rootFolder");
    var path = new ArrayDeque<String>();
    var at = machine.ref();
    for (int count = 0; count < MAX_FOLDERS && !at.equals(root); count++) {
      var values = service.properties(at, List.of("name", "parent", "parentVApp"));
      var parent =
          Optional.ofNullable(values.get("parent"))
              .or(() -> Optional.ofNullable(values.get("parentVApp")));
      var name = values.get("name");
      if (parent.isEmpty() || name == null) {
        break;
      }
      if (at.type().equals("Datacenter") || !path.isEmpty()) {
        path.push(name.text().strip());
      }
      at = parent.get().ref();
    }
    if (path.isEmpty()) {
      throw new RefusedException(
          service.name()
              + ": the machine's datacenter can't be seen; give the account the right to read it");
    }
    return String.join("/", path);
  }
}
