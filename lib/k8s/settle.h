/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of an object when a patch of it, or the reading that a refused patch led to, is
 * over (security.md 5.5, rows 52, 53 and 60). Pure.
 */
#ifndef EVC_K8S_SETTLE_H
#define EVC_K8S_SETTLE_H

#include "k8s/run.h"

#define EVC_SETTLE_TRIES \
    5u /* patches of one object that was changed, or that fails alone */

typedef enum evc_settle_next {
    EVC_SETTLE_DONE,  /* *how tells */
    EVC_SETTLE_READ,  /* its metadata decide */
    EVC_SETTLE_AGAIN, /* patch once more, at the version that was read */
    EVC_SETTLE_LATER, /* the server is in trouble: the same once more, when it was given time */
    EVC_SETTLE_STOP /* nobody could go on: the run ends with this error */
} evc_settle_next;

/*
 * A patch ended with code: object as it was listed, version and time the ones after it. What is
 * only stored anew keeps the times of its metadata; where they changed too, a webhook changed the
 * object, which says nothing of keys. A webhook may also refuse in any words of the API server's,
 * "not found" included: what the object itself could mean is settled by a reading.
 */
evc_settle_next evc_settle_patch(int code, const evc_kube_object *object,
                                 const char *version, int64_t written_ms,
                                 evc_settled *how);
/*
 * A reading ended with code, after a patch of object that ended with refused; found is what was
 * read. tries: patches so far.
 */
evc_settle_next evc_settle_read(int code, int refused, const evc_kube_object *object,
                                const evc_kube_object *found, uint32_t tries,
                                evc_settled *how);
/* Trouble of the server or of the way there, which passes. */
bool evc_settle_is_passing(int code);

#endif
