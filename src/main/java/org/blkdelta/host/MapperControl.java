package org.blkdelta.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.blkdelta.host.DeviceMapper.Device;
import org.blkdelta.host.DeviceMapper.Target;
import org.blkdelta.linux.DeviceNumber;
import org.blkdelta.linux.NativeFile;

/// Device-mapper as the kernel itself tells of it, by the ioctls of `/dev/mapper/control`: a run
/// asks so often that a process for each question would take most of a short run's time. The
/// structures are those of include/uapi/linux/dm-ioctl.h, version 4.
final class MapperControl implements DeviceMapper.Tables {

  private static final long IOWR_DM_IOCTL = 0xc138fd00L;
  private static final int LIST_DEVICES = 2;
  private static final int DEV_STATUS = 7;
  private static final int TABLE_STATUS = 12;

  private static final int SUSPENDED = 1 << 1;
  private static final int STATUS_TABLE = 1 << 4;
  private static final int BUFFER_FULL = 1 << 8;
  private static final int NOFLUSH = 1 << 11;

  // struct dm_ioctl
  private static final int MAJOR_VERSION = 4;
  private static final int DATA_SIZE_AT = 12;
  private static final int DATA_START_AT = 16;
  private static final int TARGET_COUNT_AT = 20;
  private static final int OPEN_COUNT_AT = 24;
  private static final int FLAGS_AT = 28;
  private static final int DEV_AT = 40;
  private static final int NAME_AT = 48;
  private static final int NAME_BYTES = 128;
  private static final int UUID_AT = 176;
  private static final int UUID_BYTES = 129;
  private static final int HEAD = 312;

  // struct dm_name_list: dev, how far the next one is, name
  private static final int LIST_NEXT_AT = 8;

  // struct dm_target_spec: sector_start, length, status, where the next one is, type, arguments
  private static final int TARGET_LENGTH_AT = 8;
  private static final int TARGET_NEXT_AT = 20;
  private static final int TARGET_TYPE_AT = 24;
  private static final int TARGET_TYPE_BYTES = 16;
  private static final int TARGET_ARGUMENTS_AT = 40;

  private static final int MIN_BYTES = 16 << 10;
  private static final int MAX_BYTES = 64 << 20;

  private final Path control;

  /// Creates one that asks at a node, `/dev/mapper/control`.
  MapperControl(Path control) {
    this.control = control;
  }

  @Override
  public List<Device> devices() throws IOException {
    var found = new ArrayList<Device>();
    for (var number : numbers()) {
      try {
        found.add(device(number, ask(DEV_STATUS, 0, question -> put(question, number))));
      } catch (NoSuchFileException gone) {
        // removed since it was listed
      }
    }
    return found;
  }

  @Override
  public List<Target> tables() throws IOException {
    var found = new ArrayList<Target>();
    for (var number : numbers()) {
      try {
        found.addAll(
            targets(ask(TABLE_STATUS, STATUS_TABLE | NOFLUSH, question -> put(question, number))));
      } catch (NoSuchFileException gone) {
        // as above
      }
    }
    return found;
  }

  @Override
  public List<Target> status(String name) throws IOException {
    var bytes = name.getBytes(StandardCharsets.UTF_8);
    try {
      if (bytes.length >= NAME_BYTES) {
        throw new NoSuchFileException(name);
      }
      return targets(ask(TABLE_STATUS, NOFLUSH, question -> question.put(NAME_AT, bytes)));
    } catch (NoSuchFileException gone) {
      throw new IOException(name + ": there is no such device", gone);
    }
  }

  private static void put(ByteBuffer question, DeviceNumber number) {
    question.putLong(
        DEV_AT,
        (number.minor() & 0xffL)
            | ((long) number.major() << 8)
            | ((number.minor() & ~0xffL) << 12));
  }

  private List<DeviceNumber> numbers() throws IOException {
    var answer = ask(LIST_DEVICES, 0, question -> {});
    var found = new ArrayList<DeviceNumber>();
    int at = answer.getInt(DATA_START_AT);
    int next;
    do {
      long number = answer.getLong(at);
      if (number == 0) {
        break; // there are none
      }
      found.add(
          new DeviceNumber(
              (int) ((number >>> 8) & 0xfff),
              (int) ((number & 0xff) | ((number >>> 12) & 0xfff00))));
      next = answer.getInt(at + LIST_NEXT_AT);
      at += next;
    } while (next != 0);
    return found;
  }

  private static Device device(DeviceNumber number, ByteBuffer answer) {
    return new Device(
        text(answer, NAME_AT, NAME_BYTES),
        number,
        answer.getInt(OPEN_COUNT_AT),
        (answer.getInt(FLAGS_AT) & SUSPENDED) != 0,
        text(answer, UUID_AT, UUID_BYTES));
  }

  private static List<Target> targets(ByteBuffer answer) {
    var name = text(answer, NAME_AT, NAME_BYTES);
    int start = answer.getInt(DATA_START_AT);
    var found = new ArrayList<Target>();
    int at = start;
    for (int i = 0; i < answer.getInt(TARGET_COUNT_AT); i++) {
      var arguments = text(answer, at + TARGET_ARGUMENTS_AT, answer.limit());
      found.add(
          new Target(
              name,
              answer.getLong(at),
              answer.getLong(at + TARGET_LENGTH_AT),
              text(answer, at + TARGET_TYPE_AT, TARGET_TYPE_BYTES),
              arguments.isBlank() ? List.of() : List.of(arguments.strip().split("\\s+"))));
      at = start + answer.getInt(at + TARGET_NEXT_AT);
    }
    return found;
  }

  /// Says what is asked about.
  private interface Question {
    void write(ByteBuffer question);
  }

  private ByteBuffer ask(int command, int flags, Question about) throws IOException {
    for (int size = MIN_BYTES; size <= MAX_BYTES; size *= 4) {
      var bytes = new byte[size];
      var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
      buffer.putInt(0, MAJOR_VERSION);
      buffer.putInt(DATA_SIZE_AT, size);
      buffer.putInt(DATA_START_AT, HEAD);
      buffer.putInt(FLAGS_AT, flags);
      about.write(buffer);
      try {
        NativeFile.exchange(control, IOWR_DM_IOCTL | command, bytes);
      } catch (AccessDeniedException denied) {
        throw new NeedsRootException("device-mapper");
      } catch (NoSuchFileException gone) {
        throw gone;
      } catch (IOException fault) {
        throw new IOException(
            "%s: the kernel's device-mapper does not answer: %s"
                .formatted(control, fault.getMessage()),
            fault);
      }
      if ((buffer.getInt(FLAGS_AT) & BUFFER_FULL) == 0) {
        return buffer;
      }
    }
    throw new IOException(control + ": the kernel's answer has more than 64 MiB");
  }

  /// Returns a text that ends with a zero, or with its field.
  private static String text(ByteBuffer answer, int at, int most) {
    var text = new ByteArrayOutputStream();
    for (int i = at; i < Math.min(at + most, answer.limit()) && answer.get(i) != 0; i++) {
      text.write(answer.get(i));
    }
    return text.toString(StandardCharsets.UTF_8);
  }
}
