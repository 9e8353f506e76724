package dev.procession.internal.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.spi.ContextCarrier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class ContextCarriersTest {
  private final List<String> log = new ArrayList<>();

  private final class Logged implements ContextCarrier {
    private final String name;
    private final Map<String, String> has;

    Logged(String name, Map<String, String> has) {
      this.name = name;
      this.has = has;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Map<String, String> capture() {
      return has;
    }

    @Override
    public Scope restore(Map<String, String> captured) {
      log.add(name + " " + captured);
      return () -> log.add(name + " closed");
    }
  }

  private static final class Broken implements ContextCarrier {
    @Override
    public String name() {
      return "broken";
    }

    @Override
    public Map<String, String> capture() {
      throw new AssertionError("on purpose");
    }

    @Override
    public Scope restore(Map<String, String> captured) {
      throw new AssertionError("on purpose");
    }
  }

  @Test
  @DisplayName("what each has comes to the one of its name, and is taken back in reverse")
  void roundTrip() {
    ContextCarriers here =
        new ContextCarriers(
            List.of(
                new Broken(),
                new Logged("a", Map.of("k", "größe €")),
                new Logged("none", Map.of()),
                new Logged("b", Map.of("x", "")),
                new Logged("only here", Map.of("y", "z"))));
    ContextCarriers there =
        new ContextCarriers(
            List.of(
                new Logged("a", Map.of()),
                new Broken(),
                new Logged("b", Map.of()),
                new Logged("none", Map.of())));
    byte[] captured = here.capture();
    assertThat(captured).isNotNull();
    ContextCarriers.Captured read = there.read(captured);
    read.restore().close();
    assertThat(log).hasSize(4);
    log.clear();
    read.restore().close();
    assertThat(log).containsExactly("a {k=größe €}", "b {x=}", "b closed", "a closed");
  }

  @Test
  @DisplayName("nothing is null, and costs a task nothing; too much stays behind")
  void nothing() {
    assertThat(new ContextCarriers(List.of()).capture()).isNull();
    assertThat(new ContextCarriers(List.of(new Logged("a", Map.of()))).capture()).isNull();
    String much = "x".repeat(ContextCarriers.MOST_BYTES);
    assertThat(new ContextCarriers(List.of(new Logged("a", Map.of("k", much)))).capture()).isNull();
    String tooMuch = "x".repeat(70_000);
    assertThat(new ContextCarriers(List.of(new Logged("a", Map.of("k", tooMuch)))).capture())
        .isNull();
  }

  @Test
  @DisplayName("bytes that end too soon give what is whole, and one that fails harms no other")
  void malformed() {
    ContextCarriers carriers =
        new ContextCarriers(List.of(new Logged("a", Map.of("k", "v")), new Broken()));
    byte[] captured = carriers.capture();
    for (int length = 0; length < captured.length; length++) {
      carriers.read(Arrays.copyOf(captured, length)).restore().close();
    }
    assertThat(log).isEmpty();
  }
}
