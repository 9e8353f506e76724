package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.internal.codec.BufferReference;
import dev.procession.spi.TaskSerializer;
import dev.procession.testing.Gate;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.SharedFiles;
import java.io.ObjectInputFilter;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that parent and workers read and write together. */
@NoLeaks
class SharedBufferIT {
  private static final boolean SEGMENTS = Runtime.version().feature() >= 22;
  private static final int SIZE = 1 << 20;

  @TempDir Path tmp;

  /** Files of buffers, whoever has made them. */
  private static List<Path> files() {
    return SharedFiles.named("buffer-.*|w[0-9]+b[0-9]+");
  }

  private static SharedBuffer made(int size, int value) {
    SharedBuffer buffer = SharedBuffer.allocate(size);
    buffer.buffer().putInt(0, value).putInt(size - 4, value);
    return buffer;
  }

  /* ---- Crossing ---- */

  @Test
  @DisplayName("a task writes in place what the parent reads, and the next task finds it mapped")
  void fromParent() throws Exception {
    try (var pool = Pools.of(1);
        SharedBuffer buffer = pool.allocate(SIZE)) {
      assertThat(buffer.size()).isEqualTo(SIZE);
      assertThat(buffer.buffer().isDirect()).isTrue();
      assertThat(buffer.buffer().getLong(SIZE - 8)).isZero();
      buffer.buffer().putInt(8, 20);
      VoidTask twice = () -> buffer.buffer().putInt(8, 2 * buffer.buffer().getInt(8));
      pool.submit(twice).result();
      assertThat(buffer.buffer().getInt(8)).isEqualTo(40);
      long worker = pool.submit(Pools::pid).result();
      assertThat(SharedFiles.isMapped(worker, files().get(0))).isTrue();
      pool.submit(twice).result();
      assertThat(buffer.buffer().getInt(8)).isEqualTo(80);
      assertThat(pool.submit(twice).info().bytesIn()).isLessThan(500);
    }
    assertThat(files()).isEmpty();
  }

  @Test
  @DisplayName("what a task has made and returned is the parent's, as a whole and within a result")
  void fromWorker() throws Exception {
    record Page(int number, SharedBuffer pixels) {}
    try (var pool = Pools.of(1)) {
      try (SharedBuffer buffer = pool.submit(() -> made(SIZE, 7)).result()) {
        assertThat(buffer.size()).isEqualTo(SIZE);
        assertThat(buffer.buffer().getInt(SIZE - 4)).isEqualTo(7);
        assertThat(files()).hasSize(1);
      }
      assertThat(files()).isEmpty();
      Page page = pool.submit(() -> new Page(3, made(SIZE, 3))).result();
      assertThat(page.pixels().buffer().getInt(0)).isEqualTo(3);
      List<SharedBuffer> two = pool.submit(() -> List.of(made(SIZE, 1), made(SIZE, 2))).result();
      assertThat(two.get(1).buffer().getInt(0)).isEqualTo(2);
      // And on to another task.
      int sum =
          pool.submit(
                  () ->
                      page.pixels().buffer().getInt(0)
                          + two.get(0).buffer().getInt(0)
                          + two.get(1).buffer().getInt(0))
              .result();
      assertThat(sum).isEqualTo(6);
      page.pixels().close();
      two.forEach(SharedBuffer::close);
      assertThat(files()).isEmpty();
    }
  }

  @Test
  @DisplayName("elements of a map bring each its own")
  void fromMap() throws Exception {
    try (var pool = Pools.of(2)) {
      List<Integer> inputs = IntStream.range(0, 100).boxed().toList();
      int i = 0;
      try (MapResults<SharedBuffer> results = pool.map((Integer n) -> made(64, n), inputs)) {
        for (SharedBuffer buffer : results) {
          assertThat(buffer.buffer().getInt(60)).isEqualTo(i++);
          buffer.close();
        }
      }
      assertThat(i).isEqualTo(100);
      assertThat(files()).isEmpty();
    }
  }

