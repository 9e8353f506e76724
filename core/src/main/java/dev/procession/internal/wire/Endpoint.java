package dev.procession.internal.wire;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where a pool listens for its workers' private channels: a Unix-domain socket in the shared
 * directory, or a loopback port where the system has none or the path is too long for one.
 */
public final class Endpoint {
  /** The shortest limit among systems is 104 bytes with a terminator (macOS); Linux has 108. */
  private static final int LONGEST_PATH = 100;

  private static final String UNIX = "unix:";
  private static final String TCP = "tcp:";

  private Endpoint() {}

  /** Opens the parent's listening channel, non-blocking. */
  public static ServerSocketChannel listen(SharedDirectory directory) throws IOException {
    Path path = directory.first().resolve("s");
    ServerSocketChannel server = null;
    if (path.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST_PATH) {
      try {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
      } catch (IOException | UnsupportedOperationException e) {
        if (server != null) {
          server.close();
        }
        server = null;
      }
    }
    if (server == null) {
      server = ServerSocketChannel.open();
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }
    server.configureBlocking(false);
    return server;
  }

  /** The text by which a worker finds the listening channel. */
  public static String address(ServerSocketChannel server) throws IOException {
    SocketAddress address = server.getLocalAddress();
    if (address instanceof UnixDomainSocketAddress unix) {
      return UNIX + unix.getPath();
    }
    // With the host: a worker's JVM options may give it another idea of the loopback address.
    InetSocketAddress inet = (InetSocketAddress) address;
    return TCP + inet.getPort() + "@" + inet.getAddress().getHostAddress();
  }

  /** Connects a worker's channel, blocking. */
  public static SocketChannel connect(String address) throws IOException {
    if (address.startsWith(UNIX)) {
      return SocketChannel.open(UnixDomainSocketAddress.of(address.substring(UNIX.length())));
    }
    int host = address.indexOf('@') + 1;
    int port = Integer.parseInt(address.substring(TCP.length(), host - 1));
    return SocketChannel.open(new InetSocketAddress(address.substring(host), port));
  }
}
