package org.blkdelta.disk;

class MemoryDiskTest implements WritableDiskContract {

  @Override
  public WritableDisk holding(byte[] content) {
    return new MemoryDisk("memory", content);
  }
}
