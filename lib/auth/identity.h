/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom credentials are of, as a service or a token tells it: a text for people. Nothing is
 * decided by it.
 */
#ifndef EVC_AUTH_IDENTITY_H
#define EVC_AUTH_IDENTITY_H

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"

#define EVC_IDENTITY_MAX \
    2048u /* bytes: the longest ARN of AWS (STS, GetCallerIdentity) */

/* Appends a name that is 1 to EVC_IDENTITY_MAX of printable ASCII without blanks. PROTOCOL:
 * another one, which is not shown; what: whose name it is, for the message. */
int evc_identity_put(evc_buf *out, const char *what, evc_view name,
                     evc_error **err) EVC_MUST_CHECK;

#endif
