package dev.procession;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.procession.internal.agent.LoadedClassFiles;
import dev.procession.testing.NoLeaks;
import dev.procession.testing.Pools;
import dev.procession.testing.Sources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tasks whose code is not on the workers' class path. */
@NoLeaks
class RemoteClassesIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** A plug-in; each of its methods submits a task of its own. */
  private static final String PLUGIN =
      """
      package plug;

      import dev.procession.*;
      import java.io.*;
      import java.util.*;
      import java.util.function.*;

      public final class Plugin implements TaskFunction2<ProcessPoolExecutor, String, Object> {
        public record Point(int x, List<String> names) implements Serializable {}

        public static final class Refused extends RuntimeException {
          final int code;
          Refused(int code) {
            super("refused");
            this.code = code;
          }
        }

        public static final class Job implements Task<String> {
          private final Point point = new Point(3, List.of("job"));
          @Override public String call() {
            return point + " of " + Version.TEXT;
          }
        }

        private static String load(String name) {
          try {
            return Plugin.class.getClassLoader().loadClass(name).getName();
          } catch (ClassNotFoundException e) {
            return "none";
          }
        }

        private static int refuse(int code) {
          throw new Refused(code);
        }

        interface Greeter {
          String greet();
        }

        public static final class Polite implements Greeter {
          @Override public String greet() {
            return "good morning";
          }
        }

        private static String resource(ClassLoader loader, String name) throws IOException {
          try (InputStream in = loader.getResourceAsStream(name)) {
            return in == null ? "none" : new String(in.readAllBytes());
          }
        }

        @Override public Object apply(ProcessPoolExecutor pool, String what) throws Exception {
          int captured = 40;
          Point one = new Point(1, List.of("a"));
          return switch (what) {
            case "lambda" -> pool.submit(() -> captured + Version.NUMBER).result();
            case "object" -> pool.submit(() -> new Point(one.x() + 1, one.names())).result();
            case "job" -> pool.submit(new Job()).result();
            case "function" -> pool.submit((Point p) -> p.x() + Version.NUMBER, one).result();
            case "failure" -> pool.submit((Integer code) -> refuse(code), 7).exception().get();
            case "resource" -> pool.submit(
                () -> resource(Plugin.class.getClassLoader(), "plug/text.txt")).result();
            case "context" -> pool.submit(
                () -> resource(Thread.currentThread().getContextClassLoader(), "plug/text.txt")).result();
            case "nested" -> {
              Task<Integer> inner = () -> captured + Version.NUMBER;
              List<Task<Integer>> deeper = List.of(inner);
              yield pool.submit(() -> inner.call() + deeper.get(0).call()).result();
            }
            case "task" -> (Task<Integer>) () -> captured + Version.NUMBER;
            case "missing resource" -> pool.submit(
                () -> resource(Plugin.class.getClassLoader(), "plug/none.txt")).result();
            case "service" -> pool.submit(() -> {
                for (Greeter greeter : ServiceLoader.load(Greeter.class)) {
                  return greeter.greet();
                }
                return "nobody";
              }).result();
            case "map" -> {
              try (var points = pool.map((Point p) -> new Point(p.x() * 2, p.names()),
                  List.of(one, new Point(2, List.of())))) {
                yield points.stream().toList();
              }
            }
            case "point" -> one;
            case "static" -> pool.submit(() -> ++Version.counter).result();
            case "source" -> pool.submit(() ->
                Plugin.class.getProtectionDomain().getCodeSource().getLocation().toString()).result();
            case "shared" -> {
              try (Shared<Point> shared = pool.share(one)) {
                yield pool.submit(() -> shared.get().names()).result();
              }
            }
            case "initializer" -> (VoidTask) () -> System.setProperty("initialized.by", Version.TEXT);
            case "gone" -> pool.submit(() -> Gone.NUMBER).exception().get();
            default -> {
              String name = what.substring(5);
              yield what.startsWith("find ")
                  ? pool.submit(() -> String.valueOf(Plugin.class.getClassLoader().getResource(name))).result().replace("null", "none")
                  : pool.submit(() -> load(name)).result();
            }
          };
        }
      }
      """;

  private static String version(int number) {
    return """
        package plug;

        final class Version {
          static final Integer NUMBER = %d;
          static final String TEXT = "version %d";
          static int counter = %d;
        }
        """
        .formatted(number, number, 100 * number);
  }

  @TempDir Path tmp;

  /** An agent, once it is there, has a socket for good: that one is no leak of a test's. */
  @BeforeAll
  static void bringAgent() throws IOException {
    assertThat(LoadedClassFiles.of(RemoteClassesIT.class)).isNotEmpty();
  }

  private Path compiled(int version) throws IOException {
    Path to = tmp.resolve("plug-in " + version);
    Sources.compile(
        to,
        Map.of(
            "plug/Plugin.java",
            PLUGIN,
            "plug/Version.java",
            version(version),
            "plug/Gone.java",
            "package plug; final class Gone { static final Integer NUMBER = 1; }"),
        "-cp",
        System.getProperty("java.class.path"));
    Files.writeString(to.resolve("plug/text.txt"), "text " + version);
    Path services = Files.createDirectories(to.resolve("META-INF/services"));
    Files.writeString(services.resolve("plug.Plugin$Greeter"), "plug.Plugin$Polite");
    Files.delete(to.resolve("plug/Gone.class"));
    return to;
  }

  private static URLClassLoader loader(Path classes) throws IOException {
    return new URLClassLoader(
        new URL[] {classes.toUri().toURL()}, RemoteClassesIT.class.getClassLoader());
  }

  /** What a plug-in gets when its own code submits. */
  @SuppressWarnings("unchecked")
  private static TaskFunction<String, Object> plugin(ClassLoader loader, ProcessPoolExecutor pool)
      throws ReflectiveOperationException {
    var made =
        (TaskFunction2<ProcessPoolExecutor, String, Object>)
            loader.loadClass("plug.Plugin").getDeclaredConstructor().newInstance();
    return what -> made.apply(pool, what);
  }

  @Test
  @DisplayName("code, objects, failures and resources of a plug-in's own loader cross")
  void plugin() throws Exception {
    Path classes = compiled(2);
    try (var pool = Pools.of(1);
        var loader = loader(classes)) {
      var plugin = plugin(loader, pool);
      assertThat(plugin.apply("lambda")).isEqualTo(42);
      assertThat(plugin.apply("object")).hasToString("Point[x=2, names=[a]]");
      assertThat(plugin.apply("object").getClass().getClassLoader()).isSameAs(loader);
      assertThat(plugin.apply("job")).isEqualTo("Point[x=3, names=[job]] of version 2");
      assertThat(plugin.apply("function")).isEqualTo(3);
      assertThat(plugin.apply("nested")).isEqualTo(84);
      assertThat(plugin.apply("failure"))
          .hasToString("plug.Plugin$Refused: refused")
          .hasFieldOrPropertyWithValue("code", 7);
      assertThat(plugin.apply("resource")).isEqualTo("text 2");
      assertThat(plugin.apply("context")).isEqualTo("text 2");
      assertThat(plugin.apply("missing resource")).isEqualTo("none");
      assertThat(plugin.apply("service")).isEqualTo("good morning");
      assertThat(plugin.apply("map")).hasToString("[Point[x=2, names=[a]], Point[x=4, names=[]]]");
      assertThat(plugin.apply("source")).isEqualTo(classes.toUri().toURL().toString());
      assertThat(plugin.apply("shared")).isEqualTo(List.of("a"));
    }
  }

  @Test
  @DisplayName("two versions of a plug-in are in use in one worker and do not mix")
  void versions() throws Exception {
    Path first = compiled(1);
    Path second = compiled(2);
    try (var pool = Pools.of(1);
        var one = loader(first);
        var two = loader(second)) {
      var old = plugin(one, pool);
      var young = plugin(two, pool);
      for (int i = 1; i <= 3; i++) {
        assertThat(old.apply("lambda")).isEqualTo(41);
        assertThat(young.apply("lambda")).isEqualTo(42);
        assertThat(old.apply("static")).isEqualTo(100 + i);
        assertThat(young.apply("static")).isEqualTo(200 + i);
        assertThat(old.apply("job")).isEqualTo("Point[x=3, names=[job]] of version 1");
        assertThat(young.apply("job")).isEqualTo("Point[x=3, names=[job]] of version 2");
        assertThat(old.apply("object").getClass().getClassLoader()).isSameAs(one);
        assertThat(young.apply("object").getClass().getClassLoader()).isSameAs(two);
        assertThat(young.apply("failure").getClass().getClassLoader()).isSameAs(two);
        assertThat(old.apply("failure").getClass().getClassLoader()).isSameAs(one);
        assertThat(old.apply("resource")).isEqualTo("text 1");
        assertThat(young.apply("resource")).isEqualTo("text 2");
      }
      assertThat(pool.snapshot().workers()).hasSize(1);
    }
  }

  /** Has its own classes first, as an application server's loaders have, and says so of nothing. */
  private static final class ParentLast extends ClassLoader {
    private final Path classes;

    ParentLast(Path classes, ClassLoader parent) {
      super(parent);
      this.classes = classes;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        Path file = classes.resolve(name.replace('.', '/') + ".class");
        if (known != null || !Files.exists(file)) {
          return known != null ? known : super.loadClass(name, resolve);
        }
        try {
          byte[] bytes = Files.readAllBytes(file);
          return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
          throw new ClassNotFoundException(name, e);
        }
      }
    }
  }

  @Test
  @DisplayName("under a parent-last loader the worker has the same version as the parent")
  void parentLast() throws Exception {
    Path server = compiled(1);
    Path application = compiled(2);
    try (var pool = Pools.of(1);
        var above = loader(server)) {
      var web = new ParentLast(application, above);
      assertThat(plugin(web, pool).apply("job")).isEqualTo("Point[x=3, names=[job]] of version 2");
      assertThat(plugin(above, pool).apply("job"))
          .isEqualTo("Point[x=3, names=[job]] of version 1");
    }
  }

  @Test
  @DisplayName("classes that javac has compiled in memory need no help of their loader")
  void inMemory() throws Exception {
    Map<String, byte[]> classes =
        InMemory.compile(
            "mem.Script",
            """
        package mem;
        import dev.procession.*;
        public final class Script implements TaskFunction<ProcessPoolExecutor, Object> {
          record Twice(String text) implements java.io.Serializable {}
          @Override public Object apply(ProcessPoolExecutor pool) throws Exception {
            String captured = "in memory";
            return pool.submit(() -> new Twice(captured + " " + captured)).result().text();
          }
        }
        """);
    try (var pool = Pools.of(1)) {
      @SuppressWarnings("unchecked")
      var script =
          (TaskFunction<ProcessPoolExecutor, Object>)
              new InMemory(classes).loadClass("mem.Script").getDeclaredConstructor().newInstance();
      assertThat(script.apply(pool)).isEqualTo("in memory in memory");
    }
  }

  /** The shortest loader of such classes: its resources are its parent's. */
  private static final class InMemory extends ClassLoader {
    private final Map<String, byte[]> classes;

    InMemory(Map<String, byte[]> classes) {
      super(RemoteClassesIT.class.getClassLoader());
      this.classes = classes;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      byte[] bytes = classes.get(name);
      if (bytes == null) {
        throw new ClassNotFoundException(name);
      }
      return defineClass(name, bytes, 0, bytes.length);
    }

    static Map<String, byte[]> compile(String name, String text) {
      Map<String, ByteArrayOutputStream> written = new HashMap<>();
      JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
      var source =
          new SimpleJavaFileObject(
              URI.create("string:///" + name.replace('.', '/') + ".java"), Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
              return text;
            }
          };
      var files =
          new ForwardingJavaFileManager<>(javac.getStandardFileManager(null, null, null)) {
            @Override
            public JavaFileObject getJavaFileForOutput(
                Location location, String className, Kind kind, FileObject sibling) {
              return new SimpleJavaFileObject(URI.create("mem:///" + className), kind) {
                @Override
                public OutputStream openOutputStream() {
                  var bytes = new ByteArrayOutputStream();
                  written.put(className, bytes);
                  return bytes;
                }
              };
            }
          };
      assertThat(
              javac.getTask(null, files, null, List.of("-proc:none"), null, List.of(source)).call())
          .isTrue();
      Map<String, byte[]> classes = new HashMap<>();
      written.forEach((className, bytes) -> classes.put(className, bytes.toByteArray()));
      return classes;
    }
  }

  private static int sizeOf(List<?> list) {
    return list.stream().mapToInt(Object::hashCode).sum() == 0 ? -1 : list.size();
  }

  @Test
  @DisplayName("objects of a plug-in, however deep, cross to code of the application")
  void foreignArguments() throws Exception {
    try (var pool = Pools.of(1);
        var loader = loader(compiled(2))) {
      Object point = plugin(loader, pool).apply("object");
      assertThat(pool.submit((Object o) -> o.toString(), point).result())
          .isEqualTo("Point[x=2, names=[a]]");
      assertThat(pool.submit((Object o) -> o, point).result()).isEqualTo(point);
      assertThat(pool.submit(RemoteClassesIT::sizeOf, List.of(point, point)).result()).isEqualTo(2);
      Object task = plugin(loader, pool).apply("task");
      assertThat(pool.submit((Object t) -> ((Task<?>) t).call(), task).result()).isEqualTo(42);
      assertThat(
              pool.submit((Object t) -> ((Task<?>) ((List<?>) t).get(0)).call(), List.of(task))
                  .result())
          .isEqualTo(42);
      List<Object> captured = List.of(List.of(point));
      assertThat(pool.submit(() -> captured).result()).isEqualTo(captured);
      try (var results =
          pool.map((Object o) -> o.toString(), List.of(point, "x", List.of(point)))) {
        assertThat(results.stream().toList())
            .containsExactly("Point[x=2, names=[a]]", "x", "[Point[x=2, names=[a]]]");
      }
    }
  }

  @Test
  @DisplayName("an initializer and a worker's serializer may come from a plug-in's loader")
  void initializer() throws Exception {
    try (var loader = loader(compiled(2))) {
      var first = Pools.of(1);
      VoidTask initializer;
      try (first) {
        initializer = (VoidTask) plugin(loader, first).apply("initializer");
      }
      try (var pool = Pools.builder(1).initializer(initializer).build()) {
        assertThat(pool.submit(() -> System.getProperty("initialized.by")).result())
            .isEqualTo("version 2");
      }
    }
  }

  @Test
  @DisplayName("a class that the parent lacks too fails that task alone, by name")
  void missing() throws Exception {
    try (var pool = Pools.of(1);
        var loader = loader(compiled(2))) {
      var plugin = plugin(loader, pool);
      assertThat((Throwable) plugin.apply("gone"))
          .isInstanceOf(NoClassDefFoundError.class)
          .hasMessageContaining("plug/Gone");
      assertThat(plugin.apply("lambda")).isEqualTo(42);
    }
  }

  @Test
  @DisplayName("remoteClassLoading(false): a task from another loader fails with class and remedy")
  void turnedOff() throws Exception {
    try (var pool = Pools.builder(1).remoteClassLoading(false).build();
        var loader = loader(compiled(2))) {
      assertThatThrownBy(() -> plugin(loader, pool).apply("lambda"))
          .isInstanceOf(TaskDeserializationException.class)
          .hasMessageContaining("plug.Plugin")
          .hasMessageContaining("remoteClassLoading");
      assertThat(pool.submit(() -> 1).result()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("what a class path of the user's own lacks comes from the parent")
  void ownClassPath() throws Exception {
    try (var pool = Pools.builder(1).classPath(List.of()).build()) {
      assertThat(pool.submit(() -> Thread.currentThread().getName()).result()).isEqualTo("main");
      assertThat(
              pool.submit(() -> RemoteClassesIT.class.getResource("RemoteClassesIT.class"))
                  .result())
          .isNotNull();
    }
  }

  /** Finds as resources whatever files there are, wherever the name leads. */
  private static final class Careless extends URLClassLoader {
    private final Path classes;

    Careless(Path classes) throws IOException {
      super(new URL[] {classes.toUri().toURL()}, RemoteClassesIT.class.getClassLoader());
      this.classes = classes;
    }

    @Override
    public URL getResource(String name) {
      try {
        Path file = classes.resolve(name);
        return Files.exists(file) ? file.toUri().toURL() : super.getResource(name);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  @DisplayName("a worker that asks for files outside the class path is told of none")
  void filesOutside() throws Exception {
    Path secret = Files.writeString(tmp.resolve("secret.txt"), "secret");
    try (var pool = Pools.of(1);
        var loader = new Careless(compiled(2))) {
      var plugin = plugin(loader, pool);
      assertThat(plugin.apply("find plug/text.txt")).asString().endsWith("plug/text.txt");
      for (String name :
          List.of(
              "../secret.txt",
              "plug/../../secret.txt",
              "plug/./text.txt",
              secret.toString(),
              "..\\secret.txt",
              "/etc/passwd",
              "x\0/../../secret.txt")) {
        assertThat(plugin.apply("find " + name)).as(name).isEqualTo("none");
      }
      for (String name : List.of("../secret", "plug/Plugin", "[Lplug.Plugin;", "x;", "a\nb")) {
        assertThat(plugin.apply("load " + name)).as(name).isEqualTo("none");
      }
      assertThat(plugin.apply("find " + "x".repeat(100_000))).isEqualTo("none");
      assertThat(plugin.apply("lambda")).isEqualTo(42);
      assertThat(pool.snapshot().restarts()).isZero();
    }
  }

  @Test
  @DisplayName(
      "results of a map are read by the loader of their element, whoever's the function is")
  void mapOfOthersElements() throws Exception {
    try (var pool = Pools.of(1);
        var first = loader(compiled(1));
        var second = loader(compiled(2))) {
      Object one = plugin(first, pool).apply("point");
      Object two = plugin(second, pool).apply("point");
      List<Object> inputs = List.of(one, two, "own", one, two);
      TaskFunction<Object, Object> same = element -> element;
      try (MapResults<Object> results = pool.map(same, inputs)) {
        assertThat(results.stream().toList()).isEqualTo(inputs);
      }
      TaskFunction<Object, Object> inList = element -> List.of(new byte[50_000], element);
      try (MapResults<Object> results = pool.map(inList, inputs)) {
        assertThat(results.stream().map(result -> ((List<?>) result).get(1)).toList())
            .isEqualTo(inputs);
      }
    }
  }

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES) // -Dgenerations=10000
  @DisplayName("what no task's code refers to any more is unloaded, in parent and worker")
  void generations() throws Exception {
    Path classes = compiled(2);
    int generations = Integer.getInteger("generations", 400);
    int look = generations / 4;
    // The JVM's own soft references would keep some hundreds of loaders a while.
    try (var pool = Pools.builder(1).jvmArgs("-XX:SoftRefLRUPolicyMSPerMB=0").build()) {
      long first = 0;
      List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
      for (int i = 1; i <= generations; i++) {
        try (var loader = loader(classes)) {
          loaders.add(new WeakReference<>(loader));
          assertThat(plugin(loader, pool).apply(i % 2 == 0 ? "object" : "lambda")).isNotNull();
        }
        if (i % look == 0) {
          awaitFew(loaders);
          // More than once: the worker is told over its channel, which may be slower than a task.
          long allowed = first == 0 ? Long.MAX_VALUE : first + (2 << 20);
          Awaitility.await("metaspace below " + allowed + " after " + i)
              .until(() -> metaspaceOfWorker(pool), used -> used < allowed);
          first = first == 0 ? metaspaceOfWorker(pool) : first;
        }
      }
    }
  }

  private static void awaitFew(List<WeakReference<ClassLoader>> loaders) {
    Awaitility.await()
        .until(
            () -> {
              System.gc();
              return loaders.stream().filter(loader -> !loader.refersTo(null)).count() < 10;
            });
  }

  private static long metaspaceOfWorker(ProcessPoolExecutor pool) throws Exception {
    return pool.submit(
            () -> {
              System.gc();
              System.gc();
              return ManagementFactory.getMemoryPoolMXBeans().stream()
                  .filter(memory -> memory.getName().equals("Metaspace"))
                  .mapToLong(memory -> memory.getUsage().getUsed())
                  .sum();
            })
        .result();
  }
}
