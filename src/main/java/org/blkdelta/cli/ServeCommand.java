package org.blkdelta.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.failure.RefusedException;
import org.blkdelta.failure.SyncException;
import org.blkdelta.remote.Location;
import org.blkdelta.remote.ShellWords;
import org.blkdelta.report.ExitCode;
import org.blkdelta.report.Streams;
import org.blkdelta.report.Version;
import org.blkdelta.run.Stop;
import org.blkdelta.source.Formats;
import org.blkdelta.usage.Mistake;
import org.blkdelta.usage.Usage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `blkdelta serve`, the forced command of a key that may do one thing.
@Usage(
    common = {"--only", "--read-only", "--append-undo"},
    exits = {
      ExitCode.DONE,
      ExitCode.SOURCE,
      ExitCode.REFUSED,
      ExitCode.CONNECTION,
      ExitCode.INCOMPLETE,
      ExitCode.UNCONFIRMED,
      ExitCode.MOVED_ON
    })
@Command(
    name = "serve",
    sortOptions = false,
    abbreviateSynopsis = true,
    header = "Serve a key of authorized_keys that may write, or read, one volume",
    description = {
      "Stands in authorized_keys as the command of a key. Whatever the client asks for comes in"
          + " SSH_ORIGINAL_COMMAND; it is carried out if it is what blkdelta asks its far end for, and"
          + " about one of the paths that are named here. It is never given to a shell. Everything else"
          + " is refused with exit code 5, and the client says why.",
      "",
      "Without --read-only, the key may write to the paths, and compare them. With it, the key may read"
          + " and compare them. --force, --deploy and --allow-outside are refused in any case, and so is"
          + " --raw to a key that writes.",
      "",
      "Put \"restrict\" beside it, so that the key can forward nothing either.",
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  # a line of ~/.ssh/authorized_keys: this key writes to /dev/vg0/web, no more",
      "  restrict,command=\"blkdelta serve --only /dev/vg0/web\" ssh-ed25519 AAAA",
      "  # the same, with undo files in a folder of their own",
      "  command=\"blkdelta serve --only /dev/vg0/web --append-undo /srv/undo\" ...",
      "  # this key reads a snapshot: blkdelta copy old:/dev/vg0/web-pre web.img",
      "  command=\"blkdelta serve --read-only --only /dev/vg0/web-pre\" ...",
    })
final class ServeCommand implements Callable<Integer> {

  /// Where sshd leaves what the client asked for.
  static final String ASKED = "SSH_ORIGINAL_COMMAND";

  /// What a receiver may be told. A word that is new some day is refused until it stands here.
  private static final Set<String> WRITING =
      Set.of("--create", "--dry-run", "--base", "--undo", "--compare", "--read-back", "--packed");

  private static final Set<String> COMPARING = Set.of("--compare", "--raw");

  /// What a sender may be told, beside what says how a source is read. Of that, names are looked
  /// at, and a flag is refused: it allows something, which only the key's owner may.
  private static final Set<String> READING =
      Set.of("--whole", "--listed", "--digests", "--base", "-z", "--compress", "--raw");

  @Option(
      names = "--only",
      required = true,
      paramLabel = "PATH",
      description =
          "What the key is for, exactly as the client writes it; may be given several times. For a"
              + " destination, an absolute path.")
  List<String> only = new ArrayList<>();

  @Option(
      names = "--append-undo",
      paramLabel = "DIR",
      description =
          "Let the client ask for --undo=DIR/NAME. An undo file that exists is never overwritten.")
  @Nullable Path undoFolder;

  @Option(names = "--read-only", description = "Let the key read and compare, and write nothing.")
  boolean readOnly;

  private final Streams streams;
  private final Stop stop;
  private final Supplier<Optional<String>> asked;

  /// @param asked what the client asked for
  ServeCommand(Streams streams, Stop stop, Supplier<Optional<String>> asked) {
    this.streams = streams;
    this.stop = stop;
    this.asked = asked;
  }

  @Override
  public Integer call() throws Exception {
    var words = words();
    var arguments = words.subList(2, words.size()).toArray(String[]::new);
    return switch (words.get(1)) {
      case "receive" -> receiver(arguments).call();
      case "send" -> sender(arguments).call();
      case "join" -> joiner(arguments).call();
      case "--version" -> version(arguments);
      default -> throw refused("\"" + words.get(1) + "\" is not for the far end of a run");
    };
  }

