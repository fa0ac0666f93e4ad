package org.blkdelta.real;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.blkdelta.cli.Cli;
import org.blkdelta.cli.Launched;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random chains of VMware links of all formats. What they make of a copy of their base is what
/// qemu makes of them, and what an array in memory holds to which the same was written; what each
/// of them changes is what qemu says.
class RandomVmdkIT {

  private static final int CHAINS = Integer.getInteger("blkdelta.chains", 40);

  /// One in so many is synced by a process of its own, through the launcher, which takes long.
  private static final int LAUNCHED = 20;

  @TempDir Path folder;

  private final AtomicInteger next = new AtomicInteger();

  @Test
  void a_chain_makes_of_its_base_what_qemu_and_an_array_make() {
    QemuImages.require();
    long seed = Long.getLong("blkdelta.seed", new Random().nextInt(1_000_000));
    System.out.println("RandomVmdkIT: seed " + seed + " (again with -Dblkdelta.seed=" + seed + ")");
    var other = CompletableFuture.runAsync(() -> chains(seed));
    chains(seed);
    other.join();
  }

  private void chains(long seed) {
    for (int number = next.getAndIncrement(); number < CHAINS; number = next.getAndIncrement()) {
      try {
        chain(seed, number);
      } catch (IOException fault) {
        throw new UncheckedIOException(fault);
      }
    }
  }

