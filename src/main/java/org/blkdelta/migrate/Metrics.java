package org.blkdelta.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.blkdelta.linux.DurableFile;
import org.blkdelta.report.ExitCode;

/// What a monitor is told of a job, in the text format of Prometheus, for the textfile collector of
/// its node exporter (see prometheus.io/docs/instrumenting/exposition_formats). Measures and labels
/// are only ever added to.
final class Metrics {

  private static final Set<PosixFilePermission> READABLE =
      PosixFilePermissions.fromString("rw-r--r--");

  private final StringBuilder text = new StringBuilder();
  private final String job;

  private Metrics(String job) {
    this.job = job;
  }

  /// Returns those of a job.
  ///
  /// @param state after its last round
  /// @param code by which that ended
  /// @param downtime how long the machine would be off
  static String of(
      String job, JobState state, ExitCode code, Optional<Downtime> downtime, Instant now) {
    var metrics = new Metrics(job);
    metrics.gauge("last_exit_code", "Exit code of the last round.", new Value("", code.number()));
    var status = Status.of(job, state, now);
    metrics.gauge(
        "job_state",
        "1 for the state that the job is in.",
        Status.STATES.stream()
            .map(each -> new Value(",state=\"" + each + "\"", each.equals(status.state()) ? 1 : 0))
            .toArray(Value[]::new));
    if (!state.completed().isEmpty()) {
      var last = state.completed().getLast();
      metrics.gauge(
          "last_success_timestamp_seconds",
          "When the snapshots of the last complete round were taken: what the copies hold.",
          new Value("", last.takenAt().toEpochMilli() / 1e3));
      metrics.gauge("round_bytes", "Bytes that it sent.", new Value("", last.bytes()));
      metrics.gauge(
          "round_duration_seconds", "How long sending them took.", new Value("", last.seconds()));
    }
    var fills =
        state.lastFills().entrySet().stream()
            .map(fill -> new Value(",disk=\"" + fill.getKey() + "\"", fill.getValue() / 100))
            .toArray(Value[]::new);
    if (fills.length > 0) {
      metrics.gauge(
          "snapshot_fill_ratio", "How full a classic snapshot was when it was sent.", fills);
    }
    var forecast = status.forecast();
    if (forecast != null) {
      metrics.gauge(
          "forecast_rest_seconds",
          "How long sending the rest would take, if nothing were written from now on.",
          new Value(",bound=\"low\"", forecast.low()),
          new Value(",bound=\"expected\"", forecast.seconds()),
          new Value(",bound=\"high\"", forecast.high()));
    }
    downtime.ifPresent(
        off ->
            metrics.gauge(
                "forecast_downtime_seconds",
                "How long the machine would be off if it were moved now.",
                new Value(",bound=\"low\"", off.low()),
                new Value(",bound=\"expected\"", off.seconds()),
                new Value(",bound=\"high\"", off.high())));
    return metrics.text.toString();
  }

  /// Writes them to a file that everybody can read, in one step.
  static void write(String metrics, Path file) throws IOException {
    DurableFile.replace(file, metrics.getBytes(UTF_8), READABLE);
  }

  /// One measure.
  ///
  /// @param labels beside that of the job, each after a comma
  private record Value(String labels, double number) {}

  private void gauge(String name, String help, Value... values) {
    text.append("# HELP blkdelta_%s %s%n".formatted(name, help));
    text.append("# TYPE blkdelta_%s gauge%n".formatted(name));
    for (var value : values) {
      text.append(
          String.format(
              Locale.ROOT,
              "blkdelta_%s{job=\"%s\"%s} %.3f%n",
              name,
              job,
              value.labels(),
              value.number()));
    }
  }
}
