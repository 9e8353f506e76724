package dev.procession.internal.parent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import org.junit.jupiter.api.Test;

class SupervisorTest {

  @Test
  void aChannelThatIsClosedWhileItsKeyIsHandledIsNoFailureOfTheSupervisor() throws IOException {
    Pipe pipe = Pipe.open();
    try (Selector selector = Selector.open();
        Pipe.SourceChannel source = pipe.source();
        Pipe.SinkChannel sink = pipe.sink()) {
      source.configureBlocking(false);
      SelectionKey key = source.register(selector, SelectionKey.OP_READ);
      sink.write(ByteBuffer.allocate(1));
      selector.select();
      assertThat(Supervisor.readyOps(key)).isEqualTo(SelectionKey.OP_READ);

      source.close(); // as bury does

      assertThat(Supervisor.readyOps(key)).isZero();
    }
  }
}
