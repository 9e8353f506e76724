/**
 * Looking at a pool from outside of the code that uses it, in this process or another one of the
 * same user, and doing what an operator may have to do.
 */
@NullMarked
package dev.procession.observe;

import org.jspecify.annotations.NullMarked;
