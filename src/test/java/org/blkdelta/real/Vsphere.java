package org.blkdelta.real;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.blkdelta.disk.Programs;
import org.jspecify.annotations.Nullable;

/// govmomi's simulator of an ESXi host or a vCenter, and in front of it a server of our own that
/// speaks TLS, does what the simulator lacks (exports, the files of a snapshot), and answers
/// wrongly on demand. Closing it ends both.
final class Vsphere implements Closeable {

  private static final Path PROGRAM = Path.of("target", "vcsim", "vcsim").toAbsolutePath();
  private static final Pattern METHOD = Pattern.compile("<(\\w+) xmlns=\"urn:vim25\">");
  private static final Pattern DISK_FILE =
      Pattern.compile("(<fileName>)(\\[[^<]+] [^<]+/)(disk1\\.vmdk)(</fileName>)");
  /// The password of the account, which must not be seen anywhere.
  static final String SECRET = "Xy7-Tr0ub4dor-and-3";

  /// Where the machine's disks are attached.
  private static final List<String> SLOTS =
      List.of("ParaVirtualSCSIController0:0", "VirtualIDEController0:1");

  private static final String LEASE = "lease-1";
  private static final char[] PASSWORD = "secret".toCharArray();

  /// What stands in the place of an answer.
  interface Reply {
    void to(HttpExchange exchange, String body) throws IOException;
  }

  private final Process simulator;
  private final URI inside;
  private final HttpsServer server;
  private final Path root;
  private final boolean isCenter;
  private final String thumbprint;
  private final Map<String, Reply> wrong = new ConcurrentHashMap<>();
  private final List<String> calls = java.util.Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger leases = new AtomicInteger();
  private final AtomicInteger disks = new AtomicInteger(1);

  private volatile @Nullable Path export;
  private volatile long size = 1 << 20;
  private volatile String extra = "";
  private volatile List<String> deltas = List.of();
  private volatile Optional<String> other = Optional.empty();
  private volatile boolean givesParts = true;
  private volatile int leaseTimeout = 300;

  private Vsphere(Path folder, boolean isCenter) throws IOException {
    this.isCenter = isCenter;
    this.root = Files.createDirectories(folder.resolve(isCenter ? "vcenter" : "esxi"));
    build();
    var builder = new ProcessBuilder(PROGRAM.toString(), isCenter ? "vpx" : "esx");
    builder.environment().put("TMPDIR", root.toString());
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    this.simulator = builder.start();
    var printed =
        new BufferedReader(
            new InputStreamReader(simulator.getInputStream(), StandardCharsets.UTF_8));
    var said = URI.create(printed.readLine());
    this.inside = URI.create("http://127.0.0.1:" + said.getPort());
    this.server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try {
      var keys = keys(folder);
      var certificate = keys.getCertificate(keys.aliases().nextElement());
      this.thumbprint =
          HexFormat.of()
              .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
      var managers = KeyManagerFactory.getInstance("PKIX");
      managers.init(keys, PASSWORD);
      var context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      server.setHttpsConfigurator(new HttpsConfigurator(context));
    } catch (GeneralSecurityException absent) {
      throw new IOException(absent);
    }
    server.setExecutor(
        Executors.newCachedThreadPool(Thread.ofPlatform().daemon().name("vsphere-", 0).factory()));
    server.createContext("/", this::answer);
    server.start();
    Files.writeString(root.resolve("password"), SECRET + "\n");
  }

  /// Starts an ESXi host, or else a vCenter.
  static Vsphere start(Path folder, boolean isCenter) throws IOException {
    return new Vsphere(folder, isCenter);
  }

  /// Skips the test where what it is built from is missing; fails it on a CI server.
  static void require() {
    Programs.require("go", "openssl", "qemu-img", "qemu-io");
  }

  private static synchronized void build() throws IOException {
    if (Files.exists(PROGRAM)) {
      return;
    }
    Files.createDirectories(PROGRAM.getParent());
    var builder =
        new ProcessBuilder("go", "build", "-o", PROGRAM.toString(), "main.go")
            .directory(Path.of("src", "test", "vcsim").toAbsolutePath().toFile());
    builder.environment().put("GO111MODULE", "off");
    builder.environment().put("GOPATH", "/usr/share/gocode");
    builder.environment().put("GOCACHE", PROGRAM.resolveSibling("cache").toString());
    builder.environment().put("GOFLAGS", "");
    Programs.run(builder);
  }

