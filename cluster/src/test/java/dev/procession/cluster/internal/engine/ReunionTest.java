package dev.procession.cluster.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Whether a node leaves its cluster for the one that it was cut off from. */
class ReunionTest {
  private static final int ENOUGH = 4;

  private Set<InetSocketAddress> members = nodes(1, 2, 3);
  private Set<InetSocketAddress> answering = nodes(1, 2, 3);
  private boolean stopped;
  private final List<Set<InetSocketAddress>> joined = new ArrayList<>();
  private final Reunion reunion =
      new Reunion(
          () -> {
            if (stopped) {
              throw new IllegalStateException("the engine has stopped");
            }
            return members;
          },
          address -> answering.contains(address),
          joined::add);

  private static Set<InetSocketAddress> nodes(int... numbers) {
    return IntStream.of(numbers)
        .mapToObj(number -> InetSocketAddress.createUnresolved("10.0.0." + number, 47_500))
        .collect(Collectors.toSet());
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      reunion.look();
    }
  }

  @Test
  @DisplayName("one that is alone joins the others, once they have answered for a while")
  void fewer_joins() {
    look(1);
    members = nodes(3);
    answering = nodes(3);
    look(10);
    assertThat(joined).isEmpty();
    answering = nodes(1, 2, 3);
    look(ENOUGH - 1);
    assertThat(joined).isEmpty();
    look(1);
    assertThat(joined).containsExactly(nodes(1, 2));
  }

  @Test
  @DisplayName("of several parts one leaves after the other, those with the greatest address first")
  void parts_oneAfterTheOther() {
    look(1);
    members = nodes(1);
    look(ENOUGH);
    assertThat(joined).isEmpty(); // node 3 and then node 2 have had time to join
    look(6);
    assertThat(joined).hasSize(1);
  }

  @Test
  @DisplayName("those that are more stay, whoever answers")
  void more_stay() {
    look(1);
    members = nodes(2, 3);
    look(10 * ENOUGH);
    assertThat(joined).isEmpty();
  }

  @Test
  @DisplayName("of two halves the one with the least address stays")
  void half_byAddress() {
    members = nodes(1, 2);
    look(1);
    members = nodes(1);
    look(2 * ENOUGH);
    assertThat(joined).isEmpty();
    members = nodes(1, 2);
    look(1);
    members = nodes(2);
    look(ENOUGH);
    assertThat(joined).containsExactly(nodes(1));
  }

  @Test
  @DisplayName("a node that is started again answers before it is there, and then it is there")
  void startedAgain_stay() {
    look(1);
    members = nodes(3);
    look(ENOUGH - 1);
    members = nodes(1, 2, 3);
    look(1);
    members = nodes(3);
    look(ENOUGH - 1);
    assertThat(joined).isEmpty();
  }

  @Test
  @DisplayName("who answers, but is not there even after that, is of no concern for a while")
  void strangers_notSoon() {
    look(1);
    members = nodes(3);
    look(ENOUGH);
    assertThat(joined).hasSize(1);
    look(10 * ENOUGH);
    assertThat(joined).hasSize(1);
  }

  private static InetSocketAddress addressOf(ServerSocket server) {
    return InetSocketAddress.createUnresolved("127.0.0.1", server.getLocalPort());
  }

  @Test
  @DisplayName("who accepts and says nothing is frozen, and no answer; who ends it is alive")
  void answers_alive() throws Exception {
    InetSocketAddress address;
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      address = addressOf(server);
      assertThat(Reunion.answers(address)).isFalse(); // the system has accepted it
      server.accept().close();
      Thread alive =
          new Thread(
              () -> {
                try {
                  server.accept().close();
                } catch (IOException e) {
                  // then nobody answers, and the test says so
                }
              });
      alive.start();
      assertThat(Reunion.answers(address)).isTrue();
      alive.join();
    }
    assertThat(Reunion.answers(address)).isFalse();
  }

  @Test
  @DisplayName("where the engine has stopped by itself, a node joins whom it knew")
  void stopped_joins() {
    look(1);
    stopped = true;
    look(1);
    assertThat(joined).containsExactly(nodes(1, 2, 3));
  }
}
