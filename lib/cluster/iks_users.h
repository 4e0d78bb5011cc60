/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who uses a root key: what is registered with it at the key service, and every cluster that
 * may have come to use it without being registered yet. A registration follows the end of a
 * change (cluster-apis 4.5), and the key service's picture of clusters may be 4 hours old
 * (4.7), so that a look at registrations alone misses a cluster whose enableKMS is under way;
 * its key disabled then, it would never come up.
 */
#ifndef EVC_CLUSTER_IKS_USERS_H
#define EVC_CLUSTER_IKS_USERS_H

#include "cluster/iks_row.h"

/* For this long after a change of its master nothing but a registration of this very key tells
 * which one a cluster has. */
#define EVC_IKS_UNSETTLED_MS INT64_C(600000)
/* For this long a missing registration is no sign that a cluster does not use a key. */
#define EVC_IKS_STALENESS_MS INT64_C(14400000)

/* Rows for rows->key, a CRN, over clusters of all resource groups. What could not be looked
 * at is a row without a name; the errors are those of the call itself. ARGUMENT: no CRN of a
 * key. */
int evc_iks_users(evc_iks_rows *rows, evc_error **err) EVC_MUST_CHECK;

/* Why a cluster that is not registered with the key may use it all the same; NULL = it does
 * not. elsewhere: registered with another key of the instance. Pure. */
const char *evc_iks_users_suspect(const evc_iks_status *status, bool elsewhere,
                                  int64_t now_ms);

#endif
