package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InvalidClassException;
import java.io.InvalidObjectException;
import java.net.URL;
import java.net.URLClassLoader;
import org.junit.jupiter.api.Test;

class UnreadableTest {
  private static final ClassLoader LOADER = ClassLoader.getPlatformClassLoader();

  @Test
  void explainUnreadable_ofMissingClass_namesClassLoaderAndRemedy() {
    Throwable cause = new ClassNotFoundException("com.example.Thumb");
    assertThat(Unreadable.explainUnreadable("Task 17 (thumbs)", cause, LOADER))
        .hasMessage(
            "Task 17 (thumbs) could not be read: class com.example.Thumb was not found by the class"
                + " loader 'platform'. Is the jar that has it on the worker's class path?"
                + " builder.classPath(...) sets it.")
        .hasCause(cause);
    Throwable linkage = new InvalidObjectException("x").initCause(new NoClassDefFoundError("a/B"));
    assertThat(Unreadable.explainUnreadable("The result", linkage, LOADER))
        .hasMessageContaining("class a.B was not found");
  }

  @Test
  void explainUnreadable_inLoaderWithoutName_namesItsClass() throws Exception {
    try (URLClassLoader loader = new URLClassLoader(new URL[0])) {
      assertThat(Unreadable.explainUnreadable("It", new ClassNotFoundException("A"), loader))
          .hasMessageContaining("a class loader of class java.net.URLClassLoader");
    }
  }

  @Test
  void explainUnreadable_ofOtherBuild_saysSo() {
    assertThat(
            Unreadable.explainUnreadable(
                "It", new IllegalArgumentException("Invalid lambda deserialization"), LOADER))
        .hasMessageContaining("another build of a class");
    assertThat(
            Unreadable.explainUnreadable(
                "It", new InvalidClassException("a.B", "local class incompatible"), LOADER))
        .hasMessageContaining("another build of a class");
    assertThat(
            Unreadable.explainUnreadable(
                "It", new UnsupportedClassVersionError("A has been compiled by"), LOADER))
        .hasMessageContaining("builder.javaHome(...)");
  }

  @Test
  void explainUnreadable_ofAnythingElse_keepsItsText() {
    assertThat(Unreadable.explainUnreadable("It", new InvalidObjectException("odd"), LOADER))
        .hasMessage("It could not be read: java.io.InvalidObjectException: odd");
  }
}
