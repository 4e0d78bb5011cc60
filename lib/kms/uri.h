/* SPDX-License-Identifier: Apache-2.0 */
/* URIs of keys: scheme://authority/path?name=value&…#fragment, percent-decoded (RFC
 * 3986). */
#ifndef EVC_KMS_URI_H
#define EVC_KMS_URI_H

#include "base/kv.h"

typedef struct evc_uri {
    char *scheme;
    char *authority;
    char *path;     /* with its leading slash */
    char *fragment; /* NULL when there is none */
    evc_kv query;
} evc_uri;

/* ENVCRYPT_E_URI, NOMEM. No control bytes, no NUL; a doubled query name is refused. */
int evc_uri_parse(const char *text, evc_uri *out, evc_error **err) EVC_MUST_CHECK;
void evc_uri_reset(evc_uri *uri);

#endif
