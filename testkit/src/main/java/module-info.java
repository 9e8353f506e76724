/** Saboteurs: tasks that hurt their worker, to test code that runs in a Procession pool. */
module dev.procession.testkit {
  requires transitive dev.procession;
  requires jdk.unsupported;
  requires static transitive org.jspecify;

  exports dev.procession.testkit;
}
