package dev.procession.cluster.internal.engine;

import dev.procession.cluster.internal.security.SecurityFile;
import java.io.Serializable;
import java.util.UUID;
import org.apache.ignite.cluster.ClusterNode;
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

/** How the engine takes a {@link Doorkeeper}; the rest of what a plug-in can do is not needed. */
final class DoorkeeperPlugin implements PluginProvider<PluginConfiguration> {
  private final SecurityFile security;

  DoorkeeperPlugin(SecurityFile security) {
    this.security = security;
  }

  @Override
  public <T> @Nullable T createComponent(PluginContext context, Class<T> type) {
    return type == GridSecurityProcessor.class
        ? type.cast(new Doorkeeper(((IgniteEx) context.grid()).context(), security))
        : null;
  }

  @Override
  public String name() {
    return "procession-doorkeeper";
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
  public void start(PluginContext context) {}

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
