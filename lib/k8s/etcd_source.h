/* SPDX-License-Identifier: Apache-2.0 */
/* What the sources of stored values have in common: gateway, dump, snapshot. */
#ifndef EVC_K8S_ETCD_SOURCE_H
#define EVC_K8S_ETCD_SOURCE_H

#include "base/encode.h"
#include "base/err.h"
#include "base/wait.h"

#define EVC_ETCD_KEY_MAX ((size_t)16 * 1024) /* bytes */
#define EVC_ETCD_VALUE_MAX ENVCRYPT_ETCD_VALUE_MAX

typedef struct evc_etcd_pair {
    evc_view key;
    evc_view value;          /* wiped after the call */
    int64_t create_revision; /* 0 = not told */
    int64_t mod_revision;
} evc_etcd_pair;

/* Anything but 0 ends the reading and is what the reader returns. */
typedef int (*evc_etcd_pair_fn)(void *user, const evc_etcd_pair *pair, evc_error **err);

/* Which keys: those that begin with key, or the one that it is. */
typedef struct evc_etcd_range {
    evc_view key;
    bool single;
} evc_etcd_range;

static inline bool
evc_etcd_range_has(const evc_etcd_range *range, evc_view key)
{
    if (range->single)
        return evc_view_equal(range->key, key);
    return key.size >= range->key.size &&
           evc_view_equal(range->key, evc_view_of(key.data, range->key.size));
}

typedef struct evc_etcd_source {
    int (*read)(void *state, const evc_etcd_range *range, evc_wait *wait,
                evc_etcd_pair_fn take, void *user, evc_error **err);
    void (*close)(void *state); /* NULL is fine */
} evc_etcd_source;

#endif
