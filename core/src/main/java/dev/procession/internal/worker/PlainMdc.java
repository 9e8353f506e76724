package dev.procession.internal.worker;

import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.ThreadLocalMapOfStacks;
import org.slf4j.spi.MDCAdapter;

/**
 * A diagnostic context of each thread. Threads that a task makes begin with none, unlike with
 * SLF4J's own adapter: a pool of threads that the first task made would log its context for all
 * later ones.
 */
final class PlainMdc implements MDCAdapter {
  @SuppressWarnings("ThreadLocalUsage") // there is one adapter a process
  private final ThreadLocal<@Nullable Map<String, String>> map = new ThreadLocal<>();

  private final ThreadLocalMapOfStacks stacks = new ThreadLocalMapOfStacks();

  @Override
  public void put(String key, @Nullable String value) {
    Map<String, String> current = map.get();
    if (current == null) {
      current = new HashMap<>();
      map.set(current);
    }
    current.put(key, String.valueOf(value));
  }

  @Override
  public @Nullable String get(String key) {
    Map<String, String> current = map.get();
    return current == null ? null : current.get(key);
  }

  @Override
  public void remove(String key) {
    Map<String, String> current = map.get();
    if (current != null) {
      current.remove(key);
    }
  }

  @Override
  public void clear() {
    map.remove();
  }

  @Override
  public @Nullable Map<String, String> getCopyOfContextMap() {
    Map<String, String> current = map.get();
    return current == null ? null : new HashMap<>(current);
  }

  @Override
  public void setContextMap(Map<String, String> contextMap) {
    map.set(new HashMap<>(contextMap));
  }

  @Override
  public void pushByKey(String key, String value) {
    stacks.pushByKey(key, value);
  }

  @Override
  public @Nullable String popByKey(String key) {
    return stacks.popByKey(key);
  }

  @Override
  public @Nullable Deque<String> getCopyOfDequeByKey(String key) {
    return stacks.getCopyOfDequeByKey(key);
  }

  @Override
  public void clearDequeByKey(String key) {
    stacks.clearDequeByKey(key);
  }
}
