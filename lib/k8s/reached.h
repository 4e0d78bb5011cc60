/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the lists of a task have come, in order of keys: so that what a list gives once more, when
 * it begins anew, is known for it. Whoever gives its objects in no order is heard from the
 * beginning: better twice than not at all. Pure.
 */
#ifndef EVC_K8S_REACHED_H
#define EVC_K8S_REACHED_H

#include "k8s/object_key.h"

typedef struct evc_reached {
    char room[EVC_OBJECT_KEY_MAX];
    size_t size;    /* of the key of the last object; 0 = none */
    bool again;     /* what comes now may have come before */
    bool unordered; /* so that no key tells anything */
} evc_reached;

/* Of a run that goes on; empty = not told. Its list may begin anew. */
void evc_reached_resume(evc_reached *reached, evc_view key);
void evc_reached_begin_anew(evc_reached *reached); /* a list does */
/* Whether an object came before. */
bool evc_reached_has(const evc_reached *reached, evc_view key);
/* One comes that did not. */
void evc_reached_move(evc_reached *reached, evc_view key);
evc_view evc_reached_key(const evc_reached *reached); /* empty = it tells nothing */

#endif
