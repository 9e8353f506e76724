package dev.procession.cluster.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports for nodes on the loopback interface. */
public final class FreePorts {
  private FreePorts() {}

  /** A port that is free, as the one above it is. */
  public static int pair() throws IOException {
    for (int i = 0; i < 100; i++) {
      try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          ServerSocket next =
              new ServerSocket(one.getLocalPort() + 1, 1, InetAddress.getLoopbackAddress())) {
        return Math.min(one.getLocalPort(), next.getLocalPort());
      } catch (IOException | IllegalArgumentException e) {
        // The one above is taken.
      }
    }
    throw new IOException("no two free ports in a row");
  }
}
