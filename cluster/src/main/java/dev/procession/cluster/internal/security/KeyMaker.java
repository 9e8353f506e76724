package dev.procession.cluster.internal.security;

import dev.procession.cluster.internal.security.SecurityFile.Login;
import dev.procession.cluster.internal.security.SecurityFile.Role;
import dev.procession.cluster.internal.security.SecurityFile.Store;
import dev.procession.cluster.internal.security.SecurityFile.User;
import dev.procession.internal.parent.LaunchCommand;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Makes what a cluster of one's own needs to be secure: an authority that signs certificates, one
 * for the nodes and one for each user, and their {@link SecurityFile}s, in one directory. By the
 * JDK's own keytool. For one thread.
 */
public final class KeyMaker {
  /** As which nodes take part, and the name of their file. */
  public static final String NODE = "node";

  private static final String AUTHORITY = "ca";
  private static final String TRUST = "trust";
  private static final String SIGNS = "ku:critical=keyCertSign,cRLSign";
  private static final String STORE_TYPE = "PKCS12";
  private static final String STORE_SUFFIX = ".p12";
  private static final String FILE_SUFFIX = ".properties";
  private static final String SECRET = "password";
  private static final int SECRET_BYTES = 24;
  private static final int DAYS = 825;
  private static final int AUTHORITY_DAYS = 3650;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
  private static final Set<String> TAKEN = Set.of(NODE, AUTHORITY, TRUST);

  /** The password is in an environment variable, for the command line is for everybody to see. */
  private static final String PASSWORD_VARIABLE = "PROCESSION_STORE_PASSWORD";

  private final Path directory;
  private final String secret;

  private KeyMaker(Path directory, String secret) {
    this.directory = directory;
    this.secret = secret;
  }

  /**
   * Opens a directory in which one was before, or makes it, with an authority and the nodes'
   * certificate.
   */
  public static KeyMaker in(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath();
    Path file = absolute.resolve(AUTHORITY + FILE_SUFFIX);
    if (Files.exists(file)) {
      Properties known = new Properties();
      try (InputStream in = Files.newInputStream(file)) {
        known.load(in);
      }
      String secret = known.getProperty(SECRET);
      if (secret == null) {
        throw new IOException(file + " has no " + SECRET);
      }
      return new KeyMaker(absolute, secret);
    }
    Files.createDirectories(absolute);
    KeyMaker made = new KeyMaker(absolute, newSecret());
    made.makeAuthority();
    made.make(NODE, Role.MEMBER);
    Files.createFile(file, ownerOnly());
    Files.write(
        file,
        List.of(
            "# Opens "
                + AUTHORITY
                + STORE_SUFFIX
                + ": who has both can let anybody in. No node needs it.",
            SECRET + "=" + made.secret));
    return made;
  }

  /** What has new files readable for their owner only, where the file system can say so. */
  static FileAttribute<?>[] ownerOnly() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static String newSecret() {
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().encodeToString(bytes);
  }

  /** The file of nodes. */
  public Path nodeFile() {
    return file(NODE);
  }

  private Path file(String name) {
    return directory.resolve(name + FILE_SUFFIX);
  }

  private Path store(String name) {
    return directory.resolve(name + STORE_SUFFIX);
  }

  /**
   * Makes the certificate and the file of a user, and has nodes let it in: those that have the
   * nodes' file as it is now, without being started anew.
   *
   * @return the user's file
   * @throws IllegalArgumentException if the name is none, or taken
   */
  public Path addUser(String name) throws IOException {
    if (!NAME.matcher(name).matches() || TAKEN.contains(name)) {
      throw new IllegalArgumentException(
          "a user's name has letters, digits, '.', '_' and '-', at most 64 of them, and is none of "
              + String.join(", ", TAKEN.stream().sorted().toList())
              + "; was '"
              + name
              + "'");
    }
    if (Files.exists(file(name))) {
      throw new IllegalArgumentException("there is a user '" + name + "' already: " + file(name));
    }
    User user = make(name, Role.SUBMIT);
    SecurityFile nodes = SecurityFile.read(nodeFile(), /* member= */ true);
    Map<String, User> users = new LinkedHashMap<>(nodes.users());
    users.put(name, user);
    Path changed = directory.resolve(NODE + FILE_SUFFIX + ".new");
    Files.deleteIfExists(changed);
    new SecurityFile(changed, nodes.keyStore(), nodes.trustStore(), nodes.user(), users).write();
    Files.move(changed, nodeFile(), StandardCopyOption.REPLACE_EXISTING);
    return file(name);
  }

