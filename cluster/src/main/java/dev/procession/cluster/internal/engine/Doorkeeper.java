package dev.procession.cluster.internal.engine;

import dev.procession.cluster.internal.security.SecurityFile;
import dev.procession.cluster.internal.security.SecurityFile.Login;
import dev.procession.cluster.internal.security.SecurityFile.Role;
import dev.procession.cluster.internal.security.SecurityFile.User;
import java.io.IOException;
import java.io.Serializable;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.ignite.IgniteCheckedException;
import org.apache.ignite.cluster.ClusterNode;
import org.apache.ignite.internal.GridKernalContext;
import org.apache.ignite.internal.IgniteNodeAttributes;
import org.apache.ignite.internal.processors.GridProcessorAdapter;
import org.apache.ignite.internal.processors.security.GridSecurityProcessor;
import org.apache.ignite.internal.processors.security.SecurityContext;
import org.apache.ignite.plugin.security.AuthenticationContext;
import org.apache.ignite.plugin.security.SecurityCredentials;
import org.apache.ignite.plugin.security.SecurityPermission;
import org.apache.ignite.plugin.security.SecuritySubject;
import org.apache.ignite.plugin.security.SecuritySubjectType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whom the engine lets in: users of the member's file with their passwords, and as members only
 * those that are one there. The engine asks one member of each that comes, after TLS has seen its
 * certificate and before it is told of anything.
 */
final class Doorkeeper extends GridProcessorAdapter implements GridSecurityProcessor {
  private static final Logger LOG = LoggerFactory.getLogger(Doorkeeper.class);

  private final Path file;
  private final Login own;

  Doorkeeper(GridKernalContext context, SecurityFile security) {
    super(context);
    this.file = security.file();
    this.own = security.user();
  }

  @Override
  public void start() throws IgniteCheckedException {
    super.start();
    ctx.addNodeAttribute(
        IgniteNodeAttributes.ATTR_SECURITY_CREDENTIALS,
        new SecurityCredentials(own.name(), own.password()));
  }

  @Override
  public @Nullable SecurityContext authenticateNode(
      ClusterNode node, @Nullable SecurityCredentials shown) {
    String name = String.valueOf(shown == null ? null : shown.getLogin());
    String refusal =
        refusal(
            file,
            IgniteLink.isSubmitter(node),
            String.valueOf(node.<String>attribute(IgniteLink.USER)),
            shown);
    if (refusal != null) {
      LOG.warn("{} at {} is refused: {}", name, node.addresses(), refusal);
      return null;
    }
    return new Admitted(new Subject(node.id(), name));
  }

  /**
   * Why somebody is not let in, by the users of a file; null if it is.
   *
   * @param submits whether it cannot be a member
   * @param claimed the user by whose name it wants to be known
   */
  static @Nullable String refusal(
      Path file, boolean submits, String claimed, @Nullable SecurityCredentials shown) {
    User user = null;
    try {
      Map<String, User> users = SecurityFile.readUsers(file);
      if (shown != null && shown.getLogin() instanceof String name) {
        user = users.get(name);
      }
    } catch (IOException e) {
      return "users cannot be read: " + e.getMessage();
    }
    if (user == null || shown == null) {
      return "there is no such user";
    }
    if (!(shown.getPassword() instanceof String password) || !user.password().matches(password)) {
      return "its password is another";
    }
    if (!submits && user.role() != Role.MEMBER) {
      return "it may submit tasks, and wants to be a member";
    }
    return claimed.equals(shown.getLogin()) ? null : "it goes by another name";
  }

  /** Its answer is good for all, so that nobody else is shown the password. */
  @Override
  public boolean isGlobalNodeAuthentication() {
    return false;
  }

  /** For the engine's other ways in, which are closed. */
  @Override
  public @Nullable SecurityContext authenticate(AuthenticationContext context) {
    return null;
  }

  @Override
  public Collection<SecuritySubject> authenticatedSubjects() {
    return List.of();
  }

  @Override
  public @Nullable SecuritySubject authenticatedSubject(UUID id) {
    return null;
  }

  /** Asked while a process is about to come or has just gone; nothing hangs on what it may do. */
  @Override
  public SecurityContext securityContext(UUID id) {
    return new Admitted(new Subject(id, ""));
  }

  /** Whoever is in may do what the engine does for us; more of it is not in use. */
  @Override
  public void authorize(String name, SecurityPermission permission, SecurityContext context) {
    // As above.
  }

  @Override
  public void onSessionExpired(UUID id) {
    // There are no sessions.
  }

  @Override
  @SuppressWarnings("deprecation") // it has to be implemented all the same
  public boolean enabled() {
    return true;
  }

  /** What the engine keeps of one that is in. */
  private record Admitted(Subject subject) implements SecurityContext, Serializable {
    private static final long serialVersionUID = 1;
  }

  private record Subject(UUID id, String login) implements SecuritySubject {
    private static final long serialVersionUID = 1;

    @Override
    public SecuritySubjectType type() {
      return SecuritySubjectType.REMOTE_NODE;
    }

    @Override
    public @Nullable InetSocketAddress address() {
      return null;
    }
  }
}
