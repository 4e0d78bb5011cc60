/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IBM Cloud IAM: where tokens come from, as IBM's own tools know it (kms-apis 2.5,
 * cluster-apis 4.3). Environment and files are read here and nowhere else.
 */
#ifndef EVC_AUTH_IBM_H
#define EVC_AUTH_IBM_H

#include "auth/chain.h"
#include "net/peer.h"

/* NULL = as environment and files say. sources: out of file environment container vpc,
 * separated by commas, in order; this is the order when it is NULL (as in IBM's SDKs); ""
 * = none. */
typedef struct evc_ibm_options {
    evc_view api_key; /* of the caller: then environment and files are not read, and no
                         other source is asked. Empty = none */
    const char *service;    /* prefix of its variables; NULL = "KEY_PROTECT" */
    const char *iam_url;    /* NULL = https://iam.cloud.ibm.com */
    const char *is_private; /* "true": private.iam.cloud.ibm.com */
    const char *profile_id; /* trusted profile */
    const char *profile_name;
    const char *profile_crn;
    const char *sources;
    evc_link link;
} evc_ibm_options;

typedef struct evc_ibm_config evc_ibm_config;
int evc_ibm_config_open(evc_net *net, const evc_ibm_options *options,
                        evc_ibm_config **out, evc_error **err) EVC_MUST_CHECK;
evc_ibm_config *evc_ibm_config_ref(evc_ibm_config *config);
void evc_ibm_config_unref(evc_ibm_config *config); /* NULL is fine */
/* Credentials with a token alone. */
int evc_ibm_chain_open(evc_ibm_config *config, evc_chain **out,
                       evc_error **err) EVC_MUST_CHECK;
/* The service's URL that environment or file name (<SERVICE>_URL); NULL = none. Lives as
 * long as the configuration. */
const char *evc_ibm_service_url(const evc_ibm_config *config);

/* Appends whom the token of the chain is of, by its own claims, which nobody verifies
 * here: "IBMid-…, subject me@example.com, account …; as the token says, not verified".
 * PROTOCOL: it says nothing of the kind. */
int evc_ibm_identity(evc_chain *chain, evc_wait *wait, evc_buf *out,
                     evc_error **err) EVC_MUST_CHECK;

/* Appends one claim of that token, without a NUL: "iam_id", "account.bss". Nothing when it has
 * no such one. PROTOCOL: it is no JSON Web Token. */
int evc_ibm_claim(evc_chain *chain, const char *path, evc_wait *wait, evc_buf *out,
                  evc_error **err) EVC_MUST_CHECK;

/* The refresh token of who logs in by the API key that the configuration has. UNSUPPORTED:
 * it has none, or the identity gets no refresh token. Errors of a source. */
int evc_ibm_refresh_token(evc_ibm_config *config, evc_wait *wait, evc_secret *out,
                          evc_error **err) EVC_MUST_CHECK;

/* A peer whose requests bear the token. */
int evc_ibm_peer_open(evc_net *net, evc_endpoint *endpoint, const char *provider,
                      evc_chain *chain,
                      void (*classify)(const evc_exchange *x, evc_fault *fault),
                      evc_peer **out, evc_error **err) EVC_MUST_CHECK;

#endif
