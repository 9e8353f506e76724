package dev.procession.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.cluster.internal.security.KeyMaker;
import dev.procession.cluster.internal.security.PasswordHash;
import dev.procession.cluster.internal.security.SecurityFile;
import dev.procession.cluster.internal.security.SecurityFile.Store;
import dev.procession.cluster.internal.security.TestKeys;
import dev.procession.cluster.testing.FreePorts;
import dev.procession.testing.NoLeaks;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.concurrent.Callable;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, and who is not. */
@NoLeaks
@Timeout(200) // an engine that is refused tries for a while
class SecurityIT {
  private static final int PATIENCE_MILLIS = 20_000;

  @TempDir static Path ours;
  @TempDir static Path theirs;
  private static KeyMaker keys;
  private static Path alice;
  private static Path stranger;

  @BeforeAll
  static void make() throws IOException {
    keys = KeyMaker.in(ours);
    alice = keys.addUser("alice");
    stranger = KeyMaker.in(theirs).addUser("alice");
  }

  private static NodeConfig.Builder config(String name, String... connect) throws IOException {
    return NodeConfig.builder().name(name).workers(1).port(FreePorts.pair()).connect(connect);
  }

  private static ClusterNode node(String name, Path file, String... connect) throws IOException {
    return ClusterNode.start(config(name, connect).security(file).build());
  }

  private static ClusterPool.Builder pool(ClusterNode node) {
    return ClusterPool.builder().connect(node.address()).connectTimeout(Duration.ofSeconds(20));
  }

  private static void assertRefused(Callable<? extends AutoCloseable> coming, String... words) {
    ThrowingCallable attempt =
        () -> {
          try (AutoCloseable unwanted = coming.call()) {
            assertThat(unwanted).as("was let in").isNull();
          }
        };
    assertThatThrownBy(attempt)
        .isInstanceOf(UncheckedIOException.class)
        .satisfies(refusal -> assertThat(refusal.getMessage()).contains(words));
  }

  @Test
  @DisplayName(
      "who has a certificate and is a user takes part; a user added later needs no restart")
  void right_takesPart() throws Exception {
    try (ClusterNode a = node("a", keys.nodeFile());
        ClusterNode b = node("b", keys.nodeFile(), a.address());
        ClusterPool pool = pool(b).security(alice).build()) {
      assertThat(pool.submit(() -> 6 * 7).result()).isEqualTo(42);
    }
  }

  @Test
  @DisplayName(
      "a submitter with a foreign certificate, none, or another password is refused; a user that is"
          + " added while the node runs is not")
  void wrongSubmitter_isRefused() throws Exception {
    Path password = TestKeys.changed(alice, "password", "password=.*", "password=guess");
    try (ClusterNode a = node("a", keys.nodeFile())) {
      assertRefused(() -> pool(a).security(stranger).build(), "certificates", a.address());
      assertRefused(() -> pool(a).insecure().build(), "wants certificates", a.address());
      assertRefused(() -> pool(a).security(password).build(), "user 'alice'");
      try (ClusterPool pool = pool(a).security(keys.addUser("bob")).build()) {
        assertThat(pool.submit(() -> 6 * 7).result()).isEqualTo(42);
      }
    }
  }

  @Test
  @DisplayName("nobody becomes a member who may only submit, or has no certificate")
  void wrongMember_isRefused() throws Exception {
    Path member = ours.resolve("member.properties");
    Files.writeString(
        member, Files.readString(alice) + "users.alice=member " + PasswordHash.of("any") + "\n");
    try (ClusterNode a = node("a", keys.nodeFile())) {
      assertRefused(() -> node("b", member, a.address()), "not as a member");
      assertRefused(
          () -> ClusterNode.start(config("c", a.address()).insecure().build()),
          "wants certificates");
    }
  }

