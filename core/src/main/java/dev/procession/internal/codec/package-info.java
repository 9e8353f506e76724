/**
 * Values, tasks and failures as bytes.
 *
 * <p>{@link dev.procession.internal.codec.ValueCodec} writes the simplest values itself and leaves
 * the others to a {@link dev.procession.spi.TaskSerializer}; {@link
 * dev.procession.internal.codec.FailureCodec} carries a Throwable; {@link
 * dev.procession.internal.codec.NotSerializable} and {@link
 * dev.procession.internal.codec.Unreadable} say what to do when one cannot cross. Nothing here
 * knows of processes, rings or queues.
 */
@NullMarked
package dev.procession.internal.codec;

import org.jspecify.annotations.NullMarked;
