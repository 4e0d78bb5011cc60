/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of a caller over the scripted network, and an environment that has none. */
#ifndef EVC_TESTS_ALIBABA_CALLER_H
#define EVC_TESTS_ALIBABA_CALLER_H

#include <stdlib.h>

#include "auth/chain.h"
#include "scripted-net.h"

static inline evc_chain *
caller_chain(const char *provider)
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
caller_hides_environment(void)
{
    static const char *const names[] = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID",  "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_REGION",
        "ALIBABA_CLOUD_REGION_ID",      "ALICLOUD_REGION",
        "ALIBABA_CLOUD_PROFILE"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unsetenv(names[i]);
    ck_assert_int_eq(setenv("HOME", "/nonexistent", 1), 0);
}

#endif