  @Test
  @DisplayName("nobody with certificates takes part in a cluster that has none")
  void insecureCluster_isRefused() throws Exception {
    try (ClusterNode a = ClusterNode.start(config("a").insecure().build())) {
      assertRefused(() -> pool(a).security(alice).build(), "or the cluster has none");
    }
  }

  @Test
  @DisplayName("neither port answers to plain text, no certificate, an expired or a foreign one")
  void ports_answerNobodyElse() throws Exception {
    SecurityFile files = SecurityFile.read(alice);
    Store late = TestKeys.expiredStore(keys);
    Store foreign = SecurityFile.read(stranger).keyStore();
    try (ClusterNode a = node("a", keys.nodeFile())) {
      int port = Integer.parseInt(a.address().substring(a.address().lastIndexOf(':') + 1));
      for (int each : new int[] {port, port + 1}) {
        // First that this is how one comes in.
        assertThat(speaks(each, files.keyStore(), files)).isTrue();
        assertThat(speaks(each, null, files)).as("no certificate at %d", each).isFalse();
        assertThat(speaks(each, late, files)).as("an expired one at %d", each).isFalse();
        assertThat(speaks(each, foreign, files)).as("foreign at %d", each).isFalse();
        assertThat(answersPlainText(each)).as("plain text at %d", each).isFalse();
      }
    }
  }

  /** Whether a handshake is taken: the other side waits for more then, and else says goodbye. */
  private static boolean speaks(int port, @Nullable Store store, SecurityFile files)
      throws Exception {
    KeyManager[] own = {};
    if (store != null) {
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      char[] password = store.password().toCharArray();
      factory.init(KeyStore.getInstance(store.file().toFile(), password), password);
      own = factory.getKeyManagers();
    }
    TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
    trusted.init(
        KeyStore.getInstance(
            files.trustStore().file().toFile(), files.trustStore().password().toCharArray()));
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(own, trusted.getTrustManagers(), null);
    try (SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.startHandshake();
      return isHeard(socket);
    } catch (SSLException | SocketException e) {
      return false;
    }
  }

  /** With TLS 1.3 the other side looks at our certificate when we think that all is well. */
  private static boolean isHeard(SSLSocket socket) throws IOException {
    socket.setSoTimeout(3_000);
    try {
      return socket.getInputStream().read() >= 0;
    } catch (SocketTimeoutException e) {
      return true; // it waits for what we have to say
    } catch (SSLException | SocketException e) {
      return false;
    }
  }

  private static boolean answersPlainText(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      int first = in.read();
      return first >= 0 && first != 21; // 21: an alert of TLS
    } catch (SocketException e) {
      return false;
    }
  }

  @Test
  @DisplayName("a file that cannot be used is refused with its name and what is wrong with it")
  void badFile_isNamed() throws Exception {
    Path missing = ours.resolve("none.properties");
    Path typo = TestKeys.changed(alice, "typo", "keyStore=.*", "keystore=alice.p12");
    Path noStore = TestKeys.changed(alice, "noStore", "keyStore=.*", "keyStore=nobody.p12");
    Path wrong = TestKeys.changed(alice, "wrong", "keyStorePassword=.*", "keyStorePassword=guess");
    TestKeys.expiredStore(KeyMaker.in(ours.resolve("more")));
    assertFileRefused(missing, "there is no file " + missing);
    assertFileRefused(typo, "keyStore' is missing");
    assertFileRefused(noStore, "nobody.p12, which cannot be read");
    assertFileRefused(wrong, "cannot be opened");
    assertFileRefused(ours.resolve("more/late.properties"), "is not valid now");
    assertThatThrownBy(() -> node("a", alice))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("a node needs users");
    assertThatThrownBy(() -> NodeConfig.builder().build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("insecure() be said");
    assertThatThrownBy(() -> ClusterPool.builder().connect("localhost:1").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("insecure() be said");
  }

  private static void assertFileRefused(Path file, String words) {
    assertThatThrownBy(() -> ClusterPool.builder().connect("localhost:1").security(file).build())
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(words);
  }
}
