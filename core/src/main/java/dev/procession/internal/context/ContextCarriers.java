package dev.procession.internal.context;

import dev.procession.spi.ContextCarrier;
import dev.procession.spi.ContextCarrier.Scope;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All carriers that there are: takes from a thread what is to go along with a task, and gives it to
 * another. Any thread may call it.
 *
 * <pre>
 *   | carriers byte | name UTF, entries short, (key UTF, value UTF) ... | ...
 * </pre>
 */
public final class ContextCarriers {
  /** More does not go along: it is there for names and numbers, and each task carries it. */
  public static final int MOST_BYTES = 8 << 10;

  private static final String OPEN_TELEMETRY =
      "io.opentelemetry.api.baggage.propagation.W3CBaggagePropagator";
  private static final int MOST_FAILURES = 100; // a broken iterator may go on for ever

  private static final Logger LOG = LoggerFactory.getLogger(ContextCarriers.class);

  private final List<ContextCarrier> carriers;
  private volatile boolean hasComplained;

  /** Some carriers. */
  ContextCarriers(List<ContextCarrier> carriers) {
    this.carriers = List.copyOf(carriers);
  }

  /**
   * Those of the libraries that are there, and the user's.
   *
   * @param loader finds the user's
   */
  public static ContextCarriers load(ClassLoader loader) {
    List<ContextCarrier> found = new ArrayList<>();
    found.add(new MdcCarrier());
    addOpenTelemetry(found);
    try {
      Iterator<ContextCarrier> services =
          ServiceLoader.load(ContextCarrier.class, loader).iterator();
      for (int failures = 0; failures < MOST_FAILURES; ) {
        try {
          if (!services.hasNext()) {
            break;
          }
          found.add(services.next());
        } catch (ServiceConfigurationError | LinkageError e) {
          failures++;
          LOG.warn("a carrier of context cannot be loaded", e);
        }
      }
    } catch (Throwable e) {
      LOG.warn("carriers of context cannot be loaded", e);
    }
    return new ContextCarriers(found);
  }

  private static void addOpenTelemetry(List<ContextCarrier> to) {
    Class<?> own = ContextCarriers.class;
    try {
      Class<?> api = Class.forName(OPEN_TELEMETRY, false, own.getClassLoader());
      own.getModule().addReads(api.getModule()); // it may be on the class path, and we not
      to.add(new OpenTelemetryCarrier());
    } catch (ClassNotFoundException e) {
      // Few have it.
    } catch (Throwable e) {
      LOG.warn("OpenTelemetry is there but cannot be used", e);
    }
  }

  /** What the calling thread has, or null if that is nothing. */
  public byte @Nullable [] capture() {
    Map<String, Map<String, String>> all = null;
    for (ContextCarrier carrier : carriers) {
      try {
        Map<String, String> captured = carrier.capture();
        if (!captured.isEmpty()) {
          all = all == null ? new HashMap<>() : all;
          all.put(carrier.name(), withoutNulls(captured));
        }
      } catch (Throwable e) {
        complain("a carrier of context has failed: " + carrier.getClass().getName(), e);
      }
    }
    return all == null ? null : encoded(all);
  }

  private static Map<String, String> withoutNulls(Map<String, String> captured) {
    Map<String, String> entries = new HashMap<>(captured);
    entries.entrySet().removeIf(e -> e.getKey() == null || e.getValue() == null);
    return entries;
  }

  private byte @Nullable [] encoded(Map<String, Map<String, String>> all) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(all.size());
      for (Map.Entry<String, Map<String, String>> carrier : all.entrySet()) {
        out.writeUTF(carrier.getKey());
        out.writeShort(carrier.getValue().size());
        for (Map.Entry<String, String> entry : carrier.getValue().entrySet()) {
          out.writeUTF(entry.getKey());
          out.writeUTF(entry.getValue());
        }
      }
    } catch (IOException e) {
      complain("a context has a text of more than 64 KiB and does not go along with tasks", e);
      return null;
    }
    if (bytes.size() > MOST_BYTES) {
      complain(
          "a context of " + bytes.size() + " bytes does not go along with tasks, only 8 KiB do",
          null);
      return null;
    }
    return bytes.toByteArray();
  }

  /** Once: it would come with each task. */
  private void complain(String what, @Nullable Throwable cause) {
    if (!hasComplained) {
      hasComplained = true;
      LOG.warn(what, cause);
    }
  }

  /** What another thread had, read from bytes that are not trusted; to be restored repeatedly. */
  public Captured read(byte[] captured) {
    Map<String, Map<String, String>> all = new HashMap<>();
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(captured))) {
      for (int i = in.readUnsignedByte(); i > 0; i--) {
        String name = in.readUTF();
        Map<String, String> entries = new HashMap<>();
        for (int j = in.readUnsignedShort(); j > 0; j--) {
          entries.put(in.readUTF(), in.readUTF());
        }
        all.put(name, entries);
      }
    } catch (IOException e) {
      complain("a context cannot be read", e);
    }
    return () -> restore(all);
  }

  /** What a thread had. */
  @FunctionalInterface
  public interface Captured {
    /** Gives it to the calling thread; the scope takes it away again. Never throws. */
    Scope restore();
  }

  private Scope restore(Map<String, Map<String, String>> all) {
    Deque<Scope> scopes = new ArrayDeque<>();
    for (ContextCarrier carrier : carriers) {
      try {
        Map<String, String> entries = all.get(carrier.name());
        if (entries != null) {
          scopes.push(carrier.restore(Map.copyOf(entries)));
        }
      } catch (Throwable e) {
        complain("a carrier of context has failed: " + carrier.getClass().getName(), e);
      }
    }
    return () -> scopes.forEach(this::close);
  }

  private void close(Scope scope) {
    try {
      scope.close();
    } catch (Throwable e) {
      complain("a carrier of context has failed: " + scope.getClass().getName(), e);
    }
  }
}
