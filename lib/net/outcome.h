/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a failure of libcurl means: our code, and a sentence that names the host and never
 * path, query, proxy or anything that came over the wire.
 */
#ifndef EVC_NET_OUTCOME_H
#define EVC_NET_OUTCOME_H

#include <curl/curl.h>

#include "net/http.h"
#include "net/tls.h"

/*
 * result is not CURLE_OK. ENVCRYPT_E_NET_DNS, NET_CONNECT, NET_BROKEN, PROXY, TLS,
 * PROTOCOL, NOMEM, FILE_… (of the CA file and the client's certificate), INTERNAL. link:
 * what held for this exchange; lookup: that of the host's name was begun.
 */
int evc_outcome_tell(CURL *easy, CURLcode result, const evc_exchange *x,
                     const evc_link *link, const evc_tls_trace *trace, bool lookup,
                     evc_error **err);

#endif
