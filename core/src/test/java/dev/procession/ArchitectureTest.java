package dev.procession;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.procession.internal.worker.WorkerMain;
import java.io.PrintStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The house's walls: which package may know which, as DESIGN.md draws them. */
class ArchitectureTest {
  private static final String ROOT = "dev.procession";
  private static final String WIRE = ROOT + ".internal.wire..";
  private static final String OS = ROOT + ".internal.os..";
  private static final String CODEC = ROOT + ".internal.codec..";
  private static final String WORKER = ROOT + ".internal.worker..";
  private static final String PARENT = ROOT + ".internal.parent..";

  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  @Test
  @DisplayName("the wire knows nothing of ours: bytes between two JVMs, no task")
  void wire_dependencies_itselfOnly() {
    noClasses()
        .that()
        .resideInAPackage(WIRE)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT, ROOT + ".spi..", OS, CODEC, WORKER, PARENT)
        .check(PRODUCT);
  }

  @Test
  @DisplayName("what asks the operating system knows nothing of ours")
  void os_dependencies_itselfOnly() {
    noClasses()
        .that()
        .resideInAPackage(OS)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT, ROOT + ".spi..", WIRE, CODEC, WORKER, PARENT)
        .check(PRODUCT);
  }

  @Test
  @DisplayName("the codec knows neither side")
  void codec_dependencies_neitherSide() {
    noClasses()
        .that()
        .resideInAPackage(CODEC)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(OS, WORKER, PARENT)
        .check(PRODUCT);
  }

  @Test
  @DisplayName("a worker knows nothing of the parent's side")
  void worker_dependencies_notParent() {
    noClasses()
        .that()
        .resideInAPackage(WORKER)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(PARENT)
        .check(PRODUCT);
  }

  @Test
  @DisplayName("of the worker the parent knows the classes to start, nothing else")
  void parent_dependencies_workerMainsOnly() {
    noClasses()
        .that()
        .resideInAPackage(PARENT)
        .should()
        .dependOnClassesThat(
            describe(
                "are of the worker but have no main",
                type ->
                    type.getPackageName().equals(WorkerMain.class.getPackageName())
                        && !type.isEquivalentTo(WorkerMain.class)))
        .check(PRODUCT);
  }

  @Test
  @DisplayName("no cycle among the internal packages")
  void internals_cycles_none() {
    slices().matching(ROOT + ".internal.(*)..").should().beFreeOfCycles().check(PRODUCT);
  }

  @Test
  @DisplayName("only what prints on purpose touches System.out and System.err")
  void product_standardStreams_onlyOnPurpose() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(PrintingOutputListener.class.getName())
        .and()
        .doNotHaveFullyQualifiedName(ProgressBar.class.getName())
        .and()
        .resideOutsideOfPackage(WORKER)
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(PRODUCT);
  }

  @Test
  @DisplayName("what a user sees has no name that says nothing")
  void product_names_noEmptySuffixes() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Info")
        .check(PRODUCT);
  }

  @Test
  @DisplayName("B12, R10: Procession's own exceptions are unchecked")
  void api_exceptions_unchecked() {
    classes()
        .that()
        .resideInAPackage(ROOT)
        .and()
        .areAssignableTo(Throwable.class)
        .should()
        .beAssignableTo(RuntimeException.class)
        .check(PRODUCT);
  }

  @Test
  @DisplayName("nothing prints a stack trace outside the worker's main")
  void product_printStackTrace_workerMainOnly() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(WorkerMain.class)
        .should()
        .callMethod(Throwable.class, "printStackTrace")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace", PrintStream.class)
        .check(PRODUCT);
  }
}
