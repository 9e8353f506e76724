/** A pool of worker JVM processes behind {@link java.util.concurrent.ExecutorService}. */
module dev.procession {
  requires java.management;
  requires jdk.management;
  requires jdk.unsupported; // sun.misc.Unsafe, without which Fory fails on JDK 25, and Signal
  requires org.apache.fory.core;
  requires transitive org.slf4j; // levels of logs are its own
  requires static java.instrument; // both for classes that were made in memory
  requires static jdk.attach;
  requires static jdk.jfr; // events for who records
  requires static io.opentelemetry.api; // both for traces that go along with tasks
  requires static io.opentelemetry.context;
  requires static com.google.errorprone.annotations;
  requires static transitive org.jspecify;

  exports dev.procession;
  exports dev.procession.observe;
  exports dev.procession.spi;
  exports dev.procession.internal.codec to
      dev.procession.cluster;
  exports dev.procession.internal.os to
      dev.procession.cluster;
  exports dev.procession.internal.view to
      dev.procession.cluster;
  exports dev.procession.internal.parent to
      dev.procession.cluster;
  exports dev.procession.internal.wire to
      dev.procession.cluster;
  exports dev.procession.internal.worker to
      dev.procession.cluster,
      org.slf4j; // which makes the provider that forwards logs

  uses dev.procession.spi.ContextCarrier;
}
