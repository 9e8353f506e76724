package dev.procession.cluster.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MessagePipeTest {
  @TempDir Path tmp;
  private MessagePipe here;
  private MessagePipe there;

  @BeforeEach
  void connect() throws IOException {
    Path file = tmp.resolve("pipe");
    ByteBuffer made = MessagePipe.create(file);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(tmp.resolve("s")));
      SocketChannel channel = SocketChannel.open(server.getLocalAddress());
      here = MessagePipe.first(made, server.accept());
      there = MessagePipe.second(file, channel);
    }
  }

  @AfterEach
  void close() throws IOException {
    here.close();
    there.close();
  }

  /** On a thread of its own: the common pool has one on two processors. */
  private static CompletableFuture<Void> run(Runnable work) {
    return CompletableFuture.runAsync(work, each -> new Thread(each).start());
  }

  private static <T> CompletableFuture<T> supply(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, each -> new Thread(each).start());
  }

  private static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static CompletableFuture<Void> sendAll(MessagePipe pipe, int messages, int longest) {
    return run(
        () -> {
          try {
            for (int i = 0; i < messages; i++) {
              pipe.send(bytes(new Random(i).nextInt(longest), i));
            }
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static void receiveAll(MessagePipe pipe, int messages, int longest) throws IOException {
    for (int i = 0; i < messages; i++) {
      assertThat(pipe.receive()).isEqualTo(bytes(new Random(i).nextInt(longest), i));
    }
  }

  @Test
  @DisplayName("messages of any length arrive whole and in order, in both directions at once")
  void send_bothWays() throws Exception {
    CompletableFuture<Void> one = sendAll(here, 2_000, 10_000);
    CompletableFuture<Void> other = sendAll(there, 2_000, 10_000);
    CompletableFuture<Void> reading =
        run(
            () -> {
              try {
                receiveAll(here, 2_000, 10_000);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    receiveAll(there, 2_000, 10_000);
    reading.join();
    one.join();
    other.join();
  }

  @Test
  @DisplayName("a message that is longer than the ring, and an empty one")
  void send_longAndEmpty() throws Exception {
    byte[] large = bytes(20 << 20, 7);
    CompletableFuture<Void> sending =
        run(
            () -> {
              try {
                here.send(large);
                here.send(new byte[0]);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    assertThat(Arrays.equals(there.receive(), large)).isTrue();
    assertThat(there.receive()).isEmpty();
    sending.join();
  }

  @Test
  @DisplayName("what was sent before the end is read, then the end is told; nothing can be sent")
  void close_tellsTheOther() throws Exception {
    here.send(new byte[] {1});
    here.close();
    assertThat(there.receive()).containsExactly(1);
    assertThat(there.receive()).isNull();
    assertThatThrownBy(() -> there.send(new byte[] {2})).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> here.send(new byte[] {3})).isInstanceOf(IOException.class);
  }

  @Test
  @DisplayName("what does not have to wait for room goes at once; else it is not sent at all")
  void trySend_fullOrLong() throws Exception {
    assertThat(here.trySend(new byte[1 << 20])).isFalse();
    byte[] message = bytes(50_000, 1);
    int sent = 0;
    while (here.trySend(message)) {
      sent++;
    }
    assertThat(sent).isBetween(10, 21);
    for (int i = 0; i < sent; i++) {
      assertThat(there.receive()).isEqualTo(message);
    }
    assertThat(here.trySend(new byte[] {1})).isTrue();
    here.send(new byte[] {2});
    assertThat(there.receive()).containsExactly(1);
    assertThat(there.receive()).containsExactly(2);
    here.close();
    assertThat(here.trySend(new byte[] {3})).isFalse();
  }

  @Test
  @DisplayName("an end on purpose is told from one that was not")
  void close_isTold() throws Exception {
    assertThat(there.isClosedByOther()).isFalse();
    here.close();
    assertThat(there.receive()).isNull();
    assertThat(there.isClosedByOther()).isTrue();
    assertThat(here.isClosedByOther()).isFalse();
  }

  @Test
  @DisplayName("threads that are interrupted while they send cost nothing: the pipe goes on")
  void send_interrupted() throws Exception {
    int messages = 30_000;
    Thread sender =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < messages; i++) {
                  here.send(bytes(8, i));
                  for (int spin = i % 2_000; spin > 0; spin--) {
                    Thread.onSpinWait(); // the other side falls asleep now and then
                  }
                }
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    Thread interrupter =
        new Thread(
            () -> {
              while (sender.isAlive()) {
                sender.interrupt();
              }
            });
    sender.start();
    interrupter.start();
    for (int i = 0; i < messages; i++) {
      assertThat(there.receive()).isEqualTo(bytes(8, i));
    }
    interrupter.join();
  }

  @Test
  @DisplayName("an interrupt of the thread that receives does not end it either")
  void receive_interrupted() throws Exception {
    CompletableFuture<byte[]> received = new CompletableFuture<>();
    Thread receiver =
        new Thread(
            () -> {
              try {
                received.complete(there.receive());
              } catch (IOException e) {
                received.completeExceptionally(e);
              }
            });
    receiver.start();
    for (int i = 0; i < 1_000; i++) {
      receiver.interrupt();
      Thread.onSpinWait();
    }
    here.send(new byte[] {1});
    assertThat(received.get()).containsExactly(1);
  }

  @Test
  @DisplayName("whoever waits for a message is told when its own side is closed")
  void close_wakes() throws Exception {
    CompletableFuture<Boolean> ended =
        supply(
            () -> {
              try {
                return here.receive() == null;
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    here.close();
    assertThat(ended.get()).isTrue();
    assertThat(there.receive()).isNull();
  }
}
