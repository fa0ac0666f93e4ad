package org.blkdelta.real;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.blkdelta.disk.Programs;
import org.blkdelta.linux.User;
import org.blkdelta.remote.OpenSshServer;

/// Some hosts on this machine, each with an sshd and with namespaces of its own for what it mounts
/// and runs, and a controller that has the Ansible collection as Maven has packed it. What stands
/// for LVM, and for virtual machines, is in `src/test/resources/ansible`. Closing it ends the
/// hosts, and leaves nothing of them.
final class Fleet implements Closeable {

  private static final Path IMAGE = Path.of(System.getProperty("blkdelta.image", ""));
  private static final Path SCRIPTS = Path.of("src/test/resources/ansible").toAbsolutePath();
  private static final List<String> HOSTS = List.of("old1", "old2", "new1");
  private static final long START_SECONDS = 30;

  private final Path folder;
  private final List<Process> hosts = new ArrayList<>();

  /// What a run of a playbook came to.
  ///
  /// @param status of `ansible-playbook`
  /// @param hosts what became of each host of the inventory
  record Played(int status, String printed, JsonObject hosts) {

    /// Returns this, or fails the test.
    Played ok() {
      if (status != 0) {
        throw new AssertionError("status " + status + ": " + printed);
      }
      return this;
    }

    /// Returns a number of all hosts, such as `changed`, by the hosts' names; those with 0 are left
    /// out.
    Map<String, Integer> numbers(String what) {
      var found = new LinkedHashMap<String, Integer>();
      for (var host : hosts.entrySet()) {
        int number = host.getValue().getAsJsonObject().get(what).getAsInt();
        if (number != 0) {
          found.put(host.getKey(), number);
        }
      }
      return found;
    }
  }

  private Fleet(Path folder) {
    this.folder = folder;
  }

  /// Skips the test if something is missing; fails it on a CI server.
  static void require() {
    Programs.require(
        "ansible-playbook", "ansible-galaxy", "sshd", "ssh-keygen", "unshare", "python3", "tar");
    Programs.require(User.isRoot() ? List.of() : List.of("root"));
  }

  /// Starts the hosts.
  ///
  /// @param folder where all that they have is
  static Fleet start(Path folder) throws IOException {
    require();
    var fleet = new Fleet(folder);
    try {
      for (var name : List.of("shared/on", "shared/acked", "shared/stubborn", "shared/broken")) {
        Files.createDirectories(folder.resolve(name));
      }
      for (var name : List.of("keys", "home", "told")) {
        Files.createDirectories(folder.resolve(name));
      }
      OpenSshServer.keygen("-t", "ed25519", "-N", "", "-f", folder + "/keys/id");
      OpenSshServer.keygen("-t", "ed25519", "-N", "", "-f", folder + "/keys/host");
      fleet.boot();
      Programs.run(
          fleet.controller(
              "ansible-galaxy",
              "collection",
              "install",
              "--offline",
              "-p",
              folder.resolve("collections").toString(),
              collection().toString()));
      return fleet;
    } catch (IOException | RuntimeException | Error fault) {
      fleet.close();
      throw fault;
    }
  }

  /// Returns the collection's archive.
  static Path collection() throws IOException {
    return only(IMAGE.resolveSibling("ansible"), "*.tar.gz");
  }

  private static Path only(Path folder, String glob) throws IOException {
    try (var found = Files.newDirectoryStream(folder, glob)) {
      return found.iterator().next();
    }
  }

  private void boot() throws IOException {
    var outside = new StringBuilder();
    var inside = new StringBuilder();
    var known = new StringBuilder();
    var key = Files.readString(folder.resolve("keys/host.pub"), UTF_8);
    var ports = new ArrayList<Integer>();
    for (var host : HOSTS) {
      int port = freePort();
      ports.add(port);
      var words =
          "Host %s\n HostName 127.0.0.1\n Port %d\n HostKeyAlias %s\n User root\n"
              .formatted(host, port, host);
      outside.append(words).append(" IdentityFile %s/keys/id\n".formatted(folder));
      outside.append(" UserKnownHostsFile %s/keys/known_hosts\n".formatted(folder));
      inside.append(words).append(" IdentityFile /root/.ssh/id\n");
      known.append(host).append(' ').append(key);
    }
    Files.writeString(folder.resolve("keys/config"), outside);
    Files.writeString(folder.resolve("keys/inside"), inside);
    Files.writeString(folder.resolve("keys/known_hosts"), known);
    for (int i = 0; i < HOSTS.size(); i++) {
      var home = Files.createDirectory(folder.resolve(HOSTS.get(i)));
      var builder =
          new ProcessBuilder(
              "bash", SCRIPTS + "/host.sh", home.toString(), Integer.toString(ports.get(i)));
      builder.environment().merge("PATH", "/usr/sbin:/sbin", (path, more) -> path + ":" + more);
      builder.redirectErrorStream(true).redirectOutput(home.resolve("log").toFile());
      hosts.add(builder.start());
    }
    for (var host : HOSTS) {
      await(host);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void await(String host) throws IOException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      try {
        run(host, "true");
        return;
      } catch (AssertionError notYet) {
        if (System.nanoTime() > until) {
          throw new AssertionError(Files.readString(folder.resolve(host).resolve("log")), notYet);
        }
      }
    }
  }