  private List<String> words() throws SyncException {
    var text = asked.get().orElse("").strip();
    if (text.isEmpty()) {
      throw refused("it gives no shell; run blkdelta elsewhere, and name this host there");
    }
    List<String> words;
    try {
      words = ShellWords.split(text);
    } catch (SyncException unclosed) {
      throw refused("\"" + text + "\" is not a command line of blkdelta");
    }
    var program = words.isEmpty() ? "" : words.getFirst();
    if (words.size() < 2 || !program.substring(program.lastIndexOf('/') + 1).equals("blkdelta")) {
      throw refused(
          "\"%s\" is not blkdelta: leave out --deploy and --remote-command".formatted(program));
    }
    return words;
  }

  private ReceiveCommand receiver(String[] arguments) throws RefusedException {
    var command = new ReceiveCommand(streams, stop);
    parse(command, arguments, readOnly ? COMPARING : WRITING);
    if (readOnly && !command.options.compare) {
      throw refused("\"receive\" may not be asked for by a key that reads");
    }
    boolean isExport = Location.isExport(command.path);
    if (!isExport && !Path.of(command.path).isAbsolute()) {
      throw refused("\"" + command.path + "\" is not an absolute path");
    }
    check(isExport ? command.path : Path.of(command.path).toString());
    checkUndo(command.options.destination.undo);
    return command;
  }

  private void checkUndo(@Nullable Path undo) throws RefusedException {
    if (undo == null) {
      return;
    }
    var name = Objects.requireNonNullElse(undo.getFileName(), undo).toString();
    boolean isInside = undoFolder != null && undoFolder.equals(undo.getParent());
    if (!isInside || name.equals("..") || name.equals(".")) {
      throw refused(
          undoFolder == null
              ? "no undo may be saved, since its owner gave it no --append-undo"
              : "--undo=%s is not in %s".formatted(undo, undoFolder));
    }
  }

  private SendCommand sender(String[] arguments) throws RefusedException {
    if (!readOnly) {
      throw refused("it may only be written to");
    }
    var command = new SendCommand(streams, stop);
    var allowed = new HashSet<>(READING);
    for (var option : Formats.CHANGES.options()) {
      if (option.kind() != SourceOption.Kind.FLAG) {
        allowed.add(option.name());
      }
    }
    parse(command, arguments, allowed);
    for (var source : command.sources) {
      check(source);
    }
    var settings = command.sourceOptions().settings();
    for (var option : settings.identifying()) {
      if (option.isName()) {
        check(settings.name(option).orElseThrow());
      }
    }
    return command;
  }

  private JoinCommand joiner(String[] arguments) throws RefusedException {
    if (readOnly) {
      throw refused("it may only be read");
    }
    var command = new JoinCommand(streams);
    parse(command, arguments, Set.of());
    return command;
  }

  private int version(String[] arguments) throws IOException {
    if (arguments.length > 0) {
      throw refused("--version stands alone");
    }
    streams.out().println(Version.line());
    return ExitCode.DONE.number();
  }

  private void check(String path) throws RefusedException {
    if (!only.contains(path)) {
      throw refused("\"%s\" is not what it is for: %s".formatted(path, String.join(", ", only)));
    }
  }

  /// Reads the words of a command, and refuses those that are not among the allowed ones.
  private static void parse(Object command, String[] arguments, Set<String> allowed)
      throws RefusedException {
    var line = SourceOptions.lineOf(command);
    line.setExpandAtFiles(false);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.registerConverter(Path.class, Path::of);
    try {
      for (var option : line.parseArgs(arguments).matchedOptions()) {
        if (!allowed.contains(option.longestName())) {
          throw refused("the option \"%s\" is not allowed".formatted(name(option)));
        }
      }
    } catch (ParameterException unknown) {
      throw refused(Mistake.of(unknown, List.of(arguments), List::of).what());
    }
  }

  /// Returns an option's name without hyphens, since a client may lack the option.
  private static String name(OptionSpec option) {
    return option.longestName().replaceFirst("^-+", "");
  }

  private static RefusedException refused(String what) {
    return new RefusedException(
        "serve: this key may not do that: %s; see command= in authorized_keys there"
            .formatted(what));
  }
}
