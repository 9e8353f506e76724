package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Of the jar, in which other JDKs find other classes. */
class MappedMemoryIT {
  private static final boolean SEGMENTS = Runtime.version().feature() >= 22;
  private static final long GIB = 1L << 30;

  @TempDir Path tmp;

  private Path sparse(long size) throws IOException {
    Path file = tmp.resolve("memory");
    try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(size);
    }
    return file;
  }

  @Test
  @DisplayName("two mappings of a file are the same memory, in the machine's byte order")
  void shared() throws Exception {
    Path file = MappedMemory.reserve(tmp.resolve("memory"), 1_000_003);
    try (var here = new MappedMemory(file, 1_000_003);
        var there = new MappedMemory(file, 1_000_003)) {
      here.buffer(0, 1_000_003).putInt(999_999, 7);
      ByteBuffer part = there.buffer(999_999, 4);
      assertThat(part.order()).isEqualTo(ByteOrder.nativeOrder());
      assertThat(part.getInt()).isEqualTo(7);
      assertThat(there.buffer(1_000_003, 0).remaining()).isZero();
      assertThatThrownBy(() -> there.buffer(1, 1_000_003))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> there.buffer(-1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  @DisplayName("more than 2 GiB are seen in parts of up to 1 GiB, wherever they begin")
  void large() throws Exception {
    long size = 5 * GIB + 12;
    try (var memory = new MappedMemory(sparse(size), size)) {
      for (long at : new long[] {0, GIB - 4, GIB, 2 * GIB + 5, 5 * GIB - 8, size - 8}) {
        int length = (int) Math.min(GIB, size - at);
        memory.buffer(at, length).putLong(length - 8, at);
        assertThat(memory.buffer(at + length - 8, 8).getLong()).isEqualTo(at);
      }
      int most = MappedMemory.LONGEST_BUFFER;
      assertThat(memory.buffer(GIB, most).capacity()).isEqualTo(most);
      assertThatThrownBy(() -> memory.buffer(0, Integer.MAX_VALUE))
          .isInstanceOf(IllegalArgumentException.class);
      if (!SEGMENTS) {
        assertThatThrownBy(() -> memory.buffer(GIB + 9, most))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("1 GiB at most");
      }
    }
  }

  @Test
  @DisplayName("on JDK 22 and later it is a MemorySegment too, and closing it ends every view")
  void segment() throws Exception {
    MappedMemory memory = new MappedMemory(MappedMemory.reserve(tmp.resolve("m"), 64), 64);
    ByteBuffer view = memory.buffer(0, 64);
    if (!SEGMENTS) {
      assertThatThrownBy(() -> memory.as(Runnable.class))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("on JDK " + Runtime.version().feature());
      assertThat(memory.closeNow()).isTrue();
      return;
    }
    Class<?> type = Class.forName("java.lang.foreign.MemorySegment");
    Object segment = memory.as(type);
    assertThat(type.getMethod("byteSize").invoke(segment)).isEqualTo(64L);
    assertThatThrownBy(() -> memory.as(Runnable.class))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(memory.closeNow()).isFalse();
    assertThatThrownBy(view::get).isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisplayName("what is closed, gone, or of another size says so")
  void refused() throws Exception {
    MappedMemory closed = new MappedMemory(sparse(10), 10);
    closed.close();
    closed.close();
    assertThat(closed.isClosed()).isTrue();
    assertThatThrownBy(() -> closed.buffer(0, 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new MappedMemory(tmp.resolve("none"), 10).map())
        .isInstanceOf(UncheckedIOException.class);
    assertThatThrownBy(() -> new MappedMemory(tmp.resolve("memory"), 11).map())
        .hasRootCauseInstanceOf(WireException.class);
  }

  @Test
  @DisplayName("an interrupted thread maps all the same, and stays interrupted")
  void interrupted() throws Exception {
    try (var memory = new MappedMemory(sparse(10), 10)) {
      Thread.currentThread().interrupt();
      memory.map();
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
