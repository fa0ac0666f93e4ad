package org.blkdelta.nbd;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.blkdelta.extent.ForwardingSource;
import org.blkdelta.extent.OpenSource;
import org.blkdelta.extent.RawNames;
import org.blkdelta.extent.Sizes;
import org.blkdelta.extent.SourceFormat;
import org.blkdelta.extent.SourceOption;
import org.blkdelta.extent.SourceRequest;
import org.blkdelta.failure.SourceException;
import org.blkdelta.host.ImageServer;

/// A disk image by its file: qcow2, VHDX, VHD or VDI. A `qemu-nbd` of our own opens it, and what it
/// serves is read.
public final class ImageFormat implements SourceFormat {

  private final boolean isWhole;

  /// @param isWhole whether all of it is read, and not what the overlay holds
  public ImageFormat(boolean isWhole) {
    this.isWhole = isWhole;
  }

  @Override
  public String words() {
    return "a disk image (qcow2, VHDX, VHD, VDI)";
  }

  @Override
  public List<SourceOption> options() {
    return isWhole
        ? List.of(SourceOption.ALLOW_OUTSIDE)
        : List.of(SourceOption.ALLOW_OUTSIDE, ExportFormat.DEPTH);
  }

  @Override
  public boolean isOne(SourceRequest request) throws IOException {
    return request.names().size() == 1
        && !request.isRemote()
        && !request.isRaw()
        && kind(request.file()).isPresent();
  }

  @Override
  public OpenSource open(SourceRequest request) throws IOException {
    var file = request.file();
    var kind = kind(file).orElseThrow();
    RawNames.check(file, kind.words(), "." + kind.name().toLowerCase(Locale.ROOT));
    boolean isOutsideAllowed = request.settings().has(SourceOption.ALLOW_OUTSIDE);
    var chain = ImageChain.of(file, kind, isOutsideAllowed);
    var selection = isWhole ? Selection.WHOLE : layers(request, chain);
    for (var link : chain.links()) {
      request.use().admit(link.file());
    }
    var server =
        ImageServer.start(chain.layers())
            .orElseThrow(
                () ->
                    new SourceException(
                        "%s: is %s, which is read by way of qemu-nbd, and that is not here; install it (Debian: qemu-utils, Fedora: qemu-img), or take the file's bytes as they are: --raw"
                            .formatted(file, kind.words())));
    var baseSize = baseSize(selection, chain);
    var source =
        new Startup(server, file, kind, Side.SOURCE)
            .connected(uri -> ExportSource.open(uri, selection, baseSize));
    var report = new ExportReport(kind.format(), kind.words(), source.export(), selection);
    return new OpenSource(new Image(source, chain), report, false, server);
  }

  private static Optional<ImageKind> kind(Path path) throws SourceException {
    try {
      return ImageFile.of(path).map(ImageFile::kind);
    } catch (IOException fault) {
      throw SourceException.unreadable(fault);
    }
  }

  private static Selection layers(SourceRequest request, ImageChain chain) throws IOException {
    var top = Selection.Layers.of(request.settings().number(ExportFormat.DEPTH).orElse(1));
    if (top.layers() >= chain.links().size()) {
      throw new SourceException(
          "%s: has %s, so nothing is below the top %d; copy all of it: blkdelta copy"
              .formatted(request.file(), Sizes.count(chain.links().size(), "layer"), top.layers()));
    }
    return top;
  }

  /// Returns the size of what the layers stand on: what is beyond it is theirs.
  private static OptionalLong baseSize(Selection selection, ImageChain chain) {
    return selection instanceof Selection.Layers top
        ? OptionalLong.of(chain.links().get(top.layers()).size())
        : OptionalLong.empty();
  }

  /// What is served, which stands on the files of the chain.
  private static final class Image extends ForwardingSource {

    private final ImageChain chain;

    Image(ExportSource source, ImageChain chain) {
      super(source);
      this.chain = chain;
    }

    @Override
    public List<Path> standsOn() {
      return chain.links().stream().map(ImageChain.Link::file).toList();
    }
  }
}
