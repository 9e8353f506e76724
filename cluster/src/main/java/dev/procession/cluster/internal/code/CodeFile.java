package dev.procession.cluster.internal.code;

/**
 * A jar of a class path.
 *
 * @param hash SHA-256 of its content, in hexadecimal
 * @param size in bytes
 * @param name for people
 */
public record CodeFile(String hash, long size, String name) {}
