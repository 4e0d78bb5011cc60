/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored values made as kube-apiserver makes them, for restores and tests. Any number of
 * threads over one set of keys.
 */
#ifndef EVC_K8S_STORED_SEAL_H
#define EVC_K8S_STORED_SEAL_H

#include "k8s/stored_keys.h"

/*
 * Appends plain as the provider stores it under etcd_key, with the first key of this name;
 * name NULL = with the first key of the provider. Identity takes no key, and refuses what an
 * API server would not read as such. A value of kms v2 has the id of the service's key as
 * its key id, no annotations, and a seed that is made once for the set.
 *
 * STORED_NO_KEY; ARGUMENT: more than EVC_STORED_PLAIN_MAX bytes, no etcd_key, a plugin without a name or
 * with one that it cannot have, a wrapped key that is too long; the errors of key services.
 */
int evc_stored_seal(evc_stored_keys *keys, evc_stored_provider provider,
                    const char *name, evc_view etcd_key, evc_view plain, evc_wait *wait,
                    evc_buf *out, evc_error **err) EVC_MUST_CHECK;

#endif
