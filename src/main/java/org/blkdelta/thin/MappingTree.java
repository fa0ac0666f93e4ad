package org.blkdelta.thin;

import java.io.IOException;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import org.blkdelta.extent.UnitWindow;

/// The tree that maps one volume's blocks to the pool's. It is walked level by level from the root,
/// so that what another tree shares with it can be left out before it is read.
final class MappingTree {

  private final MetadataBlocks blocks;
  private final Map<Integer, TreeNode> known;
  private final int root;
  private final int height;
  private final BitSet seen = new BitSet();

  /// Finds out how high the tree is, by its first leaf.
  ///
  /// @param known takes the nodes that are read for that, and has those read before
  MappingTree(MetadataBlocks blocks, Map<Integer, TreeNode> known, long root) throws IOException {
    this.blocks = blocks;
    this.known = known;
    this.root = (int) root;
    int steps = 0;
    for (var node = first(root); !node.isLeaf(); node = first(node.value(0))) {
      if (++steps == MetadataBlocks.MAX_LEVELS) {
        throw blocks.endless(root);
      }
    }
    this.height = steps;
  }

  /// Returns the level that holds the root only.
  Level top() {
    var top = new Level(height, 1);
    top.add(root, 0);
    seen.set(root);
    return top;
  }

  /// Returns the children of all nodes of a level.
  Level below(Level level) throws IOException {
    return below(level, 0, Long.MAX_VALUE);
  }

  /// Returns the children of all nodes of a level whose keys can lie between `from` and `end`.
  Level below(Level level, long from, long end) throws IOException {
    long most = Math.min((long) level.count() * TreeNode.MAX_ENTRIES, blocks.count());
    var children = new Level(level.height() - 1, (int) most + 1);
    var reader = new LevelReader(blocks, known, level);
    int done = 0;
    for (var node = reader.next(); node != null; node = reader.next()) {
      int index = reader.index();
      if (done < index) {
        children.addGap(level.low(done));
      }
      if (level.low(index) < node.key(0)) {
        children.addGap(level.low(index));
      }
      addChildren(node, level.end(index), children, from, end);
      done = index + 1;
    }
    if (done < level.count()) {
      children.addGap(level.low(done));
    }
    return children;
  }

  /// Returns the entries of all leaves whose keys can lie between `from` and `end`; the first and
  /// the last of them may lie outside.
  Mappings mappings(long from, long end) throws IOException {
    var level = top();
    while (level.height() > 0) {
      level = below(level, from, end);
    }
    return uniqueMappings(level);
  }

  /// Returns the entries of a level of leaves.
  Mappings mappings(Level leaves) throws IOException {
    return new Mappings(blocks, new LevelReader(blocks, known, leaves), Optional.empty());
  }

  /// Returns the entries of a level of leaves, which may not lead twice to one place: a volume has
  /// each data block once. Takes a bit for each of the pool's blocks.
  Mappings uniqueMappings(Level leaves) throws IOException {
    var reader = new LevelReader(blocks, known, leaves);
    return new Mappings(blocks, reader, Optional.of(new UnitWindow(0)));
  }

  private void addChildren(TreeNode node, long nodeEnd, Level children, long from, long end)
      throws IOException {
    for (int i = 0; i < node.count(); i++) {
      long low = node.key(i);
      long childEnd = i + 1 < node.count() ? node.key(i + 1) : nodeEnd;
      if (childEnd <= from || low >= end) {
        children.addGap(low);
        continue;
      }
      long child = node.value(i);
      blocks.checkNode(child);
      if (seen.get((int) child)) {
        throw blocks.damaged(node.number(), "it leads to block %d a second time".formatted(child));
      }
      seen.set((int) child);
      children.add((int) child, low);
    }
  }

  private TreeNode first(long number) throws IOException {
    blocks.checkNode(number);
    var node = known.get((int) number);
    if (node == null) {
      node = blocks.node(number, TreeNode.NUMBER_SIZE);
      known.put((int) number, node);
    }
    return node;
  }
}
