/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored values opened without an API server, for disaster recovery. Any number of threads
 * over one set of keys.
 */
#ifndef EVC_K8S_STORED_OPEN_H
#define EVC_K8S_STORED_OPEN_H

#include "k8s/stored_keys.h"

/*
 * Appends the text of a value that stands under etcd_key; it may be a secret, and out is as it
 * was after a failure. As kube-apiserver does, each key of the provider is tried whose name,
 * with a colon, the value goes on with after its prefix, in the order in which they were added.
 *
 * STORED: see evc_stored_read, and EVC_STORED_UNKNOWN. STORED_NO_KEY: no key is of this
 * provider and name. STORED_AUTH: none of them opens it. ARGUMENT: no etcd_key for a provider that
 * binds it. The errors of key services; the causes say what each said.
 */
int evc_stored_open(evc_stored_keys *keys, evc_view etcd_key, evc_view value,
                    evc_wait *wait, evc_buf *out, evc_error **err) EVC_MUST_CHECK;

#endif
