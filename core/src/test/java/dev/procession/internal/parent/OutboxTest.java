package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutboxTest {
  @TempDir Path tmp;
  private final Outbox outbox = new Outbox();

  private record Ends(ServerSocketChannel server, SocketChannel here, SocketChannel there)
      implements AutoCloseable {
    static Ends of(Path file) throws Exception {
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(file));
      SocketChannel here = SocketChannel.open(UnixDomainSocketAddress.of(file));
      here.configureBlocking(false);
      return new Ends(server, here, server.accept());
    }

    int next() throws Exception {
      ByteBuffer number = ByteBuffer.allocate(Integer.BYTES);
      while (number.hasRemaining()) {
        if (there.read(number) < 0) {
          throw new EOFException();
        }
      }
      return number.getInt(0);
    }

    @Override
    public void close() throws Exception {
      here.close();
      there.close();
      server.close();
    }
  }

  private static ByteBuffer message(int number) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(0, number);
  }

  @Test
  @DisplayName("what the channel does not take is sent later, in order and behind nothing newer")
  void full_keptInOrder() throws Exception {
    try (Ends ends = Ends.of(tmp.resolve("s"))) {
      int sent = 0;
      while (outbox.send(ends.here(), message(sent)) == Outbox.Sent.ALL) {
        sent++;
      }
      for (int i = 1; i <= 1_000; i++) {
        assertThat(outbox.send(ends.here(), message(sent + i))).isEqualTo(Outbox.Sent.PART);
      }
      for (int i = 0; i <= sent + 1_000; i++) {
        assertThat(ends.next()).isEqualTo(i);
        Outbox.Sent unused = outbox.flush(ends.here());
      }
      assertThat(outbox.flush(ends.here())).isEqualTo(Outbox.Sent.ALL);
      assertThat(outbox.send(ends.here(), message(7))).isEqualTo(Outbox.Sent.ALL);
      assertThat(ends.next()).isEqualTo(7);
    }
  }

  @Test
  @DisplayName("there is a bound to what is kept for one who reads nothing")
  void neverRead_tooLittle() throws Exception {
    try (Ends ends = Ends.of(tmp.resolve("s"))) {
      long kept = 0;
      Outbox.Sent sent;
      do {
        sent = outbox.send(ends.here(), ByteBuffer.allocate(1 << 20));
        kept += 1 << 20;
      } while (sent != Outbox.Sent.TOO_LITTLE);
      assertThat(kept).isGreaterThan(Outbox.MOST_BYTES);
    }
  }
}
