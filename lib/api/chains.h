/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credentials behind the public handle: chains.c in builds with a network,
 * chains_none.c in the others, where none is ever open.
 */
#ifndef EVC_API_CHAINS_H
#define EVC_API_CHAINS_H

#include "api/client.h"
#include "base/kv.h"
#include "base/table.h"
#include "base/view.h"
#include "base/wait.h"
#include "envcrypt/kms.h"

typedef struct evc_chains_fixed {
    const char *provider; /* "aws", "ibm", "alibaba" */
    evc_view id;
    evc_view secret;
    evc_view token;
    const evc_kv *options; /* may be NULL */
} evc_chains_fixed;

/* NOT_BUILT, ARGUMENT, and the errors of auth/creds.h. */
int evc_chains_fixed_open(const envcrypt_client *client, const evc_chains_fixed *fixed,
                          envcrypt_credentials **out, evc_error **err) EVC_MUST_CHECK;
/*
 * provider_name: one of these, or the URI of a key or service, whose options count too, but
 * not those that are no matter of credentials. options: NULL = as environment and files
 * say. URI, UNKNOWN_OPTION and those of the chain.
 */
int evc_chains_open(const envcrypt_client *client, const char *provider_name,
                    const evc_kv *options, envcrypt_credentials **out,
                    evc_error **err) EVC_MUST_CHECK;
envcrypt_credentials *evc_chains_ref(envcrypt_credentials *credentials);
void evc_chains_unref(envcrypt_credentials *credentials); /* legal in a child of fork */
/* One row: provider, source, detail, id, account, expires. */
int evc_chains_check(envcrypt_credentials *credentials, evc_wait *wait, evc_table **out,
                     evc_error **err) EVC_MUST_CHECK;

#endif
