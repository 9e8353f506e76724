package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.internal.agent.LoadedClassFiles;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import groovy.lang.Binding;
import groovy.lang.GroovyClassLoader;
import groovy.lang.GroovyShell;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lambdas and closures of other languages of the JVM, from loaders of their own. */
@NoLeaks
class LanguagesIT {
  private static final String GROOVY =
      """
      import dev.procession.*

      class Shapes {
        static int area(int side) { side * side }
      }

      @groovy.transform.CompileStatic
      class Typed {
        static Object run(ProcessPoolExecutor pool) {
          int captured = 2
          Task<Integer> task = () -> Shapes.area(captured + 1)
          pool.submit(task).result()
        }
      }

      int captured = 3
      def pool = dev.procession.testing.Pools.of(1)
      try {
      def closure = { -> Shapes.area(captured) } as Task
      def mapped = pool.map({ it * captured } as TaskFunction, [1, 2, 3])
      [pool.submit(closure).result(), Typed.run(pool), mapped.toList(), pool.submit({ -> [a: captured, b: 'x'] } as Task).result()]
      } finally {
        pool.close()
      }
      """;

  private static final String KOTLIN =
      """
      package lang

      import dev.procession.*

      data class Point(val x: Int, val names: List<String>)

      fun helper(x: Int) = x * 2

      class Program : TaskFunction<ProcessPoolExecutor, Any> {
        override fun apply(pool: ProcessPoolExecutor): Any {
          val captured = 20
          val point = Point(1, listOf("a"))
          val one = pool.submit(Task { helper(captured) + 2 }).result()
          val two = pool.submit(TaskFunction { p: Point -> p.copy(x = p.x + captured) }, point).result()
          val three = pool.map(TaskFunction { x: Int -> helper(x) }, listOf(1, 2, 3)).use { it.toList() }
          val four = pool.submit(Task { sequenceOf(1, 2).map { it + captured }.toList() }).result()
          return listOf(one, two, three, four)
        }
      }
      """;

  private static final String SCALA =
      """
      package lang

      import dev.procession.*
      import scala.jdk.CollectionConverters.*

      case class Point(x: Int, names: List[String])

      object Helper:
        def twice(x: Int): Int = x * 2

      class Program extends TaskFunction[ProcessPoolExecutor, Any]:
        override def apply(pool: ProcessPoolExecutor): Any =
          val captured = 20
          val point = Point(1, List("a"))
          val task: Task[Integer] = () => Helper.twice(captured) + 2
          val moved: TaskFunction[Point, Point] = p => p.copy(x = p.x + captured)
          val doubled: TaskFunction[Integer, Integer] = x => Helper.twice(x)
          val numbers: Task[List[Int]] = () => List(1, 2).map(_ + captured)
          val inputs = java.util.List.of[Integer](1, 2, 3)
          val one = pool.submit(task).result()
          val two = pool.submit(moved, point).result()
          val results = pool.map(doubled, inputs)
          val three = results.iterator().asScala.toList
          results.close()
          val four = pool.submit(numbers).result()
          s"$one $two $three $four"
      """;

  @TempDir Path tmp;

  /** See {@link RemoteClassesIT}. */
  @BeforeAll
  static void bringAgent() throws IOException {
    assertThat(LoadedClassFiles.of(LanguagesIT.class)).isNotEmpty();
  }

  @SuppressWarnings("unchecked")
  private static Object run(Path classes) throws Exception {
    URL[] urls = {classes.toUri().toURL()};
    try (var loader = new URLClassLoader(urls, LanguagesIT.class.getClassLoader());
        var pool = Pools.of(1)) {
      var program =
          (TaskFunction<ProcessPoolExecutor, Object>)
              loader.loadClass("lang.Program").getDeclaredConstructor().newInstance();
      return program.apply(pool);
    }
  }

  @Test
  @DisplayName("Groovy: closures and lambdas of a script that was compiled in memory")
  void groovy() throws Exception {
    try (var loader = new GroovyClassLoader(LanguagesIT.class.getClassLoader())) {
      assertThat(new GroovyShell(loader).evaluate(GROOVY))
          .hasToString("[9, 9, [3, 6, 9], {a=3, b=x}]");
    }
  }

  @Test
  @DisplayName("Groovy: a closure that takes a pool along by the script's variables is told so")
  void groovy_variables() throws Exception {
    try (var loader = new GroovyClassLoader(LanguagesIT.class.getClassLoader());
        var pool = Pools.of(1)) {
      Binding binding = new Binding();
      binding.setVariable("pool", pool);
      String script = "pool.submit({ -> 1 } as dev.procession.Task).result()";
      assertThatThrownBy(() -> new GroovyShell(loader, binding).evaluate(script))
          .isInstanceOf(TaskNotSerializableException.class)
          .hasMessageContaining("variables that are not declared with def");
    }
  }

  @Test
  @DisplayName("Kotlin: lambdas of its SAM conversion, data classes, its collections")
  void kotlin() throws Exception {
    Path source = Files.writeString(tmp.resolve("Program.kt"), KOTLIN);
    Path classes = tmp.resolve("kotlin");
    ByteArrayOutputStream messages = new ByteArrayOutputStream();
    ExitCode exit =
        new K2JVMCompiler()
            .exec(
                new PrintStream(messages, true, StandardCharsets.UTF_8),
                "-no-stdlib",
                "-no-reflect",
                "-jvm-target",
                "17",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                source.toString());
    assertThat(exit).as(messages.toString(StandardCharsets.UTF_8)).isEqualTo(ExitCode.OK);
    assertThat(run(classes)).hasToString("[42, Point(x=21, names=[a]), [2, 4, 6], [21, 22]]");
  }

  @Test
  @DisplayName("Scala: lambdas, case classes, its collections")
  void scala() throws Exception {
    Path source = Files.writeString(tmp.resolve("Program.scala"), SCALA);
    Path classes = Files.createDirectory(tmp.resolve("scala"));
    String[] arguments = {
      "-usejavacp", "-d", classes.toString(), "-color:never", source.toString()
    };
    assertThat(dotty.tools.dotc.Main.process(arguments).hasErrors()).isFalse();
    assertThat(run(classes)).isEqualTo("42 Point(21,List(a)) List(2, 4, 6) List(21, 22)");
  }
}
