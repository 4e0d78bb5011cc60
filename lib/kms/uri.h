/* SPDX-License-Identifier: Apache-2.0 */
/* URIs of keys: scheme://authority/path?name=value&…#fragment, percent-decoded (RFC
 * 3986). */
#ifndef EVC_KMS_URI_H
#define EVC_KMS_URI_H

#include "base/kv.h"

#define EVC_URI_MAX 8192u /* bytes of its text */

typedef struct evc_uri {
    char *scheme; /* in lower case */
    char *authority;
    char *path;     /* with its leading slash; "" when there is none */
    char *fragment; /* NULL when there is none */
    evc_kv query;
} evc_uri;

/*
 * ENVCRYPT_E_URI, NOMEM. The text must be UTF-8 (what it stands for need not be);
 * control bytes are refused, percent-encoded ones too. An option is name=value, a
 * doubled name is refused, a plus sign is itself. On failure out is empty.
 */
int evc_uri_parse(const char *text, evc_uri *out, evc_error **err) EVC_MUST_CHECK;
void evc_uri_reset(evc_uri *uri);

/* Whether a text names a proxy: http://HOST:PORT without user, password, path and what
 * may follow it; or is empty, for none. */
bool evc_uri_is_proxy(const char *text);

#endif
