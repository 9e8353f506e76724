package dev.procession.kit;

import dev.procession.AbstractProcessExecutor;
import dev.procession.ProcessPoolExecutor;
import java.util.EnumSet;
import java.util.Set;

/** Where the pools of one run of the kit have their workers. */
public interface KitBackend {

  /**
   * A pool.
   *
   * @param options of the pool
   * @param workers how many of them the options name
   */
  AbstractProcessExecutor build(ProcessPoolExecutor.Builder options, int workers);

  /** What it can do; {@link Needs} names what a test cannot do without. */
  Set<Ability> abilities();

  /** Worker processes of this JVM's own, as users have them. */
  final class Local implements KitBackend {
    @Override
    public AbstractProcessExecutor build(ProcessPoolExecutor.Builder options, int workers) {
      return options.build();
    }

    @Override
    public Set<Ability> abilities() {
      return EnumSet.allOf(Ability.class);
    }
  }

  /** Workers that are threads of this JVM. */
  final class InProcess implements KitBackend {
    @Override
    public AbstractProcessExecutor build(ProcessPoolExecutor.Builder options, int workers) {
      return options.inProcess(true).build();
    }

    @Override
    public Set<Ability> abilities() {
      return EnumSet.noneOf(Ability.class);
    }
  }
}
