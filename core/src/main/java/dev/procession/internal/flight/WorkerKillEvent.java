package dev.procession.internal.flight;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** Procession kills a worker. */
@Name("dev.procession.WorkerKill")
@Label("Worker Kill")
@Description("A worker process is killed, by the thread whose stack this is")
final class WorkerKillEvent extends WorkerEvent {}
