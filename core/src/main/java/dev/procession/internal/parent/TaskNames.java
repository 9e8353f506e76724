package dev.procession.internal.parent;

/** Names for tasks that were given none, made from their class and kept with it. */
final class TaskNames {
  private static final ClassValue<String> NAMES =
      new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> type) {
          return make(type);
        }
      };

  private TaskNames() {}

  /** "Report.lambda" for a lambda or method reference in Report, else the class's simple name. */
  static String of(Class<?> type) {
    return NAMES.get(type);
  }

  private static String make(Class<?> type) {
    String name = type.getName();
    int lambda = name.indexOf("$$Lambda");
    String owner = lambda < 0 ? name : name.substring(0, lambda);
    String simple = owner.substring(owner.lastIndexOf('.') + 1);
    return lambda < 0 ? simple : simple + ".lambda";
  }
}