  @Test
  @DisplayName("one that comes back is the parent's own object, also if a worker has kept it")
  void comesBack() throws Exception {
    try (var pool = Pools.of(1);
        SharedBuffer own = pool.allocate(64);
        SharedBuffer kept = pool.submit(() -> Kept.buffer()).result()) {
      assertThat(pool.submit(() -> Map.of("k", own)).result().get("k")).isSameAs(own);
      assertThat(pool.submit(() -> Kept.buffer()).result()).isSameAs(kept);
      VoidTask write = () -> Kept.buffer().buffer().putInt(0, 5);
      pool.submit(write).result();
      assertThat(kept.buffer().getInt(0)).isEqualTo(5);
    }
  }

  private static final class Kept {
    private static SharedBuffer made;

    static synchronized SharedBuffer buffer() {
      if (made == null) {
        made = SharedBuffer.allocate(64);
      }
      return made;
    }
  }

  @Test
  @DisplayName("with JDK serialisation, and past a filter that allows SharedBuffer")
  void jdkSerializer() throws Exception {
    try (var pool = Pools.builder(1).serializer(TaskSerializer.jdk()).build();
        SharedBuffer own = pool.allocate(64)) {
      VoidTask write = () -> own.buffer().putInt(0, 9);
      pool.submit(write).result();
      assertThat(own.buffer().getInt(0)).isEqualTo(9);
      pool.submit(() -> made(64, 1)).result().close();
    }
    ObjectInputFilter allows =
        ObjectInputFilter.Config.createFilter("dev.procession.SharedBuffer;java.base/*;!*");
    try (var pool = Pools.builder(1).resultFilter(allows).build()) {
      pool.submit(() -> made(64, 1)).result().close();
      assertThatThrownBy(() -> pool.submit(() -> new Other(made(64, 1))).result())
          .isInstanceOf(TaskDeserializationException.class);
      assertThat(files()).isEmpty();
    }
  }

  private record Other(SharedBuffer buffer) implements Serializable {}

  @Test
  @DisplayName("in process it is the same, and a task's close is not the parent's")
  void inProcess() throws Exception {
    try (var pool = ProcessPoolExecutor.builder().inProcess(true).workers(1).build();
        SharedBuffer own = pool.allocate(64)) {
      pool.submit(
              () -> {
                own.buffer().putInt(0, 9);
                own.close();
              })
          .result();
      assertThat(own.buffer().getInt(0)).isEqualTo(9);
      pool.submit(() -> made(64, 1)).result().close();
    }
    assertThat(files()).isEmpty();
  }

  @Test
  @DisplayName("on JDK 22 and later it is a MemorySegment too")
  void segment() throws Exception {
    try (var pool = Pools.of(1);
        SharedBuffer buffer = pool.allocate(64)) {
      assertThat(buffer.as(ByteBuffer.class).capacity()).isEqualTo(64);
      if (SEGMENTS) {
        Class<?> type = Class.forName("java.lang.foreign.MemorySegment");
        assertThat(type.getMethod("byteSize").invoke(buffer.as(type))).isEqualTo(64L);
      } else {
        assertThatThrownBy(() -> buffer.as(Runnable.class))
            .isInstanceOf(UnsupportedOperationException.class);
      }
    }
  }

  /* ---- Lifetime ---- */

  @ParameterizedTest
  @ValueSource(strings = {"returns", "throws", "halts", "closes", "unwritable"})
  @DisplayName("what a task has made and not returned is freed at its end, in whatever way it ends")
  void notReturned(String end) throws Exception {
    try (var pool = Pools.of(1)) {
      ProcessFuture<Object> future =
          pool.submit(
              () -> {
                SharedBuffer buffer = made(SIZE, 1);
                switch (end) {
                  case "throws" -> throw new IllegalStateException("thrown");
                  case "halts" -> Runtime.getRuntime().halt(3);
                  case "closes" -> buffer.close();
                  case "unwritable" -> {
                    return List.of(buffer, Thread.currentThread());
                  }
                  default -> {}
                }
                return 1;
              });
      assertThat(future.exception().isPresent())
          .isEqualTo(List.of("throws", "halts", "unwritable").contains(end));
      Awaitility.await().until(() -> files().isEmpty()); // a worker's burial takes a moment
    }
  }