  private void makeAuthority() throws IOException {
    Path file = store(AUTHORITY);
    generate(
        file, AUTHORITY, AUTHORITY_DAYS, List.of("-ext", "bc:critical=ca:true", "-ext", SIGNS));
    try {
      KeyStore trusted = KeyStore.getInstance(STORE_TYPE);
      trusted.load(null, null);
      trusted.setCertificateEntry(AUTHORITY, open(file).getCertificate(AUTHORITY));
      save(trusted, store(TRUST));
    } catch (GeneralSecurityException e) {
      throw new IOException("the authority's certificate cannot be kept: " + e.getMessage(), e);
    }
  }

  /** Makes a certificate and its file; for tests with further options, which win. */
  User make(String name, Role role, String... options) throws IOException {
    Path signing = directory.resolve(name + STORE_SUFFIX + ".new");
    try {
      Files.copy(store(AUTHORITY), signing, StandardCopyOption.REPLACE_EXISTING);
      List<String> all = new ArrayList<>(List.of("-signer", AUTHORITY));
      all.addAll(List.of("-ext", "eku=serverAuth,clientAuth"));
      all.addAll(List.of(options));
      generate(signing, name, DAYS, all);
      KeyStore signed = open(signing);
      signed.deleteEntry(AUTHORITY); // it has signed
      save(signed, store(name));
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificate of " + name + " cannot be kept: " + e, e);
    } finally {
      Files.deleteIfExists(signing);
    }
    String password = newSecret();
    User user = new User(role, PasswordHash.of(password));
    Map<String, User> users = role == Role.MEMBER ? Map.of(name, user) : Map.of();
    new SecurityFile(
            file(name),
            new Store(store(name), secret),
            new Store(store(TRUST), secret),
            new Login(name, password),
            users)
        .write();
    return user;
  }

  private KeyStore open(Path file) throws IOException, GeneralSecurityException {
    return KeyStore.getInstance(file.toFile(), secret.toCharArray());
  }

  private void save(KeyStore store, Path file) throws IOException, GeneralSecurityException {
    Files.deleteIfExists(file);
    Files.createFile(file, ownerOnly());
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, secret.toCharArray());
    }
  }

  /** Adds a new key and its certificate to a store, which is made if there is none. */
  private void generate(Path store, String name, int days, List<String> more) throws IOException {
    List<String> command = new ArrayList<>();
    Path java = LaunchCommand.java(Path.of(System.getProperty("java.home")));
    String keytool = java.getFileName().toString().replace("java", "keytool");
    command.add(java.resolveSibling(keytool).toString());
    command.addAll(List.of("-genkeypair", "-alias", name, "-keyalg", "EC"));
    command.addAll(List.of("-groupname", "secp256r1", "-validity", Integer.toString(days)));
    command.addAll(List.of("-dname", "CN=" + name + ",O=Procession"));
    command.addAll(List.of("-keystore", store.toString(), "-storetype", STORE_TYPE));
    command.addAll(List.of("-storepass:env", PASSWORD_VARIABLE));
    command.addAll(more);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put(PASSWORD_VARIABLE, secret);
    LaunchCommand.leaveOutOptionsOfThisJvm(builder);
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + " failed: " + said.trim());
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while keytool ran", e);
    }
  }
}
