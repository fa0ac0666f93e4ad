package org.blkdelta.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.blkdelta.destination.StateStore;
import org.blkdelta.disk.Programs;
import org.blkdelta.failure.UsageException;
import org.blkdelta.remote.ShellWords;
import org.blkdelta.report.Streams;
import org.blkdelta.run.Stop;
import org.blkdelta.usage.HelpPage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// What lvmsync makes of its arguments, and that ours makes the same of them. The left side is
/// given, the right side is what both make of it; where they differ, `!` is followed by ours and
/// `?` by the words with which the documentation says so.
class LvmsyncGrammarTest {

  /// Derived by running lvmsync 3.3.2 under Ruby 3.1; the second test runs it again.
  private static final String FORMS =
      """
      S D                             = send S to D
      S h:D                           = send S to D at h
      S u@h:D                         = send S to D at u@h
      S D E F                         = send S to D
      S D --stdout                    = send S to stdout
      --stdout S                      = send S to stdout
      -s S D E                        = send S to stdout
      S -s D                          = send S to stdout
      S                               = refused
                                      = refused
      -s                              = refused
      -a - D                          = apply - to D
      -a- D                           = apply - to D
      --apply - D                     = apply - to D
      --apply=- D                     = apply - to D
      --a f D                         = apply f to D
      -a f D E                        = apply f to D
      D -a f                          = apply f to D
      -a f                            = refused
      -a                              = refused
      -a f -a g D                     = apply g to D
      -a -D                           = refused
      --server D                      = apply - to D
      --serv D E                      = apply - to D
      --server                        = refused
      -a f --server D                 = apply f to D
      -s -a f D                       = apply f to D
      -a f -b u D                     = apply f to D undo=u
      -b u S D                        = send S to D undo=u
      -bu S D                         = send S to D undo=u
      -b=u S D                        = send S to D undo==u
      --snapback u S D                = send S to D undo=u
      --snapback=u S D                = send S to D undo=u
      --snapback=u=w S D              = send S to D undo=u=w
      --sn u S D                      = send S to D undo=u
      -b u -b w S D                   = send S to D undo=w
      -b u --snapback=w S D           = send S to D undo=w
      -b -v S D                       = send S to D undo=-v
      --snapback= S D                 = send S to D undo=
      -b '' S D                       = send S to D undo=
      -s -b u S                       = refused
      -b                              = refused
      --snapback                      = refused
      -r X S D                        = send S to D data=X
      --data-source X S D             = send S to D data=X
      --data-source=X S h:D           = send S to D at h data=X
      --da X S D                      = send S to D data=X
      -r X -r Y S D                   = send S to D data=Y
      -r                              = refused
      -e 'ssh -C' S h:D               = send S to D at h rsh='ssh -C'
      -e 'LC_ALL=C ssh -C' S h:D      = send S to D at h rsh='LC_ALL=C ssh -C'
      --rsh=x S h:D                   = send S to D at h rsh=x
      --r x S h:D                     = send S to D at h rsh=x
      -e a -e b S h:D                 = send S to D at h rsh=b
      -e                              = refused
      -v S D                          = send S to D -v
      -v -v S D                       = send S to D -v
      -vv S D                         = send S to D -v
      -v -d S D                       = send S to D -v -d
      -vd S D                         = send S to D -v -d
      -dvd S D                        = send S to D -v -d
      --verb S D                      = send S to D -v
      --VERBOSE S D                   = send S to D -v
      --Verb S D                      = send S to D -v
      --de S D                        = send S to D -d
      -v --no-verbose S D             = send S to D
      --no-verbose -v S D             = send S to D -v
      -v --no-v S D                   = send S to D
      -d --no-debug S D               = send S to D
      -q S D                          = send S to D -q
      -q -q S D                       = send S to D -q
      -qs S                           = send S to stdout -q
      -sq S                           = send S to stdout -q
      --quie S D                      = send S to D -q
      -q --no-quiet S D               = send S to D
      -q --no-quiet -v S D            = send S to D -v
      -q -v --no-v S D                = send S to D -q
      -q -v S D                       = refused
      -q -d S D                       = refused
      -qv -a - D                      = refused
      --quiet --debug S D             = refused
      -vbu S D                        = send S to D undo=u -v
      -vb u S D                       = send S to D undo=u -v
      -vex S h:D                      = send S to D at h rsh=x -v
      -verbose S h:D                  = send S to D at h rsh=rbose -v
      -debug S h:D                    = send S to D at h rsh=bug -d
      -- S D                          = send S to D
      -- -S D                         = send -S to D
      S -- -v                         = send S to -v
      S -- D -s                       = send S to D
      -a - -- D                       = apply - to D
      -b u -- S D                     = send S to D undo=u
      - D                             = send - to D
      --v S D                         = refused
      --ver S D                       = refused
      --s S                           = refused
      --d S D                         = refused
      --no S D                        = refused
      --no-stdout S D                 = refused
      --no-snapback S D               = refused
      --no-server D                   = refused
      --stdout=1 S                    = refused
      --verbose=1 S D                 = refused
      --no-verbose=1 S D              = refused
      --server= D                     = refused
      -x S D                          = refused
      -vx S D                         = refused
      -1 S D                          = refused
      -v1 S D                         = refused
      -n S D                          = refused
      -S D                            = refused
      --xx S D                        = refused
      --e ssh S D                     = refused
      --stdouts S                     = refused
      ---s S                          = refused
      -V                              = version
      --version                       = version
      --versio                        = version
      -vV                             = version
      -q -v -V                        = version
      -b u -V                         = version
      -V --xx                         = version
      --xx -V                         = refused
      -h                              = help
      --help                          = help
      --he                            = help
      -h --xx                         = help
      -vh S D                         = help
      -b -- S D                       = send S to D undo=-- ! refused         ? takes `--` after `-b`
      S h:                            = send S to at h    ! refused         ? takes `HOST:`
      S :D                            = send S to D at      ! refused         ? takes `:DEVICE`
      S ''                            = send S to         ! refused         ? takes an empty operand
      '' D                            = send to D         ! refused         ? takes an empty operand
      S [::1]:D                       = send S to :1]:D at [ ! send S to D at [::1] ? cannot be given an IPv6 address
      S ssh://h/D                     = send S to //h/D at ssh ! send S to /D at h ? takes `ssh` in `ssh://HOST/DEVICE`
      -s ''                           = send to stdout    ! refused         ? takes an empty operand
      S /a:b                          = send S to b at /a ! send S to /a:b ? takes `/dev/a` in `/dev/a:b`
      """;