  private static KeyStore keys(Path folder) throws IOException, GeneralSecurityException {
    var file = folder.resolve("host.p12");
    if (!Files.exists(file)) {
      Programs.run(
          new ProcessBuilder(
                  "bash",
                  "-ec",
                  """
                  openssl req -x509 -newkey rsa:2048 -nodes -keyout host.key -out host.crt -days 2 \
                    -subj /CN=esx -addext subjectAltName=DNS:esx
                  openssl pkcs12 -export -in host.crt -inkey host.key -out host.p12 \
                    -passout pass:secret
                  """)
              .directory(folder.toFile()));
    }
    var keys = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(file)) {
      keys.load(in, PASSWORD);
    }
    return keys;
  }

  /// Returns the name of the machine that the tests use.
  String machine() {
    return isCenter ? "DC0_H0_VM0" : "ha-host_VM0";
  }

  /// Returns where the machine's files are on this host.
  Path folder() throws IOException {
    try (var datastores = Files.list(root)) {
      return datastores
          .map(each -> each.resolve(machine()))
          .filter(Files::isDirectory)
          .findFirst()
          .orElseThrow();
    }
  }

  /// Returns who logs in where, as a job file has it.
  String account() {
    return "user@127.0.0.1:" + port();
  }

  /// Returns the file of the account's password.
  Path passwordFile() {
    return root.resolve("password");
  }

  /// Returns the URI of its only disk.
  String uri(String... parameters) {
    return uriOf(machine(), parameters);
  }

  /// Returns the URI of the only disk of a machine.
  String uriOf(String machine, String... parameters) {
    var more = parameters.length == 0 ? "" : "&" + String.join("&", parameters);
    return "vsphere://user@127.0.0.1:%d/%s?thumbprint=%s&password-file=%s%s"
        .formatted(
            server.getAddress().getPort(), machine, thumbprint, root.resolve("password"), more);
  }

  /// Returns where it listens.
  int port() {
    return server.getAddress().getPort();
  }

  /// Returns the thumbprint of its certificate.
  String thumbprint() {
    return thumbprint;
  }

  /// Has the disk be of so many bytes, and exports of it be this file.
  Vsphere exporting(Path file, long bytes) {
    export = file;
    size = bytes;
    return this;
  }

  /// Has the machine write to the first of some files, each of which stands on the next, and the
  /// last on its base.
  Vsphere writingTo(String... files) {
    deltas = List.of(files);
    return this;
  }

  /// Gives whole files where parts are asked for.
  Vsphere givingNoParts() {
    givesParts = false;
    return this;
  }

  /// Adds properties to what the disk's backing says.
  Vsphere saying(String properties) {
    extra = properties;
    return this;
  }

  /// Has leases end after so many seconds without progress.
  Vsphere leasing(int seconds) {
    leaseTimeout = seconds;
    return this;
  }

  /// Answers a method, or a path, otherwise from now on.
  Vsphere answering(String what, Reply reply) {
    wrong.put(what, reply);
    return this;
  }

  /// Answers as usual again.
  void mend() {
    wrong.clear();
  }

  /// Returns the methods that were called, in order.
  List<String> calls() {
    return List.copyOf(calls);
  }

  /// Returns how many leases have neither been completed nor given up.
  int leases() {
    return leases.get();
  }

  /// Turns the machine off, or on, as somebody else would.
  void power(String method) throws IOException {
    ask(machine(), method, "");
  }

  /// Gives a machine another name.
  void rename(String machine, String name) throws IOException {
    ask(machine, "Rename_Task", "<newName>" + name + "</newName>");
  }

  /// Says that the other machine has a name, which the simulator itself refuses if another has it.
  void otherIsCalled(String name) {
    other = Optional.of(name);
  }

  /// Takes a snapshot that is not ours.
  void snapshot(String name) throws IOException {
    var more = "<name>%s</name><memory>false</memory><quiesce>false</quiesce>".formatted(name);
    ask(machine(), "CreateSnapshot_Task", more);
  }

  /// Gives the machine a second disk, of the same size, exports of which are the same.
  void addDisk(String file) throws IOException {
    var controller = isCenter ? 1000 : 200;
    ask(
        machine(),
        "ReconfigVM_Task",
        "<spec><deviceChange><operation>add</operation><fileOperation>create</fileOperation><device xsi:type=\"VirtualDisk\"><key>-1</key><backing xsi:type=\"VirtualDiskFlatVer2BackingInfo\"><fileName>[LocalDS_0] %s/%s</fileName><diskMode>persistent</diskMode></backing><controllerKey>%d</controllerKey><unitNumber>1</unitNumber><capacityInKB>1024</capacityInKB></device></deviceChange></spec>"
            .formatted(machine(), file, controller));
    disks.incrementAndGet();
  }

  private void ask(String machine, String method, String more) throws IOException {
    var found = allMachines();
    int at = found.indexOf(">" + machine + "<");
    var vm = Pattern.compile("VirtualMachine\">([^<]+)<").matcher(found);
    String ref = "";
    while (vm.find() && vm.start() < at) {
      ref = vm.group(1);
    }
    call(
        "<%s xmlns=\"urn:vim25\"><_this type=\"VirtualMachine\">%s</_this>%s</%s>"
            .formatted(method, ref, more, method));
  }

  /// Returns names, states and snapshots of all machines, as XML.
  String allMachines() throws IOException {
    var center = isCenter;
    var view =
        call(
            "<CreateContainerView xmlns=\"urn:vim25\"><_this type=\"ViewManager\">ViewManager</_this><container type=\"Folder\">%s</container><type>VirtualMachine</type><recursive>true</recursive></CreateContainerView>"
                .formatted(center ? "group-d1" : "ha-folder-root"));
    var ref = view.replaceAll("(?s).*ContainerView\">([^<]+)<.*", "$1");
    return call(
        "<RetrievePropertiesEx xmlns=\"urn:vim25\"><_this type=\"PropertyCollector\">%s</_this><specSet><propSet><type>VirtualMachine</type><all>false</all><pathSet>name</pathSet><pathSet>runtime.powerState</pathSet><pathSet>snapshot</pathSet></propSet><objectSet><obj type=\"ContainerView\">%s</obj><skip>true</skip><selectSet xsi:type=\"TraversalSpec\"><name>v</name><type>ContainerView</type><path>view</path><skip>false</skip></selectSet></objectSet></specSet><options/></RetrievePropertiesEx>"
            .formatted(center ? "propertyCollector" : "ha-property-collector", ref));
  }

  /// Returns the power state of the machine.
  String power() throws IOException {
    var all = allMachines();
    int at = all.indexOf(">" + machine() + "<");
    var rest = all.substring(at);
    var found = Pattern.compile("powered(On|Off)").matcher(rest);
    return found.find() ? found.group() : "";
  }

  /// Returns whether any machine has a snapshot.
  boolean hasSnapshots() throws IOException {
    return allMachines().contains("rootSnapshotList");
  }

  private @Nullable String session;

  /// Calls a method of the simulator, past all that is wrong.
  String call(String body) throws IOException {
    if (session == null) {
      session = "";
      var login =
          "<Login xmlns=\"urn:vim25\"><_this type=\"SessionManager\">%s</_this><userName>user</userName><password>pass</password></Login>"
              .formatted(isCenter ? "SessionManager" : "ha-sessionmgr");
      var connection = send(envelope(login), Optional.empty());
      session = connection.getHeaderField("Set-Cookie").split(";")[0];
      connection.getInputStream().readAllBytes();
    }
    var connection = send(envelope(body), Optional.ofNullable(session));
    return new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static byte[] envelope(String body) {
    return """
        <?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>%s</soapenv:Body></soapenv:Envelope>"""
        .formatted(body)
        .getBytes(StandardCharsets.UTF_8);
  }

  private HttpURLConnection send(byte[] body, Optional<String> cookie) throws IOException {
    var connection = (HttpURLConnection) inside.resolve("/sdk").toURL().openConnection();
    cookie.ifPresent(value -> connection.setRequestProperty("Cookie", value));
    connection.setDoOutput(true);
    connection.getOutputStream().write(body);
    return connection;
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      var method = METHOD.matcher(body);
      var path = exchange.getRequestURI().getPath();
      var what = method.find() ? method.group(1) : path.replaceAll("^(/\\w+).*", "$1");
      calls.add(what);
      var reply = wrong.get(what);
      if (reply != null) {
        reply.to(exchange, body);
      } else {
        usual(exchange, body);
      }
    }
  }

  /// Answers as usual.
  void usual(HttpExchange exchange, String body) throws IOException {
    var path = exchange.getRequestURI().getPath();
    var method = METHOD.matcher(body);
    if (path.startsWith("/nfc/")) {
      exportTo(exchange);
    } else if (path.startsWith("/sdk")) {
      sdk(exchange, method.find() ? method.group(1) : "", body);
    } else {
      forward(exchange, body, answer -> answer);
    }
  }

  private void sdk(HttpExchange exchange, String what, String body) throws IOException {
    switch (what) {
      case "ExportSnapshot" -> {
        leases.incrementAndGet();
        say(exchange, response(what, "<returnval type=\"HttpNfcLease\">" + LEASE + "</returnval>"));
      }
      case "HttpNfcLeaseProgress" -> say(exchange, response(what, ""));
      case "HttpNfcLeaseComplete", "HttpNfcLeaseAbort" -> {
        leases.decrementAndGet();
        say(exchange, response(what, ""));
      }
      default -> {
        if (body.contains(">" + LEASE + "<")) {
          say(exchange, lease("ready", ""));
        } else {
          boolean isSnapshot = body.contains("<type>VirtualMachineSnapshot</type>");
          forward(exchange, body, answer -> withDisks(answer, isSnapshot));
        }
      }
    }
  }

  /// Returns what is said of a lease.
  ///
  /// @param more properties after its state
  String lease(String state, String more) {
    var info =
        "<info><lease type=\"HttpNfcLease\">%s</lease><leaseTimeout>%d</leaseTimeout>%s</info>"
            .formatted(LEASE, leaseTimeout, urls());
    return response(
        "RetrievePropertiesEx",
        "<returnval><objects><obj type=\"HttpNfcLease\">%s</obj><propSet><name>state</name><val xsi:type=\"HttpNfcLeaseState\">%s</val></propSet>%s%s</objects></returnval>"
            .formatted(
                LEASE,
                state,
                more,
                info.replaceFirst(
                        "<info>", "<propSet><name>info</name><val xsi:type=\"HttpNfcLeaseInfo\">")
                    .replaceFirst("</info>", "</val></propSet>")));
  }

  private String urls() {
    var all = new StringBuilder();
    for (int disk = 0; disk < disks.get(); disk++) {
      all.append(
          "<deviceUrl><key>/vm-9/%s</key><importKey/><url>https://*:%d/nfc/disk-%d.vmdk</url><disk>true</disk></deviceUrl>"
              .formatted(SLOTS.get(disk), port(), disk));
    }
    return all.toString();
  }

  private String withDisks(String answer, boolean isSnapshot) {
    var named = other.isEmpty() ? answer : answer.replace(">ha-host_VM1<", ">" + other.get() + "<");
    var sized =
        named.replaceAll(
            "<capacityInKB>1024</capacityInKB>",
            "<capacityInKB>%d</capacityInKB>".formatted(size / 1024));
    sized =
        sized.replace(
            "<diskMode>persistent</diskMode>",
            extra.isEmpty() ? "<diskMode>persistent</diskMode>" : extra);
    if (isSnapshot || deltas.isEmpty()) {
      return sized;
    }
    var chain = new StringBuilder();
    deltas.forEach(file -> chain.append("<fileName>$2").append(file).append("</fileName><parent>"));
    chain.append("$1$2$3$4").append("</parent>".repeat(deltas.size()));
    return DISK_FILE.matcher(sized).replaceAll(chain.toString());
  }

  private interface Change {
    String of(String answer);
  }

  private void forward(HttpExchange exchange, String body, Change change) throws IOException {
    var connection =
        (HttpURLConnection)
            URI.create(inside + exchange.getRequestURI().toString()).toURL().openConnection();
    connection.setRequestMethod(exchange.getRequestMethod());
    for (var header : List.of("Cookie", "Range", "Content-Type")) {
      var value = exchange.getRequestHeaders().getFirst(header);
      if (value != null && (givesParts || !header.equals("Range"))) {
        connection.setRequestProperty(header, value);
      }
    }
    if (exchange.getRequestMethod().equals("POST")) {
      connection.setDoOutput(true);
      connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    }
    int status = connection.getResponseCode();
    var in = status < 400 ? connection.getInputStream() : connection.getErrorStream();
    var bytes = in == null ? new byte[0] : in.readAllBytes();
    if (exchange.getRequestURI().getPath().startsWith("/sdk")) {
      bytes = change.of(new String(bytes, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
    }
    for (var header : List.of("Set-Cookie", "Content-Range", "Content-Type")) {
      var value = connection.getHeaderField(header);
      if (value != null) {
        exchange.getResponseHeaders().add(header, value);
      }
    }
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private void exportTo(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 0); // in pieces, of unknown length
    Files.copy(java.util.Objects.requireNonNull(export), exchange.getResponseBody());
    exchange.getResponseBody().close();
  }

  /// Returns the answer of a method.
  static String response(String method, String inner) {
    return new String(
        envelope(
            "<%sResponse xmlns=\"urn:vim25\">%s</%sResponse>".formatted(method, inner, method)),
        StandardCharsets.UTF_8);
  }

  /// Answers with a text.
  static void say(HttpExchange exchange, String text) throws IOException {
    say(exchange, 200, text);
  }

  /// Answers with a status and a text.
  static void say(HttpExchange exchange, int status, String text) throws IOException {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /// Returns a reply that refuses.
  static Reply fault(String type, String text, String inner) {
    return (exchange, body) ->
        say(
            exchange,
            500,
            new String(
                envelope(
                    "<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>%s</faultstring><detail><%sFault xmlns=\"urn:vim25\" xsi:type=\"%s\">%s</%sFault></detail></soapenv:Fault>"
                        .formatted(text, type, type, inner, type)),
                StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    server.stop(0);
    simulator.getOutputStream().close();
    try {
      if (!simulator.waitFor(10, TimeUnit.SECONDS)) {
        simulator.destroyForcibly();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
