package dev.procession;

import java.io.Serializable;

/** A piece of work that returns nothing and can cross to a worker process. */
@FunctionalInterface
public interface VoidTask extends Runnable, Serializable {}
