/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/latest.h"

#include <pthread.h>

#include "base/fork.h"
#include "base/mem.h"

struct evc_latest {
    uint64_t generation;
    evc_chain *chain;
    pthread_mutex_t mutex; /* of creds */
    evc_creds *creds;      /* NULL before the first */
};

int
evc_latest_open(evc_chain *chain, evc_latest **out, evc_error **err)
{
    evc_latest *latest = evc_mem_new(sizeof(*latest));

    *out = NULL;
    if (!latest)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&latest->mutex, NULL) != 0) {
        evc_mem_free(latest);
        return evc_err_nomem(err);
    }
    latest->generation = evc_fork_generation();
    latest->chain = evc_chain_ref(chain);
    *out = latest;
    return 0;
}

void
evc_latest_close(evc_latest *latest)
{
    if (!latest)
        return;
    evc_creds_unref(latest->creds);
    if (evc_fork_is_current(latest->generation))
        (void)pthread_mutex_destroy(&latest->mutex);
    evc_chain_unref(latest->chain);
    evc_mem_free(latest);
}

int
evc_latest_get(evc_latest *latest, evc_wait *wait, evc_creds **out, evc_error **err)
{
    evc_creds *old;
    int rc = evc_chain_get(latest->chain, wait, out, err);

    if (rc)
        return rc;
    (void)pthread_mutex_lock(&latest->mutex);
    old = latest->creds;
    latest->creds = evc_creds_ref(*out);
    (void)pthread_mutex_unlock(&latest->mutex);
    evc_creds_unref(old);
    return 0;
}

bool
evc_latest_refuse(evc_latest *latest, const evc_exchange *x,
                  bool (*signed_by)(const evc_exchange *x, const evc_creds *creds))
{
    evc_creds *creds;
    bool others = true; /* older ones signed it, and there are newer ones already */

    (void)pthread_mutex_lock(&latest->mutex);
    creds = evc_creds_ref(latest->creds);
    (void)pthread_mutex_unlock(&latest->mutex);
    if (creds && signed_by(x, creds))
        others = evc_chain_refuse(latest->chain, creds);
    evc_creds_unref(creds);
    return others;
}
