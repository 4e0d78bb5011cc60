/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and services of Alibaba Cloud KMS opened from their URIs over the scripted network,
 * with credentials of the caller; nothing of the environment is seen.
 */
#ifndef EVC_TESTS_ALIBABA_URI_H
#define EVC_TESTS_ALIBABA_URI_H

#include <stdlib.h>

#include "alibaba-fixture.h"
#include "auth/chain.h"
#include "kms/open.h"

static struct envcrypt_kms_config config;

static inline evc_chain *
uri_chain(const char *provider)
{
    const evc_chain_rules rules = {.provider = provider, .none = "give some"};
    const evc_creds_parts parts = {.id = evc_view_text("LTAI-planted"),
                                   .secret = evc_view_text("planted-secret"),
                                   .expires_ms = EVC_CREDS_NEVER,
                                   .source = "caller"};
    evc_creds *creds;
    evc_chain *chain;

    EVC_CHECK_OK(evc_creds_new(t.env->arena, &parts, &creds, NULL));
    EVC_CHECK_OK(evc_chain_of(t.net, &rules, creds, &chain, NULL));
    evc_creds_unref(creds);
    return chain;
}

static inline void
uri_set_up(void)
{
    static const char *const names[] = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID",  "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_REGION",
        "ALIBABA_CLOUD_REGION_ID",      "ALICLOUD_REGION",
        "ALIBABA_CLOUD_PROFILE"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unsetenv(names[i]);
    (void)setenv("HOME", "/nonexistent", 1);
    alibaba_set_up();
    config = (struct envcrypt_kms_config){.credentials = uri_chain("alibaba")};
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
