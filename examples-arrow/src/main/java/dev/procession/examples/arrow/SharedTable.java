package dev.procession.examples.arrow;

import dev.procession.SharedBuffer;
import dev.procession.WorkerLocal;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;

/**
 * A table of three columns whose Arrow buffers lie in a {@link SharedBuffer}, one behind another.
 * What crosses is the buffer's name and the number of rows; vectors over it are opened where they
 * are used.
 *
 * @param memory the buffers
 * @param rows the number of rows
 */
record SharedTable(SharedBuffer memory, int rows) implements Serializable {
  /** Arrow aligns buffers to as much. */
  private static final int ALIGNMENT = 64;

  private static final WorkerLocal<BufferAllocator> ALLOCATOR = WorkerLocal.of(RootAllocator::new);

  /** Bytes of a table with so many rows. */
  static long size(int rows) {
    return column(rows, Long.BYTES) + column(rows, Double.BYTES) + column(rows, Integer.BYTES);
  }

  private static long column(int rows, int width) {
    return bits(rows) + aligned((long) rows * width);
  }

  /** Of the bitmap that says which values are not null. */
  private static long bits(int rows) {
    return aligned((rows + 7L) / 8);
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Vectors over the memory; in a worker. */
  Columns open() {
    BufferAllocator allocator = ALLOCATOR.get();
    ByteBuffer bytes = memory.buffer();
    try (ArrowBuf whole =
        allocator.wrapForeignAllocation(
            new ForeignAllocation(bytes.capacity(), MemoryUtil.getByteBufferAddress(bytes)) {
              @Override
              protected void release0() {
                // The memory stays mapped until the parent closes the buffer.
              }
            })) {
      Columns columns =
          new Columns(
              new BigIntVector("id", allocator),
              new Float8Vector("price", allocator),
              new IntVector("quantity", allocator));
      long at = load(columns.id, Long.BYTES, whole, 0);
      at = load(columns.price, Double.BYTES, whole, at);
      load(columns.quantity, Integer.BYTES, whole, at);
      return columns;
    }
  }

  private long load(BaseFixedWidthVector vector, int width, ArrowBuf whole, long at) {
    long bits = bits(rows);
    vector.loadFieldBuffers(
        new ArrowFieldNode(rows, 0),
        List.of(whole.slice(at, bits), whole.slice(at + bits, (long) rows * width)));
    return at + column(rows, width);
  }

  /** The table's columns; closing them leaves the memory as it is. */
  record Columns(BigIntVector id, Float8Vector price, IntVector quantity) implements AutoCloseable {
    @Override
    public void close() {
      id.close();
      price.close();
      quantity.close();
    }
  }
}
