package dev.procession.testkit;

import static dev.procession.testkit.Outcome.SUCCESS;
import static dev.procession.testkit.Outcome.TIMEOUT;

import dev.procession.BrokenProcessPoolException;
import dev.procession.ExitReason;
import dev.procession.ResultNotSerializableException;
import dev.procession.TaskDeserializationException;

/** The matrix: what is to become of each saboteur at each moment. */
final class Expectations {
  private static final String NOT_CONNECTED_YET =
      "there are neither sockets nor shared memory before the worker's own main runs";
  private static final String NOTICED_AT_WORK =
      "nobody looks at a worker without work: it is noticed with the next task, see SurviveIT";
  private static final String IN_THE_PARENT =
      "a result is read in the JVM that asks for it: what its class does there no pool can prevent";

  private Expectations() {}

  static Outcome of(Saboteur saboteur, Moment moment) {
    return switch (moment) {
      case WORKER_START -> atStart(saboteur);
      case INITIALIZER -> inInitializer(saboteur);
      case TASK_DESERIALIZATION -> whenTaskIsRead(saboteur);
      case RUN, SHUTDOWN -> inRun(saboteur);
      case RESULT_SERIALIZATION -> whenResultIsWritten(saboteur);
      case RESULT_DESERIALIZATION -> whenResultIsRead(saboteur);
      case IDLE -> whenWorkerIdles(saboteur);
    };
  }

  private static Outcome inRun(Saboteur saboteur) {
    return switch (saboteur) {
      case THROWS -> Outcome.failure(IllegalStateException.class, "sabotage");
      case STACK_OVERFLOW -> Outcome.failure(StackOverflowError.class);
      case HEAP_OOM -> Outcome.outOfMemory("Java heap space");
      case METASPACE_OOM -> Outcome.outOfMemory("Metaspace");
      case DIRECT_OOM -> Outcome.outOfMemory("direct buffer memory");
      case THREAD_OOM -> Outcome.outOfMemory("native thread");
      case EXITS -> ended("exit code 42", 42);
      case HALTS -> ended("exit code 43", 43);
      case KILLED ->
          Outcome.crash(ExitReason.KILLED, null, "SIGKILL", "ended by SIGKILL", "from outside");
      case SEGFAULT, ABORTS ->
          Outcome.crash(
              ExitReason.NATIVE_CRASH, null, "SIGABRT", "ended by SIGABRT", "native code crashed");
      case NATIVE_LEAK ->
          Outcome.crash(ExitReason.MEMORY_LIMIT, null, null, "over its memory limit");
      case HANGS, SLEEPS_NATIVELY, DEADLOCKS, SWALLOWS_INTERRUPTS, STOPS_ITSELF -> TIMEOUT;
      case FLOODS_STDOUT, FORKS_GRANDCHILD, FORKS_ORPHAN -> SUCCESS;
      // The result is in shared memory before anybody needs a descriptor.
      case CLOSES_DESCRIPTORS -> Outcome.successOfTheLast(ExitReason.PROTOCOL_ERROR);
      case CORRUPTS_RING, CLAIMS_TWO_GIGABYTES ->
          // By its own exit code or by the pool's SIGKILL, whoever is faster.
          Outcome.crash(ExitReason.PROTOCOL_ERROR, null, null, "broke the protocol");
      case CORRUPTS_MEMORY -> Outcome.either();
    };
  }

  private static Outcome ended(String words, int code) {
    return Outcome.crash(ExitReason.EXIT_CALLED, code, null, words, "System.exit or Runtime.halt");
  }

  private static Outcome whenTaskIsRead(Saboteur saboteur) {
    return switch (saboteur) {
      case THROWS ->
          Outcome.failure(
              TaskDeserializationException.class, "the task could not be read", "sabotage");
      case STACK_OVERFLOW ->
          Outcome.failure(TaskDeserializationException.class, "the task could not be read", "deep");
      default -> inRun(saboteur);
    };
  }