  /// Runs a command line on a host, and returns what it printed, or fails the test.
  String run(String host, String command) throws IOException {
    return Programs.run("ssh", "-F", folder + "/keys/config", host, command);
  }

  /// Makes a machine that is on, at a host, and the file that its copy is to be.
  void machine(String host, String name) throws IOException {
    run(host, "lvcreate -L 2m -n %s vg0 && vm start %s".formatted(name, name));
    run("new1", "truncate -s 2M /srv/" + name);
  }

  /// Returns where machines are on, as `NAME@HOST`, in order.
  List<String> on() throws IOException {
    try (var files = Files.list(shared("on"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /// Returns a file that all hosts have in `/shared`.
  Path shared(String name) {
    return folder.resolve("shared").resolve(name);
  }

  /// Returns what is on a host's disk and was not there when it was started, and what its volumes
  /// are called: the names and digests of files. What machines write to is told by its name only.
  String disk(String host) throws IOException {
    return run(
        host,
        "cd / && { find changed run -type f ! -path '*/sshd/*' ! -path '*/vm-*'"
            + " ! -path 'changed/srv/*' -exec sha256sum {} +;"
            + " find changed run; ls -R dev/vg0 2>/dev/null || true; } | sort");
  }

  /// Plays a playbook of the tests, or one of the collection by its whole name.
  Played play(String book, String... more) throws IOException {
    var told = Files.createTempFile(folder.resolve("told"), "told", ".json");
    var output = folder.resolve("printed-" + told.getFileName());
    try {
      return played(playing(book, told, output, more).waitFor(), told, output);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }

  /// Returns what a run came to that has ended.
  Played played(int status, Path told, Path output) throws IOException {
    var text = Files.exists(told) ? Files.readString(told, UTF_8) : "";
    var hosts = text.isEmpty() ? new JsonObject() : JsonParser.parseString(text).getAsJsonObject();
    return new Played(status, Files.readString(output, UTF_8), hosts);
  }

  /// Begins to play a playbook.
  ///
  /// @param told what became of each host will be in it
  /// @param output what is printed will be in it
  Process playing(String book, Path told, Path output, String... more) throws IOException {
    var words = new ArrayList<>(List.of("ansible-playbook"));
    words.add(book.endsWith(".yml") ? SCRIPTS.resolve(book).toString() : book);
    words.addAll(List.of("-i", SCRIPTS + "/inventory.yml"));
    words.addAll(List.of("-e", "blkdelta_install_file=" + archive()));
    words.addAll(List.of("-e", "blkdelta_install_sha256=" + digest(archive())));
    words.addAll(Arrays.asList(more));
    var builder = controller(words.toArray(String[]::new));
    builder.environment().put("TOLD", told.toString());
    return builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
  }

  private static Path archive() throws IOException {
    return only(IMAGE.toAbsolutePath().resolveSibling(""), "*-linux-x64.tar.gz");
  }

  private static String digest(Path file) throws IOException {
    return Programs.run("sha256sum", file.toString()).substring(0, 64);
  }

  /// Returns a program on the controller, which has no settings of this machine's user.
  ProcessBuilder controller(String... words) {
    var builder = new ProcessBuilder(words);
    var environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("ANSIBLE_"));
    environment.put("HOME", folder.resolve("home").toString());
    environment.put("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
    environment.put("LC_ALL", "C.UTF-8");
    environment.put("FLEET", folder.toString());
    environment.put("ANSIBLE_COLLECTIONS_PATH", folder.resolve("collections").toString());
    environment.put("ANSIBLE_CALLBACK_PLUGINS", SCRIPTS + "/callbacks");
    environment.put("ANSIBLE_CALLBACKS_ENABLED", "told");
    environment.put("ANSIBLE_PIPELINING", "1");
    environment.put("ANSIBLE_FORKS", "8");
    environment.put("ANSIBLE_NOCOWS", "1");
    environment.put("ANSIBLE_RETRY_FILES_ENABLED", "0");
    return builder;
  }

  @Override
  public void close() throws IOException {
    for (var host : hosts) {
      host.getOutputStream().close(); // it ends then
      host.onExit().join();
    }
  }
}
