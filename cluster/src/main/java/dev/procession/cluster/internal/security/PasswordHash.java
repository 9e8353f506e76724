package dev.procession.cluster.internal.security;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * What a member keeps of a password: PBKDF2 with HMAC-SHA-256 (RFC 8018), as text {@code
 * pbkdf2:iterations:salt:hash} with the last two in Base64.
 *
 * @param iterations how often the function is applied
 * @param salt that no two have in common
 * @param hash of the password
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and nobody else has the arrays
public record PasswordHash(int iterations, byte[] salt, byte[] hash) {
  private static final String SCHEME = "pbkdf2";
  private static final String ALGORITHM = "PBKDF2WithHmacSHA256";

  /**
   * A tenth of a second of a processor, which whoever joins costs the member that looks after
   * joins. More would keep it from that; the passwords that {@link KeyMaker} makes cannot be
   * guessed anyway.
   */
  private static final int ITERATIONS = 100_000;

  private static final int MOST_ITERATIONS = 10_000_000;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;

  /** Of a new password. */
  public static PasswordHash of(String password) {
    byte[] salt = new byte[SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    return new PasswordHash(ITERATIONS, salt, derive(password, salt, ITERATIONS));
  }

  /**
   * Reads {@link #toString}'s text.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static PasswordHash parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 4 || !parts[0].equals(SCHEME)) {
      throw new IllegalArgumentException("not of the form pbkdf2:iterations:salt:hash");
    }
    int iterations = Integer.parseInt(parts[1]);
    byte[] salt = Base64.getDecoder().decode(parts[2]);
    byte[] hash = Base64.getDecoder().decode(parts[3]);
    if (iterations < 1 || iterations > MOST_ITERATIONS || salt.length == 0 || hash.length == 0) {
      throw new IllegalArgumentException(
          "iterations must be from 1 to " + MOST_ITERATIONS + ", and salt and hash not empty");
    }
    return new PasswordHash(iterations, salt, hash);
  }

  /** Whether it is that password's; takes as long for any. */
  public boolean matches(String password) {
    return MessageDigest.isEqual(hash, derive(password, salt, iterations));
  }

  private static byte[] derive(String password, byte[] salt, int iterations) {
    PBEKeySpec spec =
        new PBEKeySpec(password.toCharArray(), salt, iterations, HASH_BYTES * Byte.SIZE);
    try {
      return SecretKeyFactory.getInstance(ALGORITHM).generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no " + ALGORITHM, e);
    } finally {
      spec.clearPassword();
    }
  }

  @Override
  public String toString() {
    Base64.Encoder encoder = Base64.getEncoder();
    return String.join(
        ":",
        SCHEME,
        Integer.toString(iterations),
        encoder.encodeToString(salt),
        encoder.encodeToString(hash));
  }
}
