/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and services of Alibaba Cloud KMS opened from their URIs over the scripted network,
 * with credentials of the caller; nothing of the environment is seen.
 */
#ifndef EVC_TESTS_ALIBABA_URI_H
#define EVC_TESTS_ALIBABA_URI_H

#include "alibaba-caller.h"
#include "alibaba-fixture.h"
#include "kms/open.h"

static struct envcrypt_kms_config config;

static inline void
uri_set_up(void)
{
    caller_hides_environment();
    alibaba_set_up();
    config = (struct envcrypt_kms_config){.credentials = caller_chain("alibaba")};
    evc_kv_init(&config.options);
}

static inline void
uri_tear_down(void)
{
    evc_kv_reset(&config.options);
    evc_chain_unref(config.credentials);
    alibaba_tear_down();
}

static inline int
uri_open(const char *uri, evc_kms **out)
{
    static const evc_backend *const table[] = {&evc_backend_alibaba, NULL};

    evc_error_free(err);
    err = NULL;
    return evc_kms_open(crypto, t.net, table, uri, &config, &t.wait, out, &err);
}

static inline const evc_endpoint *
uri_endpoint(const evc_kms *kms)
{
    const evc_alibaba_key *key = kms->state;

    return key->cloud.peer->endpoint;
}

#endif