  @Test
  @DisplayName("so is one of a task that is stopped, and that of a worker killed with another's")
  void killed() throws Exception {
    try (var pool = Pools.of(1);
        SharedBuffer own = pool.allocate(SIZE)) {
      Gate begun = Gate.in(tmp, "begun");
      var future =
          pool.submit(
              () -> {
                SharedBuffer made = made(SIZE, 1);
                own.buffer().putInt(0, made.buffer().getInt(0));
                begun.open();
                Thread.sleep(60_000);
                return made;
              });
      begun.await();
      assertThat(files()).hasSize(2);
      future.cancel(true);
      Awaitility.await().until(() -> files().size() == 1);
      assertThat(own.buffer().getInt(0)).isEqualTo(1);
      assertThat(pool.submit(() -> own.buffer().getInt(0)).result()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("close ends it everywhere: the file, the mappings, and who asks is told so")
  void closed() throws Exception {
    try (var pool = Pools.of(1)) {
      SharedBuffer buffer = pool.allocate(SIZE);
      VoidTask write = () -> buffer.buffer().putInt(0, 1);
      pool.submit(write).result();
      long worker = pool.submit(Pools::pid).result();
      Path file = files().get(0);
      Gate go = Gate.in(tmp, "go");
      var late =
          pool.submit(
              () -> {
                go.await();
                return buffer.buffer().getInt(0);
              });
      ByteBuffer view = buffer.buffer();
      buffer.close();
      buffer.close();
      assertThat(file).doesNotExist();
      if (SEGMENTS) {
        assertThatThrownBy(view::get).isInstanceOf(IllegalStateException.class);
      } else {
        assertThat(view.getInt(0)).isEqualTo(1);
      }
      Awaitility.await().until(() -> !SharedFiles.isMapped(worker, file));
      go.open();
      assertThat(late.exception().orElseThrow())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was closed, or its pool has ended");
      assertThatThrownBy(buffer::buffer)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("was closed");
      assertThatThrownBy(() -> pool.submit(() -> buffer.size()))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("was closed");
    }
  }

  @Test
  @DisplayName("what the parent has forgotten is freed once it is garbage")
  void forgotten() throws Exception {
    try (var pool = Pools.of(1)) {
      pool.allocate(SIZE).buffer().putInt(0, 1);
      assertThat(pool.submit(() -> made(SIZE, 1)).result().size()).isEqualTo(SIZE);
      var unread = pool.submit(() -> made(SIZE, 1));
      Awaitility.await().until(unread::isDone);
      unread = null;
      Awaitility.await()
          .until(
              () -> {
                System.gc();
                return files().isEmpty();
              });
    }
  }

  @Test
  @DisplayName(
      "one that only a task on its way refers to is not garbage, nor one of an unread result")
  void inFlight() throws Exception {
    try (var pool = Pools.of(1)) {
      Gate go = Gate.in(tmp, "go");
      ProcessFuture<Boolean> occupied =
          pool.submit(
              () -> {
                go.await();
                return true;
              });
      ProcessFuture<SharedBuffer> given = pool.submit(buffer -> buffer, pool.allocate(64));
      List<Integer> inputs = IntStream.range(0, 50).boxed().toList();
      try (MapResults<SharedBuffer> results =
          pool.map(
              (SharedBuffer buffer) -> buffer,
              inputs.stream().map(i -> pool.allocate(64 + i))::iterator)) {
        System.gc();
        Thread.sleep(50); // the cleaner's, if there were anything for it
        System.gc();
        go.open();
        assertThat(occupied.result()).isTrue();
        given.result().close();
        int size = 64;
        for (SharedBuffer buffer : results) {
          assertThat(buffer.size()).isEqualTo(size++);
          System.gc();
          buffer.close();
        }
      }
      assertThat(files()).isEmpty();
    }
  }

  @Test
  @DisplayName("what a task writes elsewhere is not returned by that")
  void writtenElsewhere() throws Exception {
    try (var pool = Pools.of(1)) {
      pool.submit(
              () -> {
                new ObjectOutputStream(OutputStream.nullOutputStream()).writeObject(made(64, 1));
                return 1;
              })
          .result();
      Awaitility.await().until(() -> files().isEmpty());
    }
  }

  @Test
  @DisplayName("another pool's buffer is refused, and an initializer's stays in its worker")
  void notOfThisPool() throws Exception {
    try (var pool =
            Pools.builder(1)
                .initializer(
                    () -> {
                      var unused = Kept.buffer();
                    })
                .build();
        var other = Pools.of(1);
        SharedBuffer others = other.allocate(64)) {
      assertThatThrownBy(() -> pool.submit(() -> others.size()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is of another pool");
      assertThat(other.submit(() -> others.size()).result()).isEqualTo(64);
      assertThatThrownBy(() -> pool.submit(() -> Kept.buffer()).result())
          .isInstanceOf(ResultNotSerializableException.class)
          .hasMessageContaining("stays in the worker");
    }
  }

  @Test
  @DisplayName("before JDK 22 too the memory of many buffers is used again")
  void manyInTurn() throws Exception {
    try (var pool = Pools.of(1)) {
      for (int i = 0; i < 40; i++) {
        pool.submit(() -> made(32 << 20, 1).size()).result();
      }
      long mapped =
          pool.submit(
                  () -> {
                    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
                      return lines.filter(line -> line.matches(".*/w[0-9]+b[0-9]+.*")).count();
                    }
                  })
              .result();
      assertThat(mapped).isLessThan(20);
    }
  }

  @Test
  @DisplayName("the pool's end closes nothing that the parent has, read or not yet")
  void poolEnds() throws Exception {
    SharedBuffer own;
    SharedBuffer read;
    ProcessFuture<SharedBuffer> unread;
    try (var pool = Pools.of(1)) {
      own = pool.allocate(SIZE);
      own.buffer().putInt(0, 1);
      read = pool.submit(() -> made(SIZE, 2)).result();
      unread = pool.submit(() -> made(SIZE, 3));
    }
    assertThat(files()).isEmpty();
    assertThat(own.buffer().getInt(0)).isEqualTo(1);
    assertThat(read.buffer().getInt(0)).isEqualTo(2);
    try (SharedBuffer last = unread.result()) {
      assertThat(last.buffer().getInt(0)).isEqualTo(3);
    }
    own.close();
    read.close();
  }

  @Test
  @DisplayName("an initializer's lives as long as the worker")
  void ofInitializer() throws Exception {
    try (var pool =
        Pools.builder(1)
            .initializer(
                () -> {
                  var unused = Kept.buffer();
                })
            .build()) {
      assertThat(pool.submit(() -> Kept.buffer().buffer().putInt(0, 4).getInt(0)).result())
          .isEqualTo(4);
      assertThat(pool.submit(() -> Kept.buffer().buffer().getInt(0)).result()).isEqualTo(4);
      assertThat(files()).hasSize(1);
    }
    assertThat(files()).isEmpty();
  }

  /* ---- Refused ---- */

  @Test
  @DisplayName("a mistake is told with its remedy")
  void mistakes() throws Exception {
    var pool = Pools.of(1);
    try (pool) {
      assertThatThrownBy(() -> SharedBuffer.allocate(8))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("in the parent call allocate of the pool");
      assertThatThrownBy(() -> pool.allocate(0)).isInstanceOf(IllegalArgumentException.class);
      assertThat(pool.submit(() -> SharedBuffer.allocate(-1)).exception().orElseThrow())
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> pool.allocate(1L << 50))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("no room for a buffer of 1125899906842624 bytes");
      assertThat(files()).isEmpty();
    }
    assertThatThrownBy(() -> pool.allocate(8)).isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  @DisplayName("a worker that names another file makes the parent open none")
  void forged() throws Exception {
    Path secret = Files.writeString(tmp.resolve("secret"), "secret");
    String name = secret.toString();
    try (var pool = Pools.of(1)) {
      assertThatThrownBy(() -> pool.submit(() -> new BufferReference(name, 6, "p")).result())
          .isInstanceOf(TaskDeserializationException.class)
          .hasMessageContaining("is not of this process");
    }
    assertThat(secret).hasContent("secret");
  }
}
