/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether replies of etcd that stand one behind the other overlap: then a key may be in two of
 * them, and what it holds would be counted twice. A reply has each key once, and from its
 * first key to its last one it has all; so a key that is between the first and the last
 * of an earlier reply is refused. Of each reply these two are kept, of no more than
 * EVC_KEY_SPANS; past them the two oldest count as one, with all that is between.
 * So replies in the order of their keys are always taken, whatever their number. One thread.
 */
#ifndef EVC_K8S_KEY_SPANS_H
#define EVC_K8S_KEY_SPANS_H

#include <stdbool.h>

#include "base/buf.h"

#define EVC_KEY_SPANS 16u

typedef struct evc_key_span {
    evc_buf first; /* by the order of their bytes */
    evc_buf last;
    bool more; /* the reply did not have all of its range */
} evc_key_span;

typedef struct evc_key_spans {
    evc_key_span kept[EVC_KEY_SPANS];
    size_t count;
    evc_key_span at_hand;
    bool any; /* a key of the reply at hand came */
} evc_key_spans;

void evc_key_spans_init(evc_key_spans *s);
void evc_key_spans_reset(evc_key_spans *s); /* fine on zeros */

/* Adds a key of the reply at hand. *twice: it is within an earlier reply. NOMEM. */
int evc_key_spans_add(evc_key_spans *s, evc_view key, bool *twice,
                      evc_error **err) EVC_MUST_CHECK;
/* The reply at hand ends; more: another one goes on where it ended. */
void evc_key_spans_end(evc_key_spans *s, bool more);

#endif
