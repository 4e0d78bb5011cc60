/* SPDX-License-Identifier: Apache-2.0 */
/* Peers that sign as Alibaba Cloud wants it, with what a configuration does not decide. */
#ifndef EVC_AUTH_ALIBABA_PEER_H
#define EVC_AUTH_ALIBABA_PEER_H

#include "auth/alibaba_config.h"

typedef struct evc_alibaba_peer {
    evc_endpoint *endpoint;
    const char *provider; /* static text, as is version */
    const char *version;
    bool v1;
    evc_chain *chain;
    void (*classify)(const evc_exchange *x, evc_fault *fault);
} evc_alibaba_peer;

/* As evc_alibaba_peer_open(). */
int evc_alibaba_peer_make(const evc_alibaba_config *config, const evc_alibaba_peer *how,
                          evc_peer **out, evc_error **err) EVC_MUST_CHECK;

#endif
