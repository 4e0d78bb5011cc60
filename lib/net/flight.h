/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One exchange while libcurl carries it: the handle with all its options, and what its
 * callbacks take and give. One thread at a time.
 */
#ifndef EVC_NET_FLIGHT_H
#define EVC_NET_FLIGHT_H

#include <curl/curl.h>

#include "net/rules.h"
#include "net/tls.h"
#include "net/transport.h"

typedef struct evc_flight {
    evc_exchange *x; /* the caller's */
    CURL *easy;
    evc_link link; /* what holds for x; texts are borrowed */
    struct curl_slist *fields;
    evc_rules_loan loan;
    size_t body_at;    /* bytes of the request's body that were read */
    size_t head_bytes; /* of the reply, all its parts */
    bool head_done;
    bool lookup;         /* of the host's name was begun */
    uint64_t body_bytes; /* of the reply */
    int code;            /* why a callback ended it; 0 = none did */
    evc_error *error;
    evc_tls_trace *trace;
} evc_flight;

/* settings must live as long. ENDPOINT (proxy), FILE_… (of the client's key), ARGUMENT,
 * NOMEM, INTERNAL. */
int evc_flight_new(evc_exchange *x, const evc_net_settings *settings, evc_flight **out,
                   evc_error **err) EVC_MUST_CHECK;
/* Of one that no multi handle holds any more; NULL is fine. */
void evc_flight_free(evc_flight *flight);
/* Tells the exchange how it ended, all but ended_ms and done. */
void evc_flight_land(evc_flight *flight, CURLcode result);
/* Same, of one that was stopped. */
void evc_flight_stop(evc_flight *flight);

#endif
