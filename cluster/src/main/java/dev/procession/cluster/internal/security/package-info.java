/** Who may take part in a cluster: certificates, users and their passwords. */
@NullMarked
package dev.procession.cluster.internal.security;

import org.jspecify.annotations.NullMarked;
