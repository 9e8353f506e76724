package dev.procession.cluster.internal.engine;

import java.security.GeneralSecurityException;
import javax.net.ssl.SSLException;
import org.apache.ignite.IgniteAuthenticationException;

/** Why the engine did not start, in words that say what to do; its own say which part of it. */
final class StartFailure {
  private StartFailure() {}

  static String reason(Throwable failure, EngineConfig config, String user) {
    Throwable root = failure;
    boolean isOfTls = false;
    boolean isOfLogin = false;
    for (Throwable each = failure;
        each != null && each != each.getCause();
        each = each.getCause()) {
      root = each;
      isOfTls |= each instanceof SSLException || each instanceof GeneralSecurityException;
      isOfLogin |= each instanceof IgniteAuthenticationException;
    }
    String others = String.join(", ", config.connect());
    if (isOfLogin && config.connect().isEmpty()) {
      return "the users of " + config.security() + " do not let user '" + user + "' be a member";
    }
    if (isOfLogin) {
      return "the cluster at "
          + others
          + " does not let user '"
          + user
          + "' in: it does not know it, or by another password, or not as a member; the log of its"
          + " node says which";
    }
    if (isOfTls && config.security() == null) {
      return "the cluster at "
          + others
          + " wants certificates, and there are none: security must name a file with them ("
          + root.getMessage()
          + ")";
    }
    if (isOfTls) {
      return "the cluster at "
          + others
          + " and this process do not accept each other's certificates, those of "
          + config.security()
          + ", or the cluster has none: "
          + root.getMessage();
    }
    String words = String.valueOf(root.getMessage());
    if (words.contains("Join process timed out") || words.contains("Failed to connect to any")) {
      return "no node answers at " + others + "; looked for " + config.joinMillis() / 1_000 + " s";
    }
    if (config.member() && words.contains("Failed to bind")) {
      return "ports "
          + config.discoveryPort()
          + " and "
          + (config.discoveryPort() + 1)
          + " at "
          + config.bind()
          + " cannot both be had: "
          + words;
    }
    String said = "the cluster's engine cannot be started: " + failure.getMessage();
    return root == failure ? said : said + ", because of " + root;
  }
}
