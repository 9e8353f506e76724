package dev.procession.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassFileTest {
  /** Three methods, as the compiler writes them: the constructor, two of its own. */
  static class TwoMethods {
    long one() {
      return 123_456_789_012L; // a constant that takes two places in the pool
    }

    double two() {
      return 2.5e77;
    }
  }

  /** Two: a static initializer, and a constructor. */
  static class StaticInitializer {
    static final Object LOCK = new Object();
  }

  /** None. */
  interface Empty {}

  /** Two, one abstract and one default. */
  interface OneDefault {
    void plain();

    default void given() {}
  }

  private static byte[] bytesOf(Class<?> type) throws IOException {
    String name = type.getName().substring(type.getName().lastIndexOf('.') + 1) + ".class";
    try (InputStream in = type.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  @Test
  void countMethods_ofClassesKnown_isWhatTheSourceSays() throws IOException {
    assertThat(ClassFile.countMethods(bytesOf(TwoMethods.class))).isEqualTo(3);
    assertThat(ClassFile.countMethods(bytesOf(StaticInitializer.class))).isEqualTo(2);
    assertThat(ClassFile.countMethods(bytesOf(Empty.class))).isZero();
    assertThat(ClassFile.countMethods(bytesOf(OneDefault.class))).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        Runnable.class,
        Comparable.class,
        java.util.AbstractList.class,
        java.util.Optional.class,
        java.util.Objects.class,
        java.util.concurrent.CompletionStage.class,
        java.util.concurrent.ExecutorService.class
      })
  void countMethods_ofJdkClass_isReflectionsCountAndPerhapsTheInitializer(Class<?> type)
      throws IOException {
    int reflected = type.getDeclaredMethods().length + type.getDeclaredConstructors().length;
    assertThat(ClassFile.countMethods(bytesOf(type)) - reflected).isBetween(0, 1);
  }

  @Test
  void countMethods_ofEveryClassOfJavaSql_readsThemAll() throws IOException {
    List<String> files =
        ModuleImage.classFiles().stream()
            .filter(file -> file.startsWith("/modules/java.sql/"))
            .toList();
    assertThat(files).hasSizeGreaterThan(50);
    int methods = 0;
    for (String file : files) {
      methods += ClassFile.countMethods(Files.readAllBytes(ModuleImage.path(file)));
    }
    assertThat(methods).isGreaterThan(500);
  }

  @Test
  void countMethods_ofSomethingElse_saysSo() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClassFile.countMethods("PK\3\4 and more".getBytes()))
        .withMessage("not a class file: begins with 0x504b0304, not 0xcafebabe");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClassFile.countMethods(new byte[0]))
        .withMessage("class file ends too early: after 0 bytes");
  }

  @Test
  void countMethods_ofEveryBeginningOfAClassFile_neverFailsOtherwise() throws IOException {
    byte[] whole = bytesOf(TwoMethods.class);
    int refused = 0;
    for (int length = 0; length < whole.length; length++) {
      try {
        ClassFile.countMethods(Arrays.copyOf(whole, length));
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(whole.length / 2); // only the class's own attributes may miss
  }

  @Test
  void countMethods_ofAnUnknownConstant_namesKindAndPlace() throws IOException {
    byte[] bytes = bytesOf(Empty.class);
    bytes[10] = 99; // the first constant's tag
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClassFile.countMethods(bytes))
        .withMessage("unknown constant of kind 99 at byte 10 of a class file");
  }
}
