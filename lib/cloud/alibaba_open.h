/* SPDX-License-Identifier: Apache-2.0 */
/* What a URI and options of Alibaba Cloud KMS lead to: a peer that signs. Keys and services
 * share it. */
#ifndef EVC_CLOUD_ALIBABA_OPEN_H
#define EVC_CLOUD_ALIBABA_OPEN_H

#include "auth/alibaba.h"
#include "base/buf.h"
#include "cloud/link.h"
#include "net/peer.h"

/* For the lists of options. */
#define EVC_ALIBABA_OPTIONS \
    "endpoint", "vpc", "profile", "signature", "credentials", EVC_LINK_OPTIONS

typedef struct evc_alibaba_place {
    const char *region; /* NULL = as environment and profile say */
    const char
        *instance; /* the KMS instance whose gateway is asked; NULL = the Region's */
} evc_alibaba_place;

/* As whom a key is used. References are held. */
typedef struct evc_alibaba_caller {
    evc_alibaba_config *config;
    evc_chain *chain;
} evc_alibaba_caller;
void evc_alibaba_caller_reset(
    evc_alibaba_caller *caller); /* legal in a child of fork */

/*
 * caller may be NULL; it stays empty on failure. region, an empty buffer, gets the Region with a NUL. ENVCRYPT_E_ARGUMENT (credentials of
 * another cloud, an option's value), REGION, ENDPOINT, what the configuration says.
 */
int evc_alibaba_open(evc_crypto *crypto, evc_net *net, const evc_uri *uri,
                     const struct envcrypt_kms_config *config,
                     const evc_alibaba_place *place, evc_peer **peer,
                     evc_alibaba_caller *caller, evc_buf *region,
                     evc_error **err) EVC_MUST_CHECK;

#endif
