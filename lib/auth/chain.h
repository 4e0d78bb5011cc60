/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain of sources of credentials, asked in order, whose answer is kept and renewed
 * before it expires: by one thread at a time, while the others go on with what they
 * have, or wait for that one when they have nothing (single flight). A public
 * envcrypt_credentials. Counted; any number of threads.
 */
#ifndef EVC_AUTH_CHAIN_H
#define EVC_AUTH_CHAIN_H

#include <stdbool.h>

#include "auth/creds.h"
#include "base/wait.h"
#include "net/net.h"

/* A source is not configured: the chain goes on. Whatever is configured and does not
 * work ends the chain with an error. */
#define EVC_NOT_CONFIGURED 1

typedef struct evc_source {
    const char *name; /* static: "environment", "web-identity", "profile", … */
    /*
     * New credentials under the wait, by one thread at a time. now_ms is wall time. 0,
     * EVC_NOT_CONFIGURED (err untouched), or an error: NO_CREDENTIALS never,
     * BAD_CREDENTIALS (what is configured cannot be right), CREDENTIALS_DOWN (the
     * service that gives them is away), AUTH, DENIED, CANCELED, TIMEOUT, ….
     */
    int (*fetch)(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                 evc_creds **out, evc_error **err);
    void (*close)(void *state); /* in a child of fork: memory only */
    /*
     * What it gives is accepted after it expired too, and is kept until newer can be had:
     * instance metadata in an outage (kms-apis 1.11).
     */
    bool late_is_fine;
} evc_source;

/*
 * Windows before credentials expire; of those that live shortly no more than half and a
 * quarter of what is left when they come.
 */
typedef struct evc_chain_rules {
    const char *provider; /* "aws", "ibm", "alibaba": of messages */
    int64_t advisory_ms;  /* this long before, one thread tries for new ones */
    int64_t
        mandatory_ms; /* this long before, all wait for new ones; only when there are
                             none the old ones go on, until they expire */
    const char *none; /* what to do when no source is configured, a sentence */
} evc_chain_rules;

#define EVC_CHAIN_PAUSE_MS 30000 /* after a renewal that failed or gave the same */
#define EVC_CHAIN_LATE_MS \
    (15 * 60000) /* late_is_fine: next try, and 2 to 10 min more */

typedef struct envcrypt_credentials evc_chain;

/* net: a reference is held. NOMEM. */
int evc_chain_new(evc_net *net, const evc_chain_rules *rules, evc_chain **out,
                  evc_error **err) EVC_MUST_CHECK;
/* At the end of the chain, before it is shared. state moves; on failure it stays. */
int evc_chain_add(evc_chain *chain, const evc_source *source, void *state,
                  evc_error **err) EVC_MUST_CHECK;
evc_chain *evc_chain_ref(evc_chain *chain);
void evc_chain_unref(evc_chain *chain); /* NULL is fine; legal in a child of fork */

/*
 * Credentials that are good now; given back by evc_creds_unref. NO_CREDENTIALS: no
 * source is configured; the message says what each would need. Errors of the sources.
 */
int evc_chain_get(evc_chain *chain, evc_wait *wait, evc_creds **out,
                  evc_error **err) EVC_MUST_CHECK;
/* A service refused these: if they are still the kept ones they are dropped. Whether
 * there may be others (not of fixed ones: texts of environment or file, the caller's). */
bool evc_chain_refuse(evc_chain *chain, const evc_creds *creds);
const char *evc_chain_provider(const evc_chain *chain);

/* Fixed credentials of the caller as a chain of one, which holds a reference. */
int evc_chain_of(evc_net *net, const evc_chain_rules *rules, evc_creds *creds,
                 evc_chain **out, evc_error **err) EVC_MUST_CHECK;

#endif
