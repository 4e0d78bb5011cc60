/* SPDX-License-Identifier: Apache-2.0 */
/* The header of bearer tokens (RFC 6750 section 2.1), which IAM and API servers take. Pure. */
#ifndef EVC_AUTH_AUTHORIZATION_H
#define EVC_AUTH_AUTHORIZATION_H

#include "auth/creds.h"
#include "net/http.h"

/* Adds the token of the credentials to a request, as a secret. NOMEM. */
int evc_authorization_add(const evc_creds *creds, evc_exchange *x,
                          evc_error **err) EVC_MUST_CHECK;
/* Whether a request bears that very token. False when memory is out. */
bool evc_authorization_is_of(const evc_exchange *x, const evc_creds *creds);

#endif
