package dev.procession.cli.function;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/** What is called for each input. It crosses to the workers, so it is made of names. */
public sealed interface Target extends Serializable {

  /** How messages call it. */
  String label();

  /** How many arguments it takes, or -1 if it takes whatever comes. */
  int arity();

  /**
   * A static method.
   *
   * @param className name of its class
   * @param name its own name
   * @param parameters names of its parameters' types
   */
  record StaticMethod(String className, String name, List<String> parameters) implements Target {
    @Override
    public String label() {
      return className + "::" + name + signature(parameters);
    }

    @Override
    public int arity() {
      return parameters.size();
    }
  }

  /**
   * The one method of a functional interface; a worker makes one object of the class.
   *
   * @param className name of a class with a constructor that takes nothing
   * @param interfaceName name of the functional interface
   */
  record FunctionObject(String className, String interfaceName) implements Target {
    @Override
    public String label() {
      return className;
    }

    @Override
    public int arity() {
      return 1;
    }
  }

  /**
   * The {@code call} of an object that is made for each input.
   *
   * @param className name of the class
   * @param parameters names of the types of its constructor's parameters
   */
  record CallableObject(String className, List<String> parameters) implements Target {
    @Override
    public String label() {
      return className + signature(parameters);
    }

    @Override
    public int arity() {
      return parameters.size();
    }
  }

  /**
   * A program.
   *
   * @param words the command, with placeholders
   */
  record Program(List<String> words) implements Target {
    @Override
    public String label() {
      return words.get(0);
    }

    @Override
    public int arity() {
      return -1;
    }
  }

  private static String signature(List<String> parameters) {
    return parameters.stream().map(Target::simpleName).collect(Collectors.joining(", ", "(", ")"));
  }

  /** Without the package; {@code int[]} where reflection says {@code [I}. */
  static String simpleName(String typeName) {
    return typeName.substring(typeName.lastIndexOf('.') + 1);
  }
}
