package dev.procession.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndpointTest {
  @TempDir private Path folder;

  private static void talk(ServerSocketChannel server) throws IOException {
    try (SocketChannel worker = Endpoint.connect(Endpoint.address(server))) {
      assertThat(worker.isBlocking()).isTrue();
      AtomicReference<SocketChannel> accepted = new AtomicReference<>();
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(
              () -> {
                accepted.set(server.accept());
                return accepted.get() != null;
              });
      try (SocketChannel parent = accepted.get()) {
        parent.write(ControlMessages.bell());
        ByteBuffer in = ByteBuffer.allocate(1);
        assertThat(worker.read(in)).isEqualTo(1);
        assertThat(in.get(0)).isEqualTo(ControlMessages.BELL);
      }
      assertThat(worker.read(ByteBuffer.allocate(1))).as("end of file").isEqualTo(-1);
    }
  }

  @Test
  void listen_inAShortPath_usesAUnixSocketInTheDirectory() throws IOException {
    try (SharedDirectory directory = SharedDirectory.create(SharedDirectory.defaultBases());
        ServerSocketChannel server = Endpoint.listen(directory)) {
      assertThat(Endpoint.address(server)).isEqualTo("unix:" + directory.first().resolve("s"));
      assertThat(server.isBlocking()).isFalse();
      talk(server);
    }
  }

  @Test
  void listen_inAPathTooLongForASocket_usesALoopbackPort() throws IOException {
    Path deep = Files.createDirectories(folder.resolve("x".repeat(60)).resolve("y".repeat(60)));
    SharedDirectory directory = SharedDirectory.attach(List.of(deep));
    try (ServerSocketChannel server = Endpoint.listen(directory)) {
      assertThat(Endpoint.address(server)).startsWith("tcp:").contains("@");
      assertThat(((InetSocketAddress) server.getLocalAddress()).getAddress().isLoopbackAddress())
          .isTrue();
      talk(server);
    }
    assertThat(deep).isEmptyDirectory();
  }

  @Test
  void listen_whereTheSocketCannotBeMade_usesALoopbackPort() throws IOException {
    SharedDirectory gone = SharedDirectory.attach(List.of(Path.of("/nonexistent-procession")));
    try (ServerSocketChannel server = Endpoint.listen(gone)) {
      assertThat(Endpoint.address(server)).startsWith("tcp:");
      talk(server);
    }
  }

  @Test
  void connect_whereNobodyListens_throws() {
    assertThatThrownBy(() -> Endpoint.connect("unix:" + folder.resolve("s")))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> Endpoint.connect("tcp:1@127.0.0.1")).isInstanceOf(IOException.class);
  }
}