  private static Outcome whenResultIsWritten(Saboteur saboteur) {
    return switch (saboteur) {
      case THROWS -> Outcome.failure(ResultNotSerializableException.class, "sabotage");
      case STACK_OVERFLOW -> Outcome.failure(ResultNotSerializableException.class);
      default -> inRun(saboteur);
    };
  }

  private static Outcome whenResultIsRead(Saboteur saboteur) {
    return switch (saboteur) {
      case THROWS ->
          Outcome.failure(
              TaskDeserializationException.class, "the result could not be read", "sabotage");
      case STACK_OVERFLOW, THREAD_OOM ->
          Outcome.failure(TaskDeserializationException.class, "the result could not be read");
      default -> Outcome.notApplicable(IN_THE_PARENT);
    };
  }

  private static Outcome inInitializer(Saboteur saboteur) {
    return switch (saboteur) {
      case THROWS -> Outcome.notStarted(IllegalStateException.class, "start-up failed", "sabotage");
      case STACK_OVERFLOW -> Outcome.notStarted(StackOverflowError.class, "StackOverflowError");
      case HEAP_OOM, METASPACE_OOM, DIRECT_OOM, THREAD_OOM ->
          Outcome.notStarted(OutOfMemoryError.class, "OutOfMemoryError");
      case CORRUPTS_RING, CLAIMS_TWO_GIGABYTES -> Outcome.notStarted(null, "before it was ready");
      // Each worker says that it is ready, and is found out by the first call.
      case CORRUPTS_MEMORY -> Outcome.failure(BrokenProcessPoolException.class);
      default -> beforeReady(saboteur);
    };
  }

  private static Outcome atStart(Saboteur saboteur) {
    return switch (saboteur) {
      // What the JVM makes of an agent that fails; it prints more than a message can hold.
      case THROWS, STACK_OVERFLOW, HEAP_OOM, METASPACE_OOM, DIRECT_OOM, THREAD_OOM ->
          Outcome.notStarted(null, "before it was ready, by SIGABRT");
      case CLOSES_DESCRIPTORS, CORRUPTS_RING, CLAIMS_TWO_GIGABYTES, CORRUPTS_MEMORY ->
          Outcome.notApplicable(NOT_CONNECTED_YET);
      default -> beforeReady(saboteur);
    };
  }

  /** What is the same in the initializer and before it. */
  private static Outcome beforeReady(Saboteur saboteur) {
    return switch (saboteur) {
      case EXITS -> Outcome.notStarted(null, "before it was ready", "exit code 42");
      case HALTS -> Outcome.notStarted(null, "before it was ready", "exit code 43");
      case KILLED -> Outcome.brokenPool("8 workers in a row", "before it was ready", "SIGKILL");
      case SEGFAULT, ABORTS -> Outcome.notStarted(null, "before it was ready", "SIGABRT");
      case NATIVE_LEAK -> Outcome.notStarted(null, "memoryLimit");
      case HANGS, SLEEPS_NATIVELY, DEADLOCKS, SWALLOWS_INTERRUPTS, STOPS_ITSELF ->
          Outcome.notStarted(null, "not ready within the start timeout of 2 s");
      case CLOSES_DESCRIPTORS -> Outcome.notStarted(null, "before it was ready");
      case FLOODS_STDOUT, FORKS_GRANDCHILD, FORKS_ORPHAN -> SUCCESS;
      default -> throw new AssertionError(saboteur);
    };
  }

  /** What becomes of the worker; its task has succeeded. */
  private static Outcome whenWorkerIdles(Saboteur saboteur) {
    return switch (saboteur) {
      case THROWS,
          STACK_OVERFLOW,
          HEAP_OOM,
          METASPACE_OOM,
          DIRECT_OOM,
          THREAD_OOM,
          HANGS,
          SLEEPS_NATIVELY,
          DEADLOCKS,
          SWALLOWS_INTERRUPTS ->
          SUCCESS; // its thread's own affair
      case STOPS_ITSELF -> Outcome.notApplicable(NOTICED_AT_WORK);
      default -> inRun(saboteur);
    };
  }
}
