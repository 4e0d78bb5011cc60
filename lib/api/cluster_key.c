/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/guard.h"

static int
begin(const envcrypt_cluster *place, bool given, evc_error **err)
{
    evc_err_clear(err);
    if (!place || !given)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "nothing can be done with a key of clusters: the place, the "
                       "change or out is NULL");
    return evc_cluster_begin(place, err);
}

int
envcrypt_cluster_key_users(envcrypt_cluster *place,
                           const envcrypt_cluster_change *change, envcrypt_wait *wait,
                           envcrypt_table **out, envcrypt_error **err)
{
    int rc;

    if (out)
        *out = NULL;
    rc = begin(place, change && out, err);
    return rc == 0 ? evc_guard_users(place, change, wait, out, err) : rc;
}

static int
run(envcrypt_cluster *place, evc_key_action action,
    const envcrypt_cluster_change *change, envcrypt_wait *wait, envcrypt_table **users,
    envcrypt_table **out, envcrypt_error **err)
{
    int rc;

    if (users)
        *users = NULL;
    if (out)
        *out = NULL;
    rc = begin(place, change && out, err);
    return rc == 0 ? evc_guard_run(place, action, change, wait, users, out, err) : rc;
}

int
envcrypt_cluster_key_disable(envcrypt_cluster *place,
                             const envcrypt_cluster_change *change, envcrypt_wait *wait,
                             envcrypt_table **users, envcrypt_table **out,
                             envcrypt_error **err)
{
    return run(place, EVC_KEY_DISABLE, change, wait, users, out, err);
}

int
envcrypt_cluster_key_enable(envcrypt_cluster *place,
                            const envcrypt_cluster_change *change, envcrypt_wait *wait,
                            envcrypt_table **out, envcrypt_error **err)
{
    return run(place, EVC_KEY_ENABLE, change, wait, NULL, out, err);
}

int
envcrypt_cluster_key_schedule_deletion(envcrypt_cluster *place,
                                       const envcrypt_cluster_change *change,
                                       envcrypt_wait *wait, envcrypt_table **users,
                                       envcrypt_table **out, envcrypt_error **err)
{
    return run(place, EVC_KEY_SCHEDULE_DELETION, change, wait, users, out, err);
}

int
envcrypt_cluster_key_cancel_deletion(envcrypt_cluster *place,
                                     const envcrypt_cluster_change *change,
                                     envcrypt_wait *wait, envcrypt_table **out,
                                     envcrypt_error **err)
{
    return run(place, EVC_KEY_CANCEL_DELETION, change, wait, NULL, out, err);
}
