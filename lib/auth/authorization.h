/* SPDX-License-Identifier: Apache-2.0 */
/* The header of bearer tokens (RFC 6750 section 2.1), which IAM and API servers take. Pure. */
#ifndef EVC_AUTH_AUTHORIZATION_H
#define EVC_AUTH_AUTHORIZATION_H

#include "auth/creds.h"
#include "net/http.h"

/* Adds a token to headers, as a secret. NOMEM. */
int evc_authorization_put(const evc_secret *token, evc_headers *headers,
                          evc_error **err) EVC_MUST_CHECK;
/* Same, that of the credentials to a request. */
int evc_authorization_add(const evc_creds *creds, evc_exchange *x,
                          evc_error **err) EVC_MUST_CHECK;
/* Whether a request bears that very token. False when memory is out. */
bool evc_authorization_is_of(const evc_exchange *x, const evc_creds *creds);

#endif
