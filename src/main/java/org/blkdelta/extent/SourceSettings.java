package org.blkdelta.extent;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// The options that a user gave to say how a source is read, in the order of their declaration.
///
/// @param values the words of each option that was given; an empty list for a flag
public record SourceSettings(Map<SourceOption, List<String>> values) {

  /// Those of a user who gave none.
  public static final SourceSettings NONE = new SourceSettings(Map.of());

  /// Copies the map.
  public SourceSettings {
    values = new LinkedHashMap<>(values);
  }

  /// Returns the same with one more.
  public SourceSettings with(SourceOption option, String word) {
    var more = new LinkedHashMap<>(values);
    more.put(option, List.of(word));
    return new SourceSettings(more);
  }

  /// Returns whether an option was given.
  public boolean has(SourceOption option) {
    return values.containsKey(option);
  }

  /// Returns what an option names.
  public Optional<String> name(SourceOption option) {
    return Optional.ofNullable(values.get(option)).map(List::getFirst);
  }

  /// Returns the number that an option is.
  public OptionalLong number(SourceOption option) {
    var name = name(option);
    return name.isEmpty() ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(name.get()));
  }

  /// Returns what an option chooses.
  public Set<String> chosen(SourceOption option) {
    return Set.copyOf(values.getOrDefault(option, List.of()));
  }

  /// Returns those that say what the source belongs to, and do not only allow something.
  public List<SourceOption> identifying() {
    return values.keySet().stream()
        .filter(
            option ->
                switch (option.kind()) {
                  case NAME, FILE, PART, NUMBER, SIZE -> true;
                  case FLAG, CHOICES -> false;
                })
        .toList();
  }

  /// Returns the same options as words for a command line.
  public List<String> words() {
    var words = new ArrayList<String>();
    values.forEach(
        (option, given) -> {
          switch (option.kind()) {
            case FLAG -> words.add(option.name());
            case NAME, FILE, PART, NUMBER, SIZE, CHOICES ->
                given.forEach(word -> words.add(option.name() + "=" + word));
          }
        });
    return words;
  }
}
