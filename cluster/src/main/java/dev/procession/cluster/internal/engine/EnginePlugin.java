package dev.procession.cluster.internal.engine;

import dev.procession.cluster.internal.security.SecurityFile;
import java.io.Serializable;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.ignite.cluster.ClusterNode;
import org.apache.ignite.internal.GridKernalContext;
import org.apache.ignite.internal.IgniteEx;
import org.apache.ignite.internal.processors.security.GridSecurityProcessor;
import org.apache.ignite.plugin.CachePluginContext;
import org.apache.ignite.plugin.CachePluginProvider;
import org.apache.ignite.plugin.ExtensionRegistry;
import org.apache.ignite.plugin.IgnitePlugin;
import org.apache.ignite.plugin.PluginConfiguration;
import org.apache.ignite.plugin.PluginContext;
import org.apache.ignite.plugin.PluginProvider;
import org.jspecify.annotations.Nullable;

/**
 * How the engine takes a {@link Doorkeeper} and who listens to its messages; the rest of what a
 * plug-in can do is not needed.
 */
final class EnginePlugin implements PluginProvider<PluginConfiguration> {
  private final @Nullable SecurityFile security;
  private final Consumer<GridKernalContext> beforeItJoins;

  /**
   * A plug-in.
   *
   * @param security whom to let in; null for all
   * @param beforeItJoins is given the engine, which has all its parts by then, and knows nobody yet
   */
  EnginePlugin(@Nullable SecurityFile security, Consumer<GridKernalContext> beforeItJoins) {
    this.security = security;
    this.beforeItJoins = beforeItJoins;
  }

  @Override
  public <T> @Nullable T createComponent(PluginContext context, Class<T> type) {
    return type == GridSecurityProcessor.class && security != null
        ? type.cast(new Doorkeeper(engine(context), security))
        : null;
  }

  private static GridKernalContext engine(PluginContext context) {
    return ((IgniteEx) context.grid()).context();
  }

  @Override
  public String name() {
    return "procession";
  }

  @Override
  public String version() {
    return "1";
  }

  @Override
  public String copyright() {
    return "";
  }

  @Override
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // so the interface
  public <T extends IgnitePlugin> T plugin() {
    return (T) new IgnitePlugin() {};
  }

  @Override
  public void initExtensions(PluginContext context, ExtensionRegistry registry) {}

  @Override
  @SuppressWarnings("rawtypes") // so the interface
  public @Nullable CachePluginProvider<?> createCacheProvider(CachePluginContext context) {
    return null;
  }

  @Override
  public void start(PluginContext context) {
    beforeItJoins.accept(engine(context));
  }

  @Override
  public void stop(boolean cancel) {}

  @Override
  public void onIgniteStart() {}

  @Override
  public void onIgniteStop(boolean cancel) {}

  @Override
  public @Nullable Serializable provideDiscoveryData(UUID node) {
    return null;
  }

  @Override
  public void receiveDiscoveryData(UUID node, Serializable data) {}

  @Override
  @SuppressWarnings("deprecation") // it has to be implemented all the same
  public void validateNewNode(ClusterNode node) {}
}
