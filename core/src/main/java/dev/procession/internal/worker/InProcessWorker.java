package dev.procession.internal.worker;

import dev.procession.internal.codec.CodeLoaders;
import dev.procession.internal.codec.ParentLoaders;
import dev.procession.internal.codec.SharedBuffers;
import dev.procession.internal.codec.ValueCodec;
import dev.procession.internal.wire.ClassAnswer;
import dev.procession.internal.wire.LaunchConfig;
import dev.procession.internal.wire.WorkerExit;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A worker on a thread of the parent's, for debuggers and fast tests, and what stands for its
 * process: calls and results take the same way as ever, but a task can take the JVM with it, and
 * one that ignores interrupts cannot be stopped; then its thread is left to itself. Any thread may
 * call it.
 */
final class InProcessWorker extends Process {
  private static final InheritableThreadLocal<@Nullable String> POOL =
      new InheritableThreadLocal<>();

  private static final int KILLED = 128 + 9; // as of a process that SIGKILL ended

  private final LaunchConfig config;
  private final ClassLoader loader;
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private final Thread thread;
  private volatile @Nullable OfThread life;
  private volatile @Nullable ParentLink link;

  InProcessWorker(LaunchConfig config, ClassLoader loader) {
    this.config = config;
    this.loader = loader;
    this.thread =
        new Thread(this::run, "procession-" + config.pool() + "-worker-" + config.worker());
    thread.setDaemon(true);
    thread.setContextClassLoader(loader);
  }

  /** Name of the pool that the calling thread works for, or null. */
  static @Nullable String poolOfThread() {
    return POOL.get();
  }

  Process begin() {
    thread.start();
    return this;
  }

  private void run() {
    POOL.set(config.pool());
    WorkerLocals.ofThisThread();
    int code = WorkerExit.RETIRED;
    try {
      OfThread made = new OfThread();
      life = made;
      made.work();
    } catch (Ended e) {
      code = e.code;
    } catch (Throwable e) {
      code = WorkerExit.of(e);
    } finally {
      end(code);
    }
  }

  private void end(int code) {
    exit.complete(code);
    OfThread made = life;
    if (made != null) {
      made.close();
    }
    ParentLink open = link;
    if (open != null) {
      open.close();
    }
  }

  /** Leads out of the worker's main thread. */
  private static final class Ended extends Error {
    private static final long serialVersionUID = 1L;

    private final int code;

    Ended(int code) {
      super("the worker has ended", null, false, false);
      this.code = code;
    }
  }

  private final class OfThread extends WorkerLife {
    OfThread() {
      super(config);
    }

    @Override
    boolean isProcess() {
      return false;
    }

    @Override
    void settle() {}

    @Override
    TaskOutput[] outputs() {
      return new TaskOutput[0]; // it prints where the parent prints
    }

    @Override
    CodeLoaders loaders(ParentLink unused) {
      return config.remoteClasses() ? new ParentLoaders(loader) : CodeLoaders.of(loader);
    }

    @Override
    void decodesWith(ValueCodec unused) {} // shared values are the parent's own

    @Override
    void holds(SharedBuffers.Holder buffers) {
      SharedBuffers.useInThisThread(buffers);
    }

    @Override
    void linked(ParentLink made) {
      link = made;
      if (exit.isDone()) {
        made.close(); // killed meanwhile
      }
    }

    @Override
    void released(int unused) {}

    @Override
    void answered(ClassAnswer unused) {}

    @Override
    void fail(Throwable failure) {
      int code = failure instanceof StartFailed ? WorkerExit.START_FAILED : WorkerExit.of(failure);
      end(code);
      if (Thread.currentThread() == thread) {
        throw new Ended(code);
      }
      stop();
    }

    @Override
    void notConnected(IOException why) {
      parentLost();
    }

    @Override
    void parentLost() {
      end(WorkerExit.BROKEN);
      stop();
    }
  }

  /* ---- As a process ---- */

  @Override
  public OutputStream getOutputStream() {
    return OutputStream.nullOutputStream();
  }

  @Override
  public InputStream getInputStream() {
    return InputStream.nullInputStream();
  }

  @Override
  public InputStream getErrorStream() {
    return InputStream.nullInputStream();
  }

  @Override
  public int waitFor() throws InterruptedException {
    try {
      return exit.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
    try {
      exit.get(timeout, unit);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public boolean isAlive() {
    return !exit.isDone();
  }

  @Override
  public CompletableFuture<Process> onExit() {
    return exit.thenApply(code -> this);
  }

  @Override
  public int exitValue() {
    if (!exit.isDone()) {
      throw new IllegalThreadStateException("it runs");
    }
    return exit.join();
  }

  @Override
  public long pid() {
    return ProcessHandle.current().pid();
  }

  @Override
  public void destroy() {
    end(KILLED);
    OfThread running = life;
    if (running != null) {
      running.stop();
    }
    thread.interrupt();
  }

  @Override
  public Process destroyForcibly() {
    destroy();
    return this;
  }
}
