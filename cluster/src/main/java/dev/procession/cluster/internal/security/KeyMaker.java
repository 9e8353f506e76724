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
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
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
  private static final String TRUST_SECRET = "trustPassword";
  private static final int SECRET_BYTES = 24;
  private static final int DAYS = 825;
  private static final int AUTHORITY_DAYS = 3650;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
  private static final Set<String> TAKEN = Set.of(NODE, AUTHORITY, TRUST);

  /** The password is in an environment variable, for the command line is for everybody to see. */
  private static final String PASSWORD_VARIABLE = "PROCESSION_STORE_PASSWORD";

  private final Path directory;

  /** Opens the authority's store. */
  private final String secret;

  /** Opens the store of what is trusted, which holds no secret. */
  private final String trustSecret;

  private KeyMaker(Path directory, Properties known) {
    this.directory = directory;
    this.secret = known.getProperty(SECRET);
    this.trustSecret = known.getProperty(TRUST_SECRET);
  }

  /**
   * Opens a directory in which one was before, or makes it, with an authority and the nodes'
   * certificate.
   */
  public static KeyMaker in(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath();
    Path file = absolute.resolve(AUTHORITY + FILE_SUFFIX);
    Properties known = new Properties();
    if (Files.exists(file)) {
      try (InputStream in = Files.newInputStream(file)) {
        known.load(in);
      }
      if (known.getProperty(SECRET) == null || known.getProperty(TRUST_SECRET) == null) {
        throw new IOException(file + " has no " + SECRET + " or no " + TRUST_SECRET);
      }
    } else {
      Files.createDirectories(absolute);
      refuseOthers(absolute);
      known.setProperty(SECRET, newSecret());
      known.setProperty(TRUST_SECRET, newSecret());
      write(
          file,
          List.of(
              "# Opens "
                  + AUTHORITY
                  + STORE_SUFFIX
                  + ": who has both can let anybody in. No node needs it.",
              SECRET + "=" + known.getProperty(SECRET),
              TRUST_SECRET + "=" + known.getProperty(TRUST_SECRET)));
    }
    KeyMaker made = new KeyMaker(absolute, known);
    made.makeWhatIsMissing(); // all of it, or what an earlier attempt has not come to
    return made;
  }

  /** What a node or a user was given is not to be replaced by what nobody else trusts. */
  private static void refuseOthers(Path directory) throws IOException {
    for (String name : List.of(AUTHORITY, TRUST, NODE)) {
      Path store = directory.resolve(name + STORE_SUFFIX);
      if (Files.exists(store)) {
        throw new IOException(
            store
                + " is there without "
                + AUTHORITY
                + FILE_SUFFIX
                + ", which is where they were made: name that directory, or one without any");
      }
    }
  }

  private void makeWhatIsMissing() throws IOException {
    if (!Files.exists(store(TRUST))) {
      makeAuthority();
    }
    if (!Files.exists(nodeFile())) {
      Made made = make(NODE, Role.MEMBER);
      writeFile(NODE, made, Map.of(NODE, made.user()));
    }
  }

  /** A file that only its owner can read, all of it or none. */
  private static void write(Path file, List<String> lines) throws IOException {
    Path unready = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(unready);
    Files.createFile(unready, ownerOnly());
    Files.write(unready, lines);
    Files.move(unready, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static boolean isPosix() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  }

  /** What has new files readable for their owner only, where the file system can say so. */
  static FileAttribute<?>[] ownerOnly() {
    return isPosix()
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
    Made made = make(name, Role.SUBMIT);
    letIn(name, made.user()); // first: a user's file that is there is one that nodes know
    writeFile(name, made, Map.of());
    return file(name);
  }

  /** Adds a user to the nodes' file, of which all else stays as it is. */
  private void letIn(String name, User user) throws IOException {
    String key = SecurityFile.USERS + name + "=";
    List<String> lines = new ArrayList<>(Files.readAllLines(nodeFile()));
    lines.removeIf(line -> line.startsWith(key)); // of an attempt that went no further
    lines.add(key + user);
    PosixFileAttributes before = null;
    if (isPosix()) {
      before = Files.readAttributes(nodeFile(), PosixFileAttributes.class);
    }
    write(nodeFile(), lines);
    if (before != null) { // a node may run as another user, or in a group that may read it
      PosixFileAttributeView now =
          Files.getFileAttributeView(nodeFile(), PosixFileAttributeView.class);
      now.setGroup(before.group());
      now.setPermissions(before.permissions());
      now.setOwner(before.owner());
    }
  }

  private void makeAuthority() throws IOException {
    Path workplace = Files.createTempDirectory("procession-keys-"); // only we may enter it
    Path file = workplace.resolve(AUTHORITY);
    try {
      generate(
          file, AUTHORITY, AUTHORITY_DAYS, List.of("-ext", "bc:critical=ca:true", "-ext", SIGNS));
      KeyStore authority = KeyStore.getInstance(file.toFile(), secret.toCharArray());
      save(authority, store(AUTHORITY), secret);
      KeyStore trusted = KeyStore.getInstance(STORE_TYPE);
      trusted.load(null, null);
      trusted.setCertificateEntry(AUTHORITY, authority.getCertificate(AUTHORITY));
      save(trusted, store(TRUST), trustSecret); // last: with it the authority is whole
    } catch (GeneralSecurityException e) {
      throw new IOException("the authority's certificate cannot be kept: " + e.getMessage(), e);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(workplace);
    }
  }

  /**
   * What was made for somebody.
   *
   * @param user as nodes know it
   * @param storePassword opens its store
   * @param password with which it says who it is
   */
  private record Made(User user, String storePassword, String password) {}

  /** For tests: a user of whom no node knows, with further options of keytool, which win. */
  void makeStranger(String name, String... options) throws IOException {
    writeFile(name, make(name, Role.SUBMIT, options), Map.of());
  }

  /** Makes somebody's certificate, signed by the authority, in a store with its own password. */
  private Made make(String name, Role role, String... options) throws IOException {
    Path workplace = Files.createTempDirectory("procession-keys-"); // only we may enter it
    Path signing = workplace.resolve(name);
    String storePassword = newSecret();
    try {
      Files.copy(store(AUTHORITY), signing);
      List<String> all = new ArrayList<>(List.of("-signer", AUTHORITY));
      all.addAll(List.of("-ext", "eku=serverAuth,clientAuth"));
      all.addAll(List.of(options));
      generate(signing, name, DAYS, all);
      KeyStore signed = KeyStore.getInstance(signing.toFile(), secret.toCharArray());
      KeyStore own = KeyStore.getInstance(STORE_TYPE);
      own.load(null, null);
      own.setKeyEntry(
          name,
          signed.getKey(name, secret.toCharArray()),
          storePassword.toCharArray(),
          signed.getCertificateChain(name));
      save(own, store(name), storePassword);
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificate of " + name + " cannot be kept: " + e, e);
    } finally {
      Files.deleteIfExists(signing);
      Files.delete(workplace);
    }
    String password = newSecret();
    return new Made(new User(role, PasswordHash.of(password)), storePassword, password);
  }

  private void writeFile(String name, Made made, Map<String, User> users) throws IOException {
    SecurityFile file =
        new SecurityFile(
            file(name),
            new Store(store(name), made.storePassword()),
            new Store(store(TRUST), trustSecret),
            new Login(name, made.password()),
            users);
    write(file(name), file.toLines());
  }

  private static void save(KeyStore store, Path file, String password)
      throws IOException, GeneralSecurityException {
    Files.deleteIfExists(file);
    Files.createFile(file, ownerOnly());
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, password.toCharArray());
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