  /// Each chain has its own sequence, so that which thread makes it is all the same.
  private void chain(long seed, int number) throws IOException {
    var random = new Random(seed * CHAINS + number);
    var place = Files.createDirectory(folder.resolve("chain" + number));
    var description = "chain " + number;
    try {
      var chain = RandomChain.make(random, place);
      description += " " + chain;
      new Trial(chain, place, random, number % LAUNCHED == 0).run();
    } catch (AssertionError | RuntimeException failed) {
      throw new AssertionError(
          "seed %d, %s: %s".formatted(seed, description, failed.getMessage()), failed);
    }
    try (var files = Files.walk(place)) {
      for (var file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }

  /// What one chain is asked.
  private record Trial(RandomChain chain, Path place, Random random, boolean launched) {

    void run() throws IOException {
      assertSame(chain.top().state(), new QemuImages(place).flattened(chain.top().file()), "qemu");
      for (int i = 1; i < chain.links().size(); i++) {
        assertEquals(
            expected(chain.links().get(i - 1), chain.links().get(i)),
            blkdelta(
                "inspect",
                "--extents",
                "--since",
                chain.links().get(i - 1).file(),
                chain.links().get(i).file()));
      }
      var whole = copyOfBase("whole");
      if (launched) {
        launch("sync", chain.top().file(), whole);
      } else {
        blkdelta("sync", chain.top().file(), whole);
      }
      assertSame(chain.top().state(), Files.readAllBytes(whole), "sync");
      wrong();
      copied();
      rounds();
      named();
    }

    /// What is no copy of the base is refused, and left as it is.
    private void wrong() throws IOException {
      var rubbish = new byte[chain.top().state().length];
      Arrays.fill(rubbish, (byte) 0x5a);
      var destination = Files.write(place.resolve("wrong"), rubbish);
      var run = Cli.run("sync", chain.top().file(), destination);
      if (run.status() == 0) {
        assertSame(chain.top().state(), Files.readAllBytes(destination), "all of it changed");
      } else {
        assertEquals(5, run.status(), run.stderr());
        assertSame(rubbish, Files.readAllBytes(destination), "a refused destination");
      }
    }

    /// A copy needs nothing of what the destination held.
    private void copied() throws IOException {
      var rubbish = new byte[chain.top().state().length];
      Arrays.fill(rubbish, (byte) 0x5a);
      var copy = Files.write(place.resolve("copied"), rubbish);
      blkdelta("copy", chain.top().file(), copy);
      assertSame(chain.top().state(), Files.readAllBytes(copy), "copy");
      blkdelta("verify", chain.top().file(), copy);
    }

    /// The destination follows some of the links, the last among them.
    private void rounds() throws IOException {
      var destination = copyOfBase("rounds");
      var since = chain.links().getFirst();
      for (var link : chain.links().subList(1, chain.links().size())) {
        if (link == chain.top() || random.nextBoolean()) {
          blkdelta("sync", "--since", since.file(), link.file(), destination);
          var now = Files.readAllBytes(destination);
          assertSame(link.state(), Arrays.copyOf(now, link.state().length), "--since");
          since = link;
        }
      }
    }

    /// Links that are named one by one; with the base among them nothing of the destination counts.
    private void named() throws IOException {
      boolean withBase = random.nextBoolean();
      var destination = copyOfBase("named");
      if (withBase) {
        var rubbish = new byte[(int) Files.size(destination)];
        Arrays.fill(rubbish, (byte) 0x5a);
        Files.write(destination, rubbish);
      }
      var files =
          chain.links().stream().skip(withBase ? 0 : 1).map(RandomChain.MadeLink::file).toList();
      var command = files.size() == 1 ? List.of("vmdksync") : List.of("sync", "--base=assume");
      blkdelta(
          Stream.of(command.stream(), files.stream(), Stream.of(destination))
              .flatMap(words -> words)
              .toArray());
      assertSame(chain.top().state(), Files.readAllBytes(destination), "named");
    }

    /// Returns a file as large as the last disk, which holds the base and rubbish.
    private Path copyOfBase(String name) throws IOException {
      var base = chain.links().getFirst().state();
      var bytes = Arrays.copyOf(base, chain.top().state().length);
      Arrays.fill(bytes, base.length, bytes.length, (byte) 0x5a);
      return Files.write(place.resolve(name), bytes);
    }

    private void launch(Object... words) throws IOException {
      try (var run = Launched.start(place, words)) {
        assertEquals("", new String(run.stdout().readAllBytes(), UTF_8));
        assertEquals(0, run.status(), run.stderr());
      }
    }

    /// Chains run side by side in this process. A child that another of them is just starting has
    /// all files open that this one has, and their locks, until it is its program.
    private static String blkdelta(Object... words) {
      var run = Cli.run(words);
      for (int tries = 1; tries < 5 && run.stderr().contains("is open exclusively"); tries++) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
        run = Cli.run(words);
      }
      return run.ok().stdout();
    }

    /// Returns what qemu says that a link has, and zeros where the disk was grown.
    private String expected(RandomChain.MadeLink parent, RandomChain.MadeLink link)
        throws IOException {
      var kinds = new QemuImages(place).map(link.file(), link.sectors());
      for (int sector = 0; sector < kinds.length; sector++) {
        boolean hidden = kinds[sector] == 'd' && link.hiddenZeros().get(sector);
        boolean grown = kinds[sector] == '.' && sector >= parent.sectors();
        if (hidden || grown) {
          kinds[sector] = 'z';
        }
      }
      return lines(kinds);
    }

    private static String lines(char[] kinds) {
      var lines = new ArrayList<String>();
      for (int from = 0, end; from < kinds.length; from = end) {
        end = from + 1;
        while (end < kinds.length && kinds[end] == kinds[from]) {
          end++;
        }
        if (kinds[from] != '.') {
          var kind = kinds[from] == 'd' ? "data" : "zero";
          lines.add("%d %d %s%n".formatted(from * 512L, (end - from) * 512L, kind));
        }
      }
      return String.join("", lines);
    }

    private static void assertSame(byte[] expected, byte[] actual, String who) {
      int at = Arrays.mismatch(expected, actual);
      if (at >= 0) {
        throw new AssertionError(
            "%s: differs at byte %d (sector %d) of %d".formatted(who, at, at / 512, actual.length));
      }
    }
  }
}
