package dev.procession.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.internal.codec.Unreadable.Where;
import java.io.InvalidClassException;
import java.io.InvalidObjectException;
import java.net.URL;
import java.net.URLClassLoader;
import org.junit.jupiter.api.Test;

class UnreadableTest {
  private static final ClassLoader LOADER = ClassLoader.getPlatformClassLoader();

  @Test
  void explain_ofMissingClass_namesClassLoaderAndRemedy() {
    Throwable cause = new ClassNotFoundException("com.example.Thumb");
    assertThat(Unreadable.explain("The result could not be read", cause, Where.HERE, LOADER))
        .hasMessage(
            "The result could not be read: class com.example.Thumb was not found by the class loader"
                + " 'platform'. Is the jar that has it on this process's class path?")
        .hasCause(cause);
    assertThat(Unreadable.explain("It", cause, Where.WORKER, LOADER))
        .hasMessage(
            "It: class com.example.Thumb is not on the worker's class path. builder.classPath(...)"
                + " sets that, and builder.remoteClassLoading(true) has workers ask this process for"
                + " what they lack.");
    assertThat(Unreadable.explain("It", cause, Where.WORKER_AND_HERE, LOADER))
        .hasMessage(
            "It: class com.example.Thumb was found neither on the worker's class path nor in this"
                + " process by the class loader 'platform'. Is the jar that has it on this process's"
                + " class path?");
    Throwable linkage = new InvalidObjectException("x").initCause(new NoClassDefFoundError("a/B"));
    assertThat(Unreadable.explain("The result", linkage, Where.HERE, LOADER))
        .hasMessageContaining("class a.B was not found");
  }

  @Test
  void explain_inLoaderWithoutName_namesItsClass() throws Exception {
    try (URLClassLoader loader = new URLClassLoader(new URL[0])) {
      assertThat(Unreadable.explain("It", new ClassNotFoundException("A"), Where.HERE, loader))
          .hasMessageContaining("a class loader of class java.net.URLClassLoader");
    }
  }

  @Test
  void explain_ofOtherBuild_saysSo() {
    assertThat(
            Unreadable.explain(
                "It",
                new IllegalArgumentException("Invalid lambda deserialization"),
                Where.HERE,
                LOADER))
        .hasMessageContaining("another build of a class");
    assertThat(
            Unreadable.explain(
                "It",
                new InvalidClassException("a.B", "local class incompatible"),
                Where.HERE,
                LOADER))
        .hasMessageContaining("another build of a class");
    assertThat(
            Unreadable.explain(
                "It",
                new UnsupportedClassVersionError("A has been compiled by"),
                Where.HERE,
                LOADER))
        .hasMessageContaining("builder.javaHome(...)");
  }

  @Test
  void explain_ofAnythingElse_keepsItsText() {
    assertThat(Unreadable.explain("It", new InvalidObjectException("odd"), Where.HERE, LOADER))
        .hasMessage("It: java.io.InvalidObjectException: odd");
  }
}
