package org.blkdelta.vsphere;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.xml.stream.XMLStreamException;
import org.blkdelta.failure.ConnectionException;
import org.blkdelta.failure.RefusedException;

/// A session with the web service of a host or vCenter, logged in. Any threads may use it; closing
/// it logs out.
final class Service implements Closeable {

  /// Of the versions that the schema has, the oldest that knows all that is asked for here.
  private static final String ACTION = "\"urn:vim25/6.0\"";

  private static final Ref INSTANCE = new Ref("ServiceInstance", "ServiceInstance");
  private static final int PAGE = 500;
  private static final int MAX_PAGES = 1000;
  private static final Duration FIRST_LOOK = Duration.ofMillis(100);
  private static final Duration LAST_LOOK = Duration.ofSeconds(2);

  private final URI url;
  private final Element content;
  private final Https https;

  private Service(URI url, Element content, Https https) {
    this.url = url;
    this.content = content;
    this.https = https;
  }

  /// Connects and logs in; the caller closes it.
  ///
  /// @throws ConnectionException if the host can't be reached, is not known, or refuses the login
  static Service connect(MachineUri uri, Access access) throws IOException {
    var url = URI.create("https://" + uri.authority() + "/sdk");
    var stranger = new Https(uri.name(), Trust.of(access.pin(uri)), Optional.empty());
    Element content;
    try {
      content = content(stranger, url);
    } catch (ConnectionException unknown) {
      stranger = introduced(stranger, uri, access).orElseThrow(() -> unknown);
      content = content(stranger, url);
    }
    var manager = reference(content, "sessionManager", uri.name());
    var login =
        new Call(manager, "Login")
            .value("userName", uri.user())
            .value("password", access.password(uri));
    var answer = send(stranger, url, login);
    if (answer.cookie().isEmpty()) {
      throw new ConnectionException(
          uri.name() + ": the login gave no session; is this a vSphere host");
    }
    return new Service(url, content, stranger.as(answer.cookie()));
  }

  /// Returns a host that somebody knows, though nobody vouches for its certificate.
  private static Optional<Https> introduced(Https stranger, MachineUri uri, Access access)
      throws ConnectionException {
    var trust = stranger.trust();
    if (trust.pinned().isPresent() || trust.refused().isEmpty()) {
      return Optional.empty();
    }
    var agreed = access.agreed(uri, trust.refused().get(), trust.why());
    return agreed.map(pin -> new Https(uri.name(), Trust.of(agreed), Optional.empty()));
  }

  private static Element content(Https https, URI url) throws IOException {
    return send(https, url, new Call(INSTANCE, "RetrieveServiceContent")).reply().orElseThrow();
  }

  /// Returns what the product calls itself, with its version.
  String product() {
    return content.textAt("about", "fullName");
  }

  /// Returns what messages call it.
  String name() {
    return https.name();
  }

  /// Returns the host with its port, as a URL has them.
  String host() {
    return url.getAuthority();
  }

  /// Returns the way to the files of this host.
  Https https() {
    return https;
  }

  /// Calls a method; returns what it returns.
  Optional<Element> call(Call call) throws IOException {
    return send(https, url, call).reply();
  }

  /// Calls a method that makes an object; returns that.
  Ref make(Call call) throws IOException {
    return call(call).orElseThrow(() -> malformed(call.method())).ref();
  }

  /// Returns an object that the service has from its start, such as `rootFolder`.
  Ref part(String name) throws IOException {
    return reference(content, name, name());
  }

  /// Returns properties of all machines that this account sees, by machine.
  Map<Ref, Map<String, Element>> machines(List<String> properties) throws IOException {
    var view =
        make(
            new Call(part("viewManager"), "CreateContainerView")
                .ref("container", part("rootFolder"))
                .value("type", "VirtualMachine")
                .value("recursive", true));
    var call = retrieve("VirtualMachine", properties);
    call.begin("objectSet").ref("obj", view).value("skip", true);
    call.begin("selectSet", "TraversalSpec").value("name", "view").value("type", view.type());
    call.value("path", "view").value("skip", false).end("selectSet").end("objectSet");
    var found = pages(call);
    call(new Call(view, "DestroyView"));
    return found;
  }

  /// Returns properties of an object, by name; those that it does not have are not among them.
  Map<String, Element> properties(Ref object, List<String> properties) throws IOException {
    var call = retrieve(object.type(), properties);
    call.begin("objectSet").ref("obj", object).value("skip", false).end("objectSet");
    return pages(call).getOrDefault(object, Map.of());
  }

