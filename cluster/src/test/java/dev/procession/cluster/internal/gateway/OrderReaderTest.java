package dev.procession.cluster.internal.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class OrderReaderTest {
  private static final int BLOCKING = 1;
  private static final int MALFORMED = 2;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final BlockingQueue<byte[]> orders = new LinkedBlockingQueue<>();
  private final CountDownLatch unblocked = new CountDownLatch(1);
  private final AtomicInteger reading = new AtomicInteger();
  private final AtomicInteger together = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final List<Integer> done = new CopyOnWriteArrayList<>();

  @AfterEach
  void end() {
    unblocked.countDown();
    orders.add(new byte[0]);
    threads.shutdownNow();
  }

  private void start() {
    new OrderReader(this::receive, this::handle, threads, ended::incrementAndGet).start();
  }

  /** An empty order is the end. */
  private byte @Nullable [] receive() throws IOException {
    together.addAndGet(reading.getAndIncrement());
    try {
      byte[] order = orders.take();
      return order.length == 0 ? null : order;
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      reading.decrementAndGet();
    }
  }

  private Runnable handle(byte[] order) throws IOException {
    if (order[0] == MALFORMED) {
      throw new IOException("malformed");
    }
    return () -> {
      if (order[0] == BLOCKING) {
        try {
          unblocked.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      done.add(order.length);
    };
  }

  private void order(int kind, int number) {
    byte[] order = new byte[number];
    order[0] = (byte) kind;
    orders.add(order);
  }

  private void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(40)).until(condition);
  }

  @Test
  @DisplayName("orders are carried out in their order by whoever reads them")
  void order_byOrder() {
    start();
    IntStream.rangeClosed(1, 1_000).forEach(number -> order(0, number));
    await(() -> done.size() == 1_000);
    assertThat(done).isSorted();
    assertThat(together).hasValue(0);
  }

  @Test
  @DisplayName("while one is kept another reads on, and there is one reader at any time")
  void blocked_otherReadsOn() {
    start();
    order(0, 1);
    for (int i = 0; i < 5; i++) {
      order(BLOCKING, 1_001 + i);
    }
    IntStream.rangeClosed(2, 100).forEach(number -> order(0, number));
    await(() -> done.size() == 100);
    assertThat(done).isSorted();
    unblocked.countDown();
    await(() -> done.size() == 105);
    order(0, 101); // those that were kept do not read any more
    await(() -> done.size() == 106);
    assertThat(together).hasValue(0);
    orders.add(new byte[0]);
    await(() -> ended.get() == 1);
  }

  @Test
  @DisplayName("the end is told once, also while an order is kept, and after one that is malformed")
  void end_once() {
    start();
    order(BLOCKING, 7);
    order(MALFORMED, 1);
    await(() -> ended.get() == 1);
    unblocked.countDown();
    await(() -> done.size() == 1);
    assertThat(ended).hasValue(1);
  }
}
