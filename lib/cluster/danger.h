/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key that a destructive proof disables, and all that it takes to enable it from elsewhere:
 * who comes after a kill may know nothing of the cluster. Its text is that of doc/format.md ("A
 * key in danger"); it holds no secret. Pure.
 */
#ifndef EVC_CLUSTER_DANGER_H
#define EVC_CLUSTER_DANGER_H

#include "base/buf.h"
#include "base/kv.h"
#include "crypto/crypto.h"

#define EVC_DANGER_MAX 32768u /* bytes of its text */

typedef struct evc_danger {
    char *uri;     /* of the cluster, as it was opened */
    char *cluster; /* its id */
    char *name;
    char *key;        /* full id */
    int64_t since_ms; /* wall time from when on it may be disabled; -1 */
    int64_t until_ms; /* when it is enabled at the latest; -1 */
    evc_kv options;   /* of the cluster's config: how its cloud is reached */
} evc_danger;

void evc_danger_init(evc_danger *danger);
void evc_danger_reset(evc_danger *danger);
/* The options of a cluster that lead to its cloud. The API server's are left out, folders, and
 * a proxy that has a password in it. */
int evc_danger_take_options(evc_danger *danger, const evc_kv *options,
                            evc_error **err) EVC_MUST_CHECK;
/* Appended. NOMEM, ARGUMENT past half of EVC_DANGER_MAX, and what a digest can fail with. */
int evc_danger_write(evc_crypto *crypto, const evc_danger *danger, evc_buf *out,
                     evc_error **err) EVC_MUST_CHECK;
/* CLUSTER_STATE: the text was changed, cut, or is none of ours; then out is as initialised. */
int evc_danger_read(evc_crypto *crypto, evc_view text, evc_danger *out,
                    evc_error **err) EVC_MUST_CHECK;

#endif