  /// Waits until a task is done; returns its result.
  ///
  /// @throws RefusedException if the task failed
  Optional<Element> await(Ref task, String method, Duration limit) throws IOException {
    return awaited(
        method,
        limit,
        () -> {
          var info = properties(task, List.of("info")).get("info");
          if (info == null) {
            throw malformed(method);
          }
          return switch (info.textAt("state")) {
            case "success" -> Optional.of(info.child("result"));
            case "error" ->
                throw Faults.of(
                    name(),
                    method,
                    info.at("error", "fault").orElseThrow(() -> malformed(method)),
                    info.textAt("error", "localizedMessage"));
            default -> Optional.empty();
          };
        });
  }

  /// One look at something that is waited for.
  interface Look<T> {
    /// Returns it, or empty if it is not there yet.
    Optional<T> once() throws IOException;
  }

  /// Looks at something, less and less often, until it is there.
  ///
  /// @param method what is waited for, in messages
  /// @throws RefusedException if it is not there within the limit
  <T> T awaited(String method, Duration limit, Look<T> look) throws IOException {
    long end = System.nanoTime() + limit.toNanos();
    var pause = FIRST_LOOK;
    while (true) {
      var found = look.once();
      if (found.isPresent()) {
        return found.get();
      }
      if (System.nanoTime() - end > 0) {
        throw new RefusedException(
            "%s: %s: is not done after %d min; look into the host's log of tasks"
                .formatted(name(), method, limit.toMinutes()));
      }
      pause(pause);
      pause = longer(pause);
    }
  }

  private static Duration longer(Duration pause) {
    var twice = pause.multipliedBy(2);
    return twice.compareTo(LAST_LOOK) > 0 ? LAST_LOOK : twice;
  }

  private static void pause(Duration pause) throws IOException {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", stopped);
    }
  }

  /// Logs out. If that fails, the host ends the session by itself some time.
  @Override
  public void close() {
    try {
      call(new Call(part("sessionManager"), "Logout"));
    } catch (IOException gone) {
      // all that was asked was answered before
    }
  }

  /// Returns the fault of a reply that lacks what it must have.
  ConnectionException malformed(String method) {
    return new ConnectionException(
        "%s: %s: the answer is malformed; is this a vSphere host".formatted(name(), method));
  }

  private Call retrieve(String type, List<String> properties) throws IOException {
    var call = new Call(part("propertyCollector"), "RetrievePropertiesEx");
    call.begin("specSet").begin("propSet").value("type", type).value("all", false);
    properties.forEach(property -> call.value("pathSet", property));
    return call.end("propSet");
  }

  private Map<Ref, Map<String, Element>> pages(Call call) throws IOException {
    call.end("specSet").begin("options").value("maxObjects", PAGE).end("options");
    var found = new HashMap<Ref, Map<String, Element>>();
    var page = call(call);
    for (int count = 0; page.isPresent(); count++) {
      for (var object : page.get().all("objects")) {
        found.put(
            object.child("obj").orElseThrow(() -> malformed(call.method())).ref(), values(object));
      }
      var token = page.get().textAt("token");
      if (token.isEmpty() || count >= MAX_PAGES) {
        break;
      }
      page =
          call(
              new Call(part("propertyCollector"), "ContinueRetrievePropertiesEx")
                  .value("token", token));
    }
    return found;
  }

  private static Map<String, Element> values(Element object) {
    var values = new HashMap<String, Element>();
    for (var property : object.all("propSet")) {
      property.child("val").ifPresent(value -> values.put(property.textAt("name"), value));
    }
    return values;
  }

  private record Reply(Optional<Element> reply, Optional<String> cookie) {}

  private static Reply send(Https https, URI url, Call call) throws IOException {
    var answer = https.post(url, call.envelope(), ACTION);
    Element envelope;
    try (var body = answer.body()) {
      envelope = Element.read(new Limited(body));
    } catch (XMLStreamException malformed) {
      if (malformed.getNestedException() instanceof IOException cut) {
        throw https.fault(cut);
      }
      throw new ConnectionException(
          "%s: %s: the answer is not that of a vSphere host; check the host and the port"
              .formatted(https.name(), call.method()),
          malformed);
    }
    var fault = envelope.at("Body", "Fault");
    if (fault.isPresent()) {
      var detail = fault.get().child("detail").map(Element::children).orElse(List.of());
      throw Faults.of(
          https.name(),
          call.method(),
          detail.isEmpty() ? fault.get() : detail.getFirst(),
          fault.get().textAt("faultstring"));
    }
    var response = envelope.at("Body", call.method() + "Response");
    if (response.isEmpty()) {
      throw new ConnectionException(
          "%s: %s: the answer is malformed; is this a vSphere host"
              .formatted(https.name(), call.method()));
    }
    return new Reply(response.get().child("returnval"), answer.cookie());
  }

  private static Ref reference(Element content, String part, String name)
      throws ConnectionException {
    return content
        .child(part)
        .map(Element::ref)
        .orElseThrow(
            () ->
                new ConnectionException(
                    "%s: has no %s; is this a vSphere host".formatted(name, part)));
  }
}
