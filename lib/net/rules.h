/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for every exchange over libcurl (security.md 1.3): which protocols, how the
 * server proves itself, how long, through what, and that nothing is followed, remembered
 * or read from the environment. No setting turns any of it off.
 */
#ifndef EVC_NET_RULES_H
#define EVC_NET_RULES_H

#include <curl/curl.h>

#include "net/transport.h"

/*
 * link: what holds for x. key takes the client's private key, which easy borrows. ENDPOINT
 * (the proxy), BAD_CREDENTIALS and FILE_… (the client's certificate and key), NOMEM.
 */
int evc_rules_set(CURL *easy, const evc_exchange *x, const evc_link *link,
                  const evc_net_settings *settings, evc_buf *key,
                  evc_error **err) EVC_MUST_CHECK;

#endif
