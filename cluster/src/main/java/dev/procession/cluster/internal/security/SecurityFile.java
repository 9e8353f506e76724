package dev.procession.cluster.internal.security;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;

/**
 * What one process needs to take part in a cluster: its certificate, those that it trusts, its user
 * and, for a member, the users that it lets in. A file of properties; paths in it start from its
 * directory.
 *
 * @param file that it was read from
 * @param keyStore with the certificate and its key, PKCS #12
 * @param trustStore with the certificates of who signs others'
 * @param user as which it takes part
 * @param users that may take part, by their names; only members look
 */
public record SecurityFile(
    Path file, Store keyStore, Store trustStore, Login user, Map<String, User> users) {
  private static final String KEY_STORE = "keyStore";
  private static final String TRUST_STORE = "trustStore";
  private static final String PASSWORD = "Password";
  private static final String USER = "user";
  private static final String USER_PASSWORD = "password";
  static final String USERS = "users.";
  private static final Set<String> KNOWN =
      Set.of(
          KEY_STORE,
          KEY_STORE + PASSWORD,
          TRUST_STORE,
          TRUST_STORE + PASSWORD,
          USER,
          USER_PASSWORD);

  /** Where certificates are, and what opens the file. */
  public record Store(Path file, String password) {
    @Override
    public String toString() {
      return file.toString(); // not the password
    }
  }

  /** A name and a password. */
  public record Login(String name, String password) {
    @Override
    public String toString() {
      return name; // not the password
    }
  }

  /** What a user may do. */
  public enum Role {
    /** Submit tasks. */
    SUBMIT,
    /** Run others' tasks. */
    MEMBER;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Of one user: what it may do, and by what it is known. */
  public record User(Role role, PasswordHash password) {
    /**
     * Reads {@link #toString}'s text.
     *
     * @throws IllegalArgumentException if it is none
     */
    static User parse(String text) {
      String[] parts = text.trim().split("\\s+", -1);
      for (Role role : Role.values()) {
        if (parts.length == 2 && role.word().equals(parts[0])) {
          return new User(role, PasswordHash.parse(parts[1]));
        }
      }
      throw new IllegalArgumentException("not 'submit HASH' or 'member HASH'");
    }

    @Override
    public String toString() {
      return role.word() + " " + password;
    }
  }

  /** Copies the map. */
  public SecurityFile {
    users = Collections.unmodifiableMap(new LinkedHashMap<>(users));
  }

  /**
   * Reads it; what it names is not looked at yet.
   *
   * @throws IOException with a message that names the file and what is wrong with it
   */
  public static SecurityFile read(Path file) throws IOException {
    Path absolute = file.toAbsolutePath();
    Properties properties = load(absolute);
    return new SecurityFile(
        absolute,
        store(absolute, properties, KEY_STORE),
        store(absolute, properties, TRUST_STORE),
        new Login(
            required(absolute, properties, USER), required(absolute, properties, USER_PASSWORD)),
        users(absolute, properties));
  }

  /** Only the users of a file, as they are now. */
  public static Map<String, User> readUsers(Path file) throws IOException {
    return users(file, load(file));
  }

  private static Properties load(Path file) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no file " + file, e);
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(file + " cannot be read: " + e, e);
    }
    return properties;
  }

  private static Store store(Path file, Properties properties, String name) throws IOException {
    Path store = file.resolveSibling(required(file, properties, name)).normalize();
    return new Store(store, required(file, properties, name + PASSWORD));
  }

  private static String required(Path file, Properties properties, String name) throws IOException {
    String value = properties.getProperty(name);
    if (value == null || value.isBlank()) {
      throw new IOException(file + ": '" + name + "' is missing");
    }
    return value.trim();
  }

  private static Map<String, User> users(Path file, Properties properties) throws IOException {
    Map<String, User> users = new LinkedHashMap<>();
    for (String key : new TreeSet<>(properties.stringPropertyNames())) {
      if (key.startsWith(USERS)) {
        try {
          users.put(key.substring(USERS.length()), User.parse(properties.getProperty(key)));
        } catch (IllegalArgumentException e) {
          throw new IOException(file + ": '" + key + "' is " + e.getMessage(), e);
        }
      } else if (!KNOWN.contains(key)) {
        throw new IOException(file + ": '" + key + "' is not known; there are " + known());
      }
    }
    return users;
  }

  private static String known() {
    return String.join(", ", new TreeSet<>(KNOWN)) + " and users.NAME";
  }

  /**
   * Looks whether all that it names can be used.
   *
   * @param member whether a member is to use it, which needs users that it lets in
   * @throws IOException with a message that names the file and what is wrong with it
   */
  public void check(boolean member) throws IOException {
    checkCertificate();
    load(trustStore, TRUST_STORE);
    if (member && users.values().stream().noneMatch(each -> each.role() == Role.MEMBER)) {
      throw new IOException(
          file
              + ": a node needs users that it lets in, one of them a member: users.NAME=member HASH");
    }
  }

  private void checkCertificate() throws IOException {
    KeyStore keys = load(keyStore, KEY_STORE);
    try {
      for (String alias : Collections.list(keys.aliases())) {
        Certificate certificate = keys.getCertificate(alias);
        if (keys.isKeyEntry(alias) && certificate instanceof X509Certificate own) {
          own.checkValidity();
          return;
        }
      }
    } catch (CertificateExpiredException | CertificateNotYetValidException e) {
      throw new IOException(
          file + ": the certificate in " + keyStore + " is not valid now: " + e.getMessage(), e);
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": " + keyStore + " cannot be used: " + e, e);
    }
    throw new IOException(file + ": " + keyStore + " has no certificate with its key");
  }

  private KeyStore load(Store store, String name) throws IOException {
    if (!Files.isReadable(store.file())) {
      throw new IOException(file + ": '" + name + "' is " + store + ", which cannot be read");
    }
    try {
      return KeyStore.getInstance(store.file().toFile(), store.password().toCharArray());
    } catch (IOException | GeneralSecurityException e) {
      throw new IOException(
          file + ": '" + name + "' is " + store + ", which cannot be opened: " + e.getMessage(), e);
    }
  }

  /** What the file says. */
  List<String> toLines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "# A process of a Procession cluster. Keep it from others: whoever has it is that user.");
    addStore(lines, KEY_STORE, keyStore);
    addStore(lines, TRUST_STORE, trustStore);
    lines.add(USER + "=" + user.name());
    lines.add(USER_PASSWORD + "=" + user.password());
    users.forEach((name, each) -> lines.add(USERS + name + "=" + each));
    return lines;
  }

  /** By its name, so that the directory can be moved; it is beside this file. */
  private static void addStore(List<String> lines, String name, Store store) {
    lines.add(name + "=" + store.file().getFileName());
    lines.add(name + PASSWORD + "=" + store.password());
  }
}
