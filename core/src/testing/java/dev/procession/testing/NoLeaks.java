package dev.procession.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * On a test class: no worker process, thread, descriptor, mapping or file of this JVM's pools
 * survives a test, and a test that hangs says where in every process.
 *
 * <p>Each test has 60 seconds. When they, or those of an Awaitility condition, run out, the threads
 * of this JVM and of all its workers are printed. After each test, what was not there before it has
 * 10 seconds to go; what is left fails the test by name, and workers that are left are killed.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Timeout(60)
@ExtendWith({NoLeaksExtension.class, HangDumps.class})
public @interface NoLeaks {}
