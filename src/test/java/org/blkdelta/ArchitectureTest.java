package org.blkdelta;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.FileDescriptor;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The house's rooms and the arrows between them, so that a change of either is a decision.
class ArchitectureTest {

  private static final String HOUSE = "org.blkdelta";

  /// Each room and those that it may know.
  private static final Map<String, Set<String>> ARROWS =
      Map.ofEntries(
          entry("failure", Set.of()),
          entry("linux", Set.of("failure")),
          entry("disk", Set.of("linux", "failure")),
          entry("extent", Set.of("disk", "failure")),
          entry("host", Set.of("disk", "linux", "failure")),
          entry("lvm", Set.of("extent", "host", "disk", "linux", "failure")),
          entry("thin", Set.of("extent", "host", "disk", "linux", "failure")),
          entry("vmdk", Set.of("extent", "disk", "failure")),
          entry("nbd", Set.of("extent", "host", "disk", "linux", "failure")),
          entry("vsphere", Set.of("extent", "host", "disk", "linux", "failure")),
          entry("wire", Set.of("extent", "disk", "linux", "failure")),
          entry("remote", Set.of("disk", "linux", "failure")),
          entry("stripes", Set.of("remote", "linux", "failure")),
          entry("remote.sftp", Set.of("remote", "disk", "failure")),
          entry(
              "source",
              set("lvm thin vmdk nbd vsphere wire remote remote.sftp host extent disk failure")),
          entry("sync", Set.of("wire", "extent", "disk", "failure")),
          entry("destination", set("sync source wire nbd host extent disk linux failure")),
          entry(
              "report", set("destination source sync wire remote host extent disk linux failure")),
          entry(
              "run",
              set(
                  "report destination sync source stripes remote wire vsphere vmdk host extent disk linux"
                      + " failure")),
          entry("usage", set("report failure")),
          entry(
              "compat",
              set(
                  "usage run report destination sync source remote wire vmdk lvm thin extent disk"
                      + " linux failure")),
          entry("guardian", set("report host disk linux failure")),
          entry(
              "migrate",
              set(
                  "guardian run report destination source sync wire remote lvm vsphere host extent linux failure")),
          entry(
              "cli",
              set(
                  "compat migrate guardian usage run report destination sync source stripes remote wire vmdk vsphere"
                      + " lvm host extent disk linux failure")));

  private static Set<String> set(String rooms) {
    return Set.of(rooms.split(" "));
  }

  private static final JavaClasses PROGRAM =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(HOUSE);

  static Stream<String> rooms() {
    return ARROWS.keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("rooms")
  void a_room_knows_only_those_that_the_house_allows(String room) {
    var allowed =
        Stream.concat(Stream.of(room), ARROWS.getOrDefault(room, Set.of()).stream())
            .map(ArchitectureTest::name)
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(name(room))
        .should()
        .dependOnClassesThat(resideInAPackage(HOUSE + "..").and(not(resideInAnyPackage(allowed))))
        .check(PROGRAM);
  }

  @Test
  void every_room_has_its_arrows_named_here() {
    var found =
        PROGRAM.stream()
            .map(type -> type.getPackageName().substring(HOUSE.length() + 1))
            .collect(toSet());
    assertEquals(ARROWS.keySet(), found);
  }

  @Test
  void there_are_no_circles() {
    slices().matching(HOUSE + ".(**)").should().beFreeOfCycles().check(PROGRAM);
  }

  @Test
  void file_channels_stay_in_disk_and_linux() {
    noClasses()
        .that(
            not(resideInAnyPackage(inside("disk"), inside("linux")))
                .and(not(named("org.blkdelta.destination.Undo")))
                .and(not(named("org.blkdelta.destination.LocalDestination"))))
        .should()
        .dependOnClassesThat()
        .areAssignableTo(FileChannel.class)
        .check(PROGRAM);
  }

  @Test
  void programs_are_started_by_host_and_remote_only() {
    noClasses()
        .that(not(resideInAnyPackage(inside("host"), inside("remote"))))
        .should()
        .dependOnClassesThat()
        .areAssignableTo(ProcessBuilder.class)
        .orShould()
        .callMethodWhere(
            describe(
                "call Runtime.exec",
                call -> isOf(call, Runtime.class) && call.getName().equals("exec")))
        .check(PROGRAM);
  }

  @Test
  void standard_streams_and_exit_belong_to_main() {
    noClasses()
        .that(not(named("org.blkdelta.cli.Main")))
        .should()
        .accessFieldWhere(
            describe(
                "use a standard stream",
                access -> isOf(access, System.class) || isOf(access, FileDescriptor.class)))
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .check(PROGRAM);
  }

  @Test
  void each_library_has_its_room() {
    onlyIn("picocli..", "cli", "compat", "usage");
    onlyIn("org.apache.sshd..", "remote");
    onlyIn("com.dynatrace.hash4j..", "wire");
    onlyIn("com.google.gson..", "host", "nbd", "destination", "report");
    onlyIn("org.apache.commons..", "remote");
    onlyIn("com.github.luben..", "wire");
  }

  private static void onlyIn(String library, String... rooms) {
    var allowed = Arrays.stream(rooms).map(ArchitectureTest::inside).toArray(String[]::new);
    classes()
        .that(not(resideInAnyPackage(allowed)))
        .should()
        .onlyDependOnClassesThat(not(resideInAPackage(library)))
        .check(PROGRAM);
  }

  /// Returns a room's package, without those inside it.
  private static String name(String room) {
    return HOUSE + "." + room;
  }

  private static String inside(String room) {
    return name(room) + "..";
  }

  private static boolean isOf(JavaAccess<?> access, Class<?> owner) {
    return access.getTargetOwner().isEquivalentTo(owner);
  }

  /// Classes with these names and those inside them.
  private static DescribedPredicate<JavaClass> named(String... names) {
    return describe(
        "named " + String.join(" or ", names),
        type ->
            Arrays.stream(names).anyMatch(name -> (type.getName() + "$").startsWith(name + "$")));
  }
}
