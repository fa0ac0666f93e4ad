package org.blkdelta.usage;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.blkdelta.report.ExitCode;

/// What a command's help says, besides what the parser has to know.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface Usage {

  /// Names the options that most users need, for the short help.
  String[] common() default {};

  /// Lists the exit codes that the command can give, in their order; those that any run can end
  /// with (a bug, usage, signals) are not named.
  ExitCode[] exits();

  /// Says what the code 0 means, if it is not just that it is done.
  String done() default "";

  /// Tells whether the command writes to no destination, whatever its options.
  boolean onlyLooks() default false;
}