  private static final Streams STREAMS =
      new Streams(
          InputStream.nullInputStream(),
          OutputStream.nullOutputStream(),
          new PrintStream(OutputStream.nullOutputStream()),
          new StateStore(Path.of("target", "state-of-tests")));

  @TempDir private Path folder;

  /// A line of the table.
  ///
  /// @param difference the words of the documentation, or empty where both do the same
  private record Form(String words, String theirs, String ours, String difference) {

    static Form of(String line) {
      var sides = line.split(" = ", 2);
      var results = sides[1].split("[!?]");
      return results.length == 1
          ? new Form(sides[0].strip(), results[0].strip(), results[0].strip(), "")
          : new Form(sides[0].strip(), results[0].strip(), results[1].strip(), results[2].strip());
    }
  }

  private static List<Form> forms() {
    return FORMS.lines().map(Form::of).toList();
  }

  @Test
  void ours_makes_of_them_what_the_table_says() throws UsageException {
    assertTrue(forms().size() >= 60);
    for (var form : forms()) {
      assertEquals(form.ours(), ours(ShellWords.split(form.words())), form.words());
    }
  }

  @Test
  void each_difference_is_explained() throws IOException {
    var document = Files.readString(Path.of("docs/lvmsync.md"));
    for (var form : forms()) {
      boolean isSame = form.ours().equals(form.theirs());
      assertEquals(isSame, form.difference().isEmpty(), form.words());
      assertTrue(isSame || document.contains("\n| " + form.difference()), form.difference());
    }
  }

  /// Runs where the program itself is at hand, which no distribution packages: in a folder that the
  /// variable BLKDELTA_LVMSYNC names, a checkout or an unpacked gem of it.
  @Test
  void theirs_makes_of_them_what_the_table_says() throws IOException {
    var program = System.getenv("BLKDELTA_LVMSYNC");
    assumeTrue(program != null, "BLKDELTA_LVMSYNC names no folder of lvmsync's");
    var said = theirs(Path.of(program, "bin/lvmsync"));
    for (int i = 0; i < forms().size(); i++) {
      assertEquals(forms().get(i).theirs(), said.get(i), forms().get(i).words());
    }
  }

  private static String ours(List<String> words) {
    var command = new LvmsyncCommand(STREAMS, new Stop());
    var line = new CommandLine(command);
    HelpPage.addTo(line);
    try {
      var parsed = line.parseArgs(words.toArray(String[]::new));
      if (parsed.isVersionHelpRequested()) {
        return "version";
      }
      return parsed.isUsageHelpRequested() ? "help" : said(command);
    } catch (ParameterException | UsageException refused) {
      return "refused";
    }
  }

  private static String said(LvmsyncCommand command) throws UsageException {
    var said =
        switch (command.order()) {
          case LvmsyncOrder.Apply apply ->
              "apply %s to %s".formatted(apply.stream(), apply.device()) + undo(apply.undo());
          case LvmsyncOrder.Send send ->
              "send %s to %s".formatted(send.snapshot(), to(send))
                  + send.dataSource().map(path -> " data=" + path).orElse("")
                  + undo(send.undo());
        };
    return said
        + (command.remoteShell == null ? "" : " rsh=" + ShellWords.quote(command.remoteShell))
        + (command.verbose ? " -v" : "")
        + (command.debug ? " -d" : "")
        + (command.quiet ? " -q" : "");
  }

  private static String to(LvmsyncOrder.Send send) {
    return send.to()
        .map(to -> to.path() + to.host().map(host -> " at " + host).orElse(""))
        .orElse("stdout");
  }

  private static String undo(Optional<String> undo) {
    return undo.map(file -> " undo=" + file).orElse("");
  }

  /// Has one Ruby process run the program for each form, as far as the functions that do its work.
  private List<String> theirs(Path program) throws IOException {
    for (var library : List.of("lvm", "git-version-bump")) {
      Files.writeString(folder.resolve(library + ".rb"), ""); // what the script declares stands in
    }
    var script = folder.resolve("arguments.rb");
    try (var text = Objects.requireNonNull(getClass().getResourceAsStream("arguments.rb"))) {
      Files.copy(text, script);
    }
    var forms = Files.write(folder.resolve("forms"), forms().stream().map(Form::words).toList());
    return Programs.run(
            "ruby",
            "-I",
            folder.toString(),
            script.toString(),
            program.toString(),
            forms.toString())
        .lines()
        .toList();
  }
}
