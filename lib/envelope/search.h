/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for a key that opens: what was tried, and which failure tells most of why
 * none did.
 */
#ifndef EVC_ENVELOPE_SEARCH_H
#define EVC_ENVELOPE_SEARCH_H

#include <stdbool.h>

#include "base/log.h"
#include "kms/edk.h"

typedef struct evc_search {
    size_t tried;
    int code;                 /* NO_KEY until a failure tells more */
    const evc_error *telling; /* NULL = none; one of causes */
    evc_error *causes;
} evc_search;

void evc_search_begin(evc_search *s);
void evc_search_end(
    evc_search *s); /* frees the causes; legal on one that is all zero */

/*
 * Whether the search must end with this code, since no other key can do better. Not so
 * when time is up: the next key may be one that opens without waiting.
 */
bool evc_search_is_final(int code);
void evc_search_note(evc_search *s, int code, evc_error *error); /* error moves */
/* Nothing opened any of the EDKs: the failures become causes, and the code is that of the
 * first that tells more than "the wrong key". */
int evc_search_report(evc_search *s, const evc_edk *edks, size_t count,
                      evc_error **err);
/* A key opened in the end: warns of one before it that did not for a reason that somebody
 * should look at, since nobody would hear of it otherwise. */
void evc_search_tell(const evc_search *s, const evc_log *log);

#endif
