package dev.procession.benchmarks.chaos;

import java.io.IOException;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Does what an {@link Order} says; in a worker. */
final class Performer {
  static final int EXIT_CODE = 17;
  static final int HALT_CODE = 18;

  private static final int FLOOD_LINES = 3_000;
  private static final String FLOOD_LINE = "~".repeat(120);

  private static volatile long sink;

  private Performer() {}

  /** Performs the order between two records of evidence and returns its value. */
  static Object perform(Order order) throws Exception {
    long nonce = System.nanoTime();
    Evidence.write(order, Evidence.BEGUN, nonce);
    Object value = act(order);
    Evidence.write(order, Evidence.ENDED, nonce);
    if (order.deed() == Deed.THROW) {
      throw new OrderedFailure(order.token());
    }
    return value;
  }

  private static Object act(Order order) throws Exception {
    switch (order.deed()) {
      case SLEEP -> Thread.sleep(order.millis());
      case SPIN -> spin(order.millis());
      case ECHO -> {
        checkPayload(order);
        return order.payload();
      }
      case PRODUCE -> {
        return Order.pattern(order.id(), order.element(), order.resultBytes());
      }
      case FLOOD -> flood(order);
      case FORK -> fork(order);
      case EXIT -> System.exit(EXIT_CODE);
      case HALT -> Runtime.getRuntime().halt(HALT_CODE);
      case SEGFAULT -> segfault();
      case LOOP -> {
        while (true) {
          sink++;
        }
      }
      case STUBBORN -> persist();
      case NOTHING, THROW -> {}
    }
    return order.token();
  }

  private static void spin(int millis) {
    long until = System.nanoTime() + millis * 1_000_000L;
    while (System.nanoTime() - until < 0) {
      sink++;
    }
  }

  /** What arrived is what was sent, or the task fails with an error that nobody ordered. */
  private static void checkPayload(Order order) {
    byte[] sent = Order.pattern(order.id(), order.element(), order.payload().length);
    if (!Arrays.equals(sent, order.payload())) {
      throw new AssertionError("the payload of " + order.id() + " arrived damaged");
    }
  }

  private static void flood(Order order) {
    for (int i = 0; i < FLOOD_LINES; i++) {
      (i % 2 == 0 ? System.out : System.err).println(order.id() + " " + i + FLOOD_LINE);
    }
  }

  private static void fork(Order order) throws IOException {
    List<String> sleeper = List.of("sleep", order.mark());
    List<String> orphan = List.of("setsid", "--fork", "sleep", order.mark());
    var unused =
        new ProcessBuilder(order.millis() % 2 == 0 ? sleeper : orphan)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(
                order.millis() % 3 == 0 // some hold the worker's pipe open
                    ? ProcessBuilder.Redirect.INHERIT
                    : ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  /** By reflection, because the compiler has no way to be told that this use is meant. */
  private static void segfault() throws ReflectiveOperationException {
    Class<?> unsafe = Class.forName("sun.misc.Unsafe");
    Field field = unsafe.getDeclaredField("theUnsafe");
    field.setAccessible(true);
    sink = (long) unsafe.getMethod("getLong", long.class).invoke(field.get(null), 8L);
  }

  private static void persist() {
    while (true) {
      try {
        Thread.sleep(60_000);
      } catch (Throwable e) {
        LockSupport.parkNanos(1);
      }
    }
  }
}
