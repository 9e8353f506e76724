package dev.procession.cli.input;

import java.util.Iterator;
import java.util.List;

/**
 * Inputs that are known from the beginning.
 *
 * @param inputs all of them
 */
public record ListedInputs(List<Input> inputs) implements InputSource {

  /** Texts from the command line. */
  public static ListedInputs ofArguments(List<String> texts) {
    return new ListedInputs(
        texts.stream().map(text -> new Input("the command line", text)).toList());
  }

  /** What is given to a function that takes nothing: nothing, once. */
  public static ListedInputs nothing() {
    return new ListedInputs(List.of(new Input("no input", null)));
  }

  @Override
  public long count() {
    return inputs.size();
  }

  @Override
  public Reading open() {
    Iterator<Input> all = inputs.iterator();
    return new Reading() {
      @Override
      public boolean hasNext() {
        return all.hasNext();
      }

      @Override
      public Input next() {
        return all.next();
      }

      @Override
      public void close() {}
    };
  }
}
