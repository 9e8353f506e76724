package dev.procession.internal.agent;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.instrument.Instrumentation;

/**
 * Gets at the class files of classes that were made in memory. A JVM gives them to an agent only,
 * and takes no agent from itself: so a process is started whose {@link #main} brings one.
 *
 * <p>Refers to no other class of ours: it is put into a jar alone.
 */
public final class ClassFileAgent {
  private ClassFileAgent() {}

  /** What the JVM has given to the agent; null before. Read by reflection. */
  @SuppressWarnings("NullAway.Init")
  public static volatile Instrumentation instrumentation;

  /** Called by the JVM that the agent was brought to. */
  public static void agentmain(String arguments, Instrumentation given) {
    instrumentation = given;
  }

  /**
   * Brings the agent to a JVM.
   *
   * @param args its process id, and the agent's jar
   */
  public static void main(String[] args)
      throws AttachNotSupportedException,
          IOException,
          AgentLoadException,
          AgentInitializationException {
    VirtualMachine jvm = VirtualMachine.attach(args[0]);
    try {
      jvm.loadAgent(args[1]);
    } finally {
      jvm.detach();
    }
  }
}
