/* SPDX-License-Identifier: Apache-2.0 */
/* The client behind the public handle. */
#ifndef EVC_API_CLIENT_H
#define EVC_API_CLIENT_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/env.h"
#include "base/err.h"
#include "crypto/crypto.h"
#include "envcrypt/client.h"

struct envcrypt_client {
    atomic_size_t refs;
    uint64_t generation;
    evc_env *env;        /* objects opened with the client hold references on */
    evc_crypto *crypto;  /* these three, so they outlive it */
    struct evc_net *net; /* NULL in a build without a network */
};

/* First in every function that takes a client: 0, ENVCRYPT_E_ARGUMENT for NULL, FORKED. */
int evc_client_check(const envcrypt_client *client, evc_error **err) EVC_MUST_CHECK;

#endif
