package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;

import dev.procession.testing.NoLeaks;
import java.lang.reflect.Field;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A worker's JVM that crashes, with a core dump wanted or not. */
@NoLeaks
class NativeCrashIT {
  /**
   * Found by the chaos run: told to dump no core, a JVM that has crashed ends with exit code 1,
   * which was taken for a call of System.exit.
   */
  @ParameterizedTest
  @ValueSource(strings = {"-XX:-CreateCoredumpOnCrash", "-XX:+CreateCoredumpOnCrash"})
  void crashOfTheJvm_withOrWithoutACore_isTold(String coreDump) throws Exception {
    try (var pool = ProcessPoolExecutor.builder().workers(1).jvmArgs(coreDump).build()) {
      var failure = pool.submit(NativeCrashIT::readAtAddressEight).exception().orElseThrow();
      assertThat(failure).isInstanceOf(WorkerCrashedException.class);
      CrashReport report = ((WorkerCrashedException) failure).report();
      assertThat(report.reason()).isEqualTo(ExitReason.NATIVE_CRASH);
      assertThat(report.fatalErrorLog().orElse("")).contains("SIGSEGV");
      assertThat(failure).hasMessageContaining("the JVM or native code crashed");
    }
  }

  private static Long readAtAddressEight() throws ReflectiveOperationException {
    Class<?> unsafe = Class.forName("sun.misc.Unsafe");
    Field field = unsafe.getDeclaredField("theUnsafe");
    field.setAccessible(true);
    return (Long) unsafe.getMethod("getLong", long.class).invoke(field.get(null), 8L);
  }
}
