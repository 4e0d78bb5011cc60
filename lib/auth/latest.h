/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a peer signs with: credentials of a chain, and which of them were the latest, so
 * that a request that was refused can be told from one that older ones signed. Any number
 * of threads.
 */
#ifndef EVC_AUTH_LATEST_H
#define EVC_AUTH_LATEST_H

#include "auth/chain.h"
#include "net/http.h"

typedef struct evc_latest evc_latest;

/* A reference on the chain is held. NOMEM. */
int evc_latest_open(evc_chain *chain, evc_latest **out, evc_error **err) EVC_MUST_CHECK;
void evc_latest_close(evc_latest *latest); /* NULL is fine; legal in a child of fork */
/* As evc_chain_get(). */
int evc_latest_get(evc_latest *latest, evc_wait *wait, evc_creds **out,
                   evc_error **err) EVC_MUST_CHECK;
/*
 * A service refused the request x: the latest credentials are given back to the chain as
 * refused when they signed it. Whether there may be others.
 */
bool evc_latest_refuse(evc_latest *latest, const evc_exchange *x,
                       bool (*signed_by)(const evc_exchange *x,
                                         const evc_creds *creds));

#endif
