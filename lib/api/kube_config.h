/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of access to an API server, behind the public handle. */
#ifndef EVC_API_KUBE_CONFIG_H
#define EVC_API_KUBE_CONFIG_H

#include "api/client.h"
#include "base/arena.h"
#include "base/kv.h"
#include "envcrypt/k8s.h"

struct envcrypt_kube_config {
    envcrypt_client *client;
    evc_kv options; /* checked by name and value (api/kube_options.h) */
    evc_secret token;
    envcrypt_credentials *credentials; /* NULL = none */
};

#endif
