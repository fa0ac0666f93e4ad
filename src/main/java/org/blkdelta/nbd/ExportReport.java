package org.blkdelta.nbd;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.SourceReport;
import org.blkdelta.extent.Totals;
import org.blkdelta.failure.Printable;
import org.jspecify.annotations.Nullable;

/// What there is to say about an export.
///
/// @param format for programs
/// @param words the same for people
record ExportReport(String format, String words, Export export, Selection selection)
    implements SourceReport {

  private record Facts(
      String format,
      long extents,
      long bytes,
      long zeroBytes,
      long sourceSize,
      boolean readOnly,
      List<String> contexts,
      @Nullable String bitmap,
      @Nullable Integer depth,
      Health state) {}

  private record Health(boolean valid) {}

  @Override
  public Object facts(Totals totals) {
    return new Facts(
        format,
        totals.extents(),
        totals.bytes(),
        totals.zeroBytes(),
        export.size(),
        export.isReadOnly(),
        export.offered(),
        selection instanceof Selection.Bitmap bitmap ? bitmap.name() : null,
        selection instanceof Selection.Layers top ? top.layers() : null,
        new Health(true));
  }

  @Override
  public void print(PrintStream out, Totals totals) {
    out.printf(
        "format:    %s of %s%s%n",
        words, Sizes.binary(export.size()), export.isReadOnly() ? ", read-only" : "");
    out.println(
        switch (selection) {
          case Selection.Whole whole ->
              "allocated: "
                  + share(totals.dataBytes())
                  + (export.saysZeros() ? "" : ", or unknown");
          case Selection.Bitmap bitmap -> "dirty:     " + changed(totals);
          case Selection.Layers top -> "changed:   " + changed(totals);
        });
    for (var context : export.offered()) {
      out.printf("context:   %s%n", Printable.of(context));
    }
  }

  private String changed(Totals totals) {
    return "%s in %s, %s of it zeros"
        .formatted(
            share(totals.bytes()),
            Sizes.count(totals.extents(), "extent"),
            Sizes.binary(totals.zeroBytes()));
  }

  private String share(long bytes) {
    double percent = export.size() == 0 ? 0 : 100.0 * bytes / export.size();
    return String.format(Locale.ROOT, "%s (%.2f%%)", Sizes.binary(bytes), percent);
  }
}
