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

/* What an easy handle borrows until it is freed. */
typedef struct evc_rules_loan {
    evc_buf cert;            /* the client's, PEM, when it was a file */
    evc_buf key;             /* of that certificate, same */
    struct curl_slist *host; /* that connections go to, when it is not the URL's */
} evc_rules_loan;

void evc_rules_loan_init(evc_rules_loan *loan);
void evc_rules_loan_reset(evc_rules_loan *loan);

/*
 * link: what holds for x; its texts and key are borrowed, too. ENDPOINT (the proxy),
 * BAD_CREDENTIALS (the client's certificate), FILE_… (what pem_file.h reads), NOMEM.
 */
int evc_rules_set(CURL *easy, const evc_exchange *x, const evc_link *link,
                  const evc_net_settings *settings, evc_rules_loan *loan,
                  evc_error **err) EVC_MUST_CHECK;

#endif
