package dev.procession.testkit;

/** When a saboteur acts. */
enum Moment {
  /** In the worker's JVM, before its own main begins. */
  WORKER_START,
  /** In the pool's initializer. */
  INITIALIZER,
  /** While the worker reads the task. */
  TASK_DESERIALIZATION,
  /** In the task itself. */
  RUN,
  /** While the worker writes the result. */
  RESULT_SERIALIZATION,
  /** While the parent reads the result. */
  RESULT_DESERIALIZATION,
  /** On a thread that the task left behind, while the worker waits for the next. */
  IDLE,
  /** In a task that runs while the pool is shut down, in each of three ways. */
  SHUTDOWN
}
