package org.blkdelta.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// The completion for bash. What an operand can be is asked when the key is pressed.
final class BashCompletion {

  /// `complete -o default` completes file names, with all quoting, if nothing else is offered.
  private static final String FUNCTIONS =
      """

      # Names that only root may ask for. A pool that hangs must not hang the shell.
      _blkdelta_volumes() {
        [ "$EUID" = 0 ] || return
        local group volume
        while read -r group volume; do
          COMPREPLY+=($(compgen -W "$group/$volume" -- "$cur"))
        done < <(timeout -k 1 1 lvs --noheadings -o vg_name,lv_name 2>/dev/null </dev/null)
      }

      # Hosts of ssh, with a colon. bash-completion knows more of them.
      _blkdelta_hosts() {
        case $cur in */*) return ;; esac
        local before=
        case $cur in *@*) before=${cur%@*}@ ;; esac
        if declare -F _known_hosts_real >/dev/null; then
          local offered=("${COMPREPLY[@]}")
          _known_hosts_real -c -a -- "$cur"
          COMPREPLY=("${offered[@]}" "${COMPREPLY[@]}")
          return
        fi
        COMPREPLY+=($(compgen -P "$before" -S : -W "$(
          awk 'tolower($1) == "host" { for (i = 2; i <= NF; i++) if ($i !~ /[*?!]/) print $i }' \\
            ~/.ssh/config 2>/dev/null
          awk '$1 !~ /^[|@#[]/ { gsub(",", " ", $1); print $1 }' \\
            ~/.ssh/known_hosts /etc/ssh/ssh_known_hosts 2>/dev/null
        )" -- "${cur#"$before"}"))
      }

      _blkdelta_files() {
        local name
        while IFS= read -r name; do
          if [ -d "$name" ]; then
            COMPREPLY+=("$(printf '%q/' "$name")")
          else
            COMPREPLY+=("$(printf '%q ' "$name")")
          fi
        done < <(compgen -f -- "$cur")
      }

      # $1: whether a host may come first
      _blkdelta_operand() {
        _blkdelta_volumes
        COMPREPLY=("${COMPREPLY[@]/%/ }")
        [ "$1" = host ] && _blkdelta_hosts
        [ ${#COMPREPLY[@]} -gt 0 ] || return
        compopt -o nospace 2>/dev/null
        _blkdelta_files
      }

      _blkdelta_words() {
        compopt +o default 2>/dev/null
        COMPREPLY=($(compgen -W "$*" -- "$cur"))
      }

      _blkdelta() {
        local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} command= i
        local IFS=$' \\t\\n'
        COMPREPLY=()
        for ((i = 1; i < COMP_CWORD; i++)); do
          case ${COMP_WORDS[i]} in
            -*) ;;
            *) command=${COMP_WORDS[i]}; break ;;
          esac
        done
        # bash takes = and : for words of their own, and user@host for user and @host
        case ${2-} in @*) cur=$2 ;; esac
        case $cur in
          =) cur= ;;
          :) _blkdelta_words; return ;;
          *)
            case $option in
              =) option=${COMP_WORDS[COMP_CWORD-2]} ;;
              :) _blkdelta_words; return ;;
            esac
            ;;
        esac
      """;

  private BashCompletion() {}

  static String of(String made, List<CommandLine> commands) {
    var text = new StringBuilder(made).append(FUNCTIONS);
    text.append("  case \"$command $option\" in\n");
    append(text, commands, Completions::isFile, "return");
    append(text, commands, Completions::isVolume, "_blkdelta_operand; return");
    for (var command : commands) {
      for (var option : valued(command).filter(o -> !Completions.words(o).isEmpty()).toList()) {
        var words = "_blkdelta_words " + String.join(" ", Completions.words(option)) + "; return";
        append(text, patterns(command, option), words);
      }
    }
    append(text, commands, BashCompletion::isOther, "_blkdelta_words; return");
    text.append("  esac\n  case \"$command $cur\" in\n");
    for (var command : commands) {
      append(text, List.of("'" + command.getCommandName() + " '-*"), names(command));
    }
    append(text, List.of("' '-*"), names(Model.top()));
    for (var command : commands) {
      var name = command.getCommandName();
      append(text, List.of("'" + name + " '*"), operand(command, commands));
    }
    var all = commands.stream().map(CommandLine::getCommandName).collect(Collectors.joining(" "));
    append(text, List.of("' '*"), "_blkdelta_words " + all);
    return text.append("  esac\n}\n\ncomplete -o default -F _blkdelta blkdelta\n").toString();
  }

  private static void append(
      StringBuilder text, List<CommandLine> commands, Predicate<OptionSpec> kind, String answer) {
    var patterns = new ArrayList<String>();
    for (var command : commands) {
      valued(command).filter(kind).forEach(option -> patterns.addAll(patterns(command, option)));
    }
    append(text, patterns, answer);
  }

  private static void append(StringBuilder text, List<String> patterns, String answer) {
    text.append("    ").append(String.join(" | \\\n    ", patterns)).append(")\n");
    text.append("      ").append(answer).append("\n      ;;\n");
  }

  private static List<String> patterns(CommandLine command, OptionSpec option) {
    return Stream.of(option.names())
        .map(name -> "'" + command.getCommandName() + " " + name + "'")
        .toList();
  }

  private static Stream<OptionSpec> valued(CommandLine command) {
    return Completions.shown(command)
        .filter(option -> option.arity().max() > 0 && !Completions.isAttached(option));
  }

  private static boolean isOther(OptionSpec option) {
    return !Completions.isFile(option)
        && !Completions.isVolume(option)
        && Completions.words(option).isEmpty();
  }

  private static String names(CommandLine command) {
    return Completions.shown(command)
        .flatMap(option -> Stream.of(option.names()))
        .collect(Collectors.joining(" ", "_blkdelta_words ", ""));
  }

  private static String operand(CommandLine command, List<CommandLine> commands) {
    return switch (Completions.operand(command)) {
      case HOST -> "_blkdelta_operand host";
      case HERE -> "_blkdelta_operand";
      case COMMAND ->
          commands.stream()
              .map(CommandLine::getCommandName)
              .collect(Collectors.joining(" ", "_blkdelta_words ", ""));
      case WORD -> // if none fits, it is a file
          "COMPREPLY=($(compgen -W '%s' -- \"$cur\"))"
              .formatted(Completions.wordsOfOperand(command));
      case NONE -> "_blkdelta_words";
    };
  }
}
