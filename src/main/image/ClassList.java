import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.InvokeDynamicEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandleInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.zip.ZipFile;

/// What goes into the archive of classes: what runs were seen to load. That is recorded in a file of
/// the source tree, since no two runs load quite the same: which thread meets which decides. So the
/// same source gives the same list. Of the program's own classes only the names are recorded: what
/// they refer to comes from their jar, and one that is new is not in the archive until runs are
/// recorded again. The lines are those of `-XX:DumpLoadedClassList`.
final class ClassList {

  private static final String OWN = "org/blkdelta/";

  private static final String RESOLVED = "@cp ";

  private static final String LAMBDA = "@lambda-proxy ";

  private final TreeSet<String> classes = new TreeSet<>();
  private final TreeMap<String, TreeSet<Integer>> resolved = new TreeMap<>();
  private final TreeSet<String> others = new TreeSet<>();

  /// Adds a line of a list. Comments, and what the program's own classes refer to, are left out.
  void add(String line) {
    if (line.startsWith(RESOLVED)) {
      addResolved(line.split(" "));
    } else if (line.startsWith(LAMBDA + OWN) || line.startsWith("#")) {
      return;
    } else if (line.startsWith("@")) {
      others.add(line);
    } else {
      classes.add(line);
    }
  }

  private void addResolved(String[] words) {
    if (!words[1].startsWith(OWN)) {
      var indices = resolved.computeIfAbsent(words[1], name -> new TreeSet<>());
      for (int i = 2; i < words.length; i++) {
        indices.add(Integer.valueOf(words[i]));
      }
    }
  }

  /// Adds what the program's own classes refer to, and drops those that its jar no longer has.
  void completeOwn(Path jar) throws IOException {
    var own = new TreeSet<String>();
    classes.stream().filter(name -> name.startsWith(OWN)).forEach(own::add);
    try (var file = new ZipFile(jar.toFile())) {
      for (var name : own) {
        var entry = file.getEntry(name + ".class");
        if (entry == null) {
          classes.remove(name);
          continue;
        }
        try (var bytes = file.getInputStream(entry)) {
          addReferences(name, ClassFile.of().parse(bytes.readAllBytes()));
        }
      }
    }
  }

  private void addReferences(String name, ClassModel type) {
    var indices = new TreeSet<Integer>();
    for (var entry : type.constantPool()) {
      if (isResolvable(entry)) {
        indices.add(entry.index());
      }
      if (entry instanceof InvokeDynamicEntry call) {
        addLambda(name, call);
      }
    }
    if (!indices.isEmpty()) {
      resolved.put(name, indices);
    }
  }

  private static boolean isResolvable(PoolEntry entry) {
    return entry instanceof ClassEntry
        || entry instanceof MemberRefEntry
        || entry instanceof InvokeDynamicEntry;
  }

  private void addLambda(String type, InvokeDynamicEntry call) {
    var symbol = call.asSymbol();
    var arguments = symbol.bootstrapArgs();
    if (symbol.bootstrapMethod() instanceof DirectMethodHandleDesc maker
        && maker.methodName().equals("metafactory")
        && arguments[0] instanceof MethodTypeDesc erased
        && arguments[1] instanceof DirectMethodHandleDesc made
        && arguments[2] instanceof MethodTypeDesc instantiated) {
      others.add(
          String.join(
              " ",
              LAMBDA.strip(),
              type,
              symbol.invocationName(),
              symbol.invocationType().descriptorString(),
              erased.descriptorString(),
              "REF_" + MethodHandleInfo.referenceKindToString(made.kind().refKind),
              made.owner().descriptorString().replaceFirst("^L(.*);$", "$1"),
              made.methodName(),
              made.lookupDescriptor(),
              instantiated.descriptorString()));
    }
  }

  /// Returns the lines: classes first, for the others name them.
  List<String> lines() {
    var lines = new ArrayList<>(classes);
    resolved.forEach(
        (name, indices) ->
            lines.add(
                RESOLVED
                    + name
                    + " "
                    + indices.stream().map(String::valueOf).collect(Collectors.joining(" "))));
    lines.addAll(others);
    return lines;
  }

  static ClassList read(Path file) throws IOException {
    var list = new ClassList();
    Files.readAllLines(file, UTF_8).forEach(list::add);
    return list;
  }
}
