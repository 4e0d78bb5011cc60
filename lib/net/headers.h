/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header fields of a request or a reply (RFC 9110 section 5), in the order of the wire,
 * the same name more than once if need be. Values may be secrets: they are wiped.
 */
#ifndef EVC_NET_HEADERS_H
#define EVC_NET_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/view.h"

#define EVC_HEADERS_MAX 128u /* fields of one message */
/* Bytes of one value: a token of 16 KiB, with what stands before it. */
#define EVC_HEADER_VALUE_MAX 17408u

typedef struct evc_header {
    char *name; /* as it was added; replies in lower case */
    char *value;
    bool secret; /* never shown: Authorization, session tokens */
} evc_header;

typedef struct evc_headers {
    evc_header *items;
    size_t count;
    size_t capacity;
} evc_headers;

void evc_headers_init(evc_headers *headers);
void evc_headers_reset(evc_headers *headers); /* wipes; usable again */

/*
 * Adds a field. ENVCRYPT_E_ARGUMENT: a name that is not a token, a value with control
 * bytes (CR, LF and NUL above all) or past EVC_HEADER_VALUE_MAX, one field too many; no
 * message shows the value. NOMEM.
 */
int evc_headers_add(evc_headers *headers, const char *name, evc_view value,
                    evc_error **err) EVC_MUST_CHECK;
/* Same, with the name in lower case: of a reply. */
int evc_headers_add_lower(evc_headers *headers, evc_view name, evc_view value,
                          evc_error **err) EVC_MUST_CHECK;
/* As evc_headers_add, of a secret. */
int evc_headers_add_secret(evc_headers *headers, const char *name, evc_view value,
                           evc_error **err) EVC_MUST_CHECK;
/* In the place of every field of this name. */
int evc_headers_set(evc_headers *headers, const char *name, evc_view value,
                    evc_error **err) EVC_MUST_CHECK;
/* Every field of this name; fine when there is none. */
void evc_headers_remove(evc_headers *headers, const char *name);
/* The value of the first field of this name, in any case of letters; NULL when there is
 * none. */
const char *evc_headers_find(const evc_headers *headers, const char *name);

#endif
