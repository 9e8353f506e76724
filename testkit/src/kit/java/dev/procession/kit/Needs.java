package dev.procession.kit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** On a test, or a class of them: is skipped where the backend cannot do that. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Needs.Condition.class)
@interface Needs {
  Ability[] value();

  /** Compares with what the backend of this run can do. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      Set<Ability> missing = EnumSet.noneOf(Ability.class);
      AnnotationSupport.findAnnotation(context.getElement(), Needs.class)
          .ifPresent(needs -> missing.addAll(List.of(needs.value())));
      missing.removeAll(Kit.backend().abilities());
      return missing.isEmpty()
          ? ConditionEvaluationResult.enabled("the backend can do it")
          : ConditionEvaluationResult.disabled(
              Kit.backend().getClass().getSimpleName() + " does not have " + missing);
    }
  }
}
