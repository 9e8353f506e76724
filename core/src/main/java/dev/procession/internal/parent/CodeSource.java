package dev.procession.internal.parent;

import dev.procession.internal.codec.LambdaTable;
import dev.procession.internal.codec.LoaderTable;
import dev.procession.internal.wire.ClassRequest;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the numbers in a pool's calls stand for, as far as its workers are not told it by their
 * class path. Any thread may ask.
 */
public interface CodeSource {
  /** The definition of a lambda's number; null if its loader is gone. */
  byte @Nullable [] definition(int lambda);

  /** Looks for what a worker lacks, and says it, once, on any thread. */
  void find(ClassRequest request, Consumer<ClassFinder.Finding> to);

  /** Is told of each number of a loader that nobody will use any more, on any thread. */
  void addReleaseListener(IntConsumer listener);

  /** The opposite of {@link #addReleaseListener}. */
  void removeReleaseListener(IntConsumer listener);

  /**
   * The lambdas and loaders of this JVM.
   *
   * @param own finds what is said to be of no loader in particular
   * @param threads where loaders are asked, which are user code
   */
  static CodeSource ofThisJvm(ClassLoader own, Executor threads) {
    ClassFinder finder = new ClassFinder(own, /* sameMachine= */ true);
    return new CodeSource() {
      @Override
      public byte @Nullable [] definition(int lambda) {
        return LambdaTable.definition(lambda);
      }

      @Override
      public void find(ClassRequest request, Consumer<ClassFinder.Finding> to) {
        threads.execute(() -> to.accept(finder.find(request)));
      }

      @Override
      public void addReleaseListener(IntConsumer listener) {
        LoaderTable.addReleaseListener(listener);
      }

      @Override
      public void removeReleaseListener(IntConsumer listener) {
        LoaderTable.removeReleaseListener(listener);
      }
    };
  }
}
