/** What an extension of Procession implements: serializers and worker launchers. */
@NullMarked
package dev.procession.spi;

import org.jspecify.annotations.NullMarked;
