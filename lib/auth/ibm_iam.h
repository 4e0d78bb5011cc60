/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of IBM Cloud IAM, by its grants ("IAM Identity Services", Create an IAM access
 * token; kms-apis 2.5, cluster-apis 4.3).
 */
#ifndef EVC_AUTH_IBM_IAM_H
#define EVC_AUTH_IBM_IAM_H

#include "auth/ibm_properties.h"
#include "net/peer.h"

/*
 * No length of IAM's tokens is published; those seen have 1 to 2 KiB. They are held in a
 * slot of the arena, so one past 16,384 bytes is refused by name.
 */
#define EVC_IBM_TOKEN_MAX EVC_ARENA_MAX_SLOT

typedef struct evc_ibm_token {
    evc_secret text;
    int64_t expires_ms; /* our wall clock when it was asked for, and its life, less the
                           ten seconds in which it is not used any more */
} evc_ibm_token;

/* One of api_key, compute_token and access_token is set, and says which grant it is. */
typedef struct evc_ibm_grant {
    evc_view api_key;
    evc_view compute_token;         /* of a pod: cr-token */
    evc_view access_token;          /* of another identity: assume */
    const evc_ibm_profile *profile; /* NULL = none */
    const char *scope;
    const char *client_id; /* with client_secret, or neither */
    evc_view client_secret;
} evc_ibm_grant;

/* url NULL = IBM's public one; it may end in /identity/token. ENDPOINT, NOMEM. */
int evc_ibm_iam_open(evc_net *net, const char *url, const evc_link *link,
                     evc_peer **out, evc_error **err) EVC_MUST_CHECK;
/* As a source of credentials; also PROTOCOL. */
int evc_ibm_iam_token(evc_peer *peer, const evc_ibm_grant *grant, evc_wait *wait,
                      evc_ibm_token *out, evc_error **err) EVC_MUST_CHECK;

/*
 * The refresh token that IAM gives with an access token to who says that it is a command line
 * ("bx", as ibmcloud and bluemix-go do), by an API key; kubeconfigs of clusters are made with
 * one. UNSUPPORTED: there is none for this identity. Errors as before.
 */
int evc_ibm_iam_refresh(evc_peer *peer, evc_view api_key, evc_wait *wait,
                        evc_secret *out, evc_error **err) EVC_MUST_CHECK;

/*
 * Takes access_token and expires_in out of a reply, which is spoiled. Other tokens in it
 * are not looked at. PROTOCOL, and the errors of evc_secret_new().
 */
int evc_ibm_token_read(evc_buf *reply, evc_arena *arena, int64_t asked_ms,
                       evc_ibm_token *out, evc_error **err) EVC_MUST_CHECK;
/* Errors of IAM and of the metadata service of a VPC. */
void evc_ibm_classify_iam(const evc_exchange *x, evc_fault *fault);

#endif
