/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials at one moment: what requests are signed with until they are refused or
 * expire. Counted and immutable; any number of threads. The secrets live in the arena.
 */
#ifndef EVC_AUTH_CREDS_H
#define EVC_AUTH_CREDS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"

#define EVC_CREDS_NEVER INT64_MAX

typedef struct evc_creds {
    atomic_size_t refs;
    char *id;          /* access key id; "" where a token is all there is. Not secret */
    evc_secret secret; /* secret access key; none where a token is all */
    evc_secret token;  /* session, security or bearer token; none when there is none */
    char
        *certificate; /* PEM, of a client of TLS: then secret is its private key in PEM;
                          "" */
    int64_t expires_ms; /* wall time; EVC_CREDS_NEVER */
    char *account;      /* account id when the source tells; "" */
    const char *source; /* where they are from, static text: "environment", "profile" */
    char *detail;       /* which one, for people: a profile, a role, a file; "" */
    bool fixed;         /* asking their source again gives the same */
} evc_creds;

/* What makes one; texts and secrets are copied, views may be empty. */
typedef struct evc_creds_parts {
    evc_view id;
    evc_view secret;
    evc_view token;
    evc_view certificate;
    int64_t expires_ms;
    evc_view account;
    const char *source;
    const char *detail; /* NULL = "" */
    bool fixed;
} evc_creds_parts;

/* A secret longer than a slot of the arena is ENVCRYPT_E_BAD_CREDENTIALS, as are control
 * bytes and what is not ASCII in any part (but white space of PEM). NOMEM, ARENA_FULL, ARENA_UNLOCKED. */
int evc_creds_new(evc_arena *arena, const evc_creds_parts *parts, evc_creds **out,
                  evc_error **err) EVC_MUST_CHECK;
evc_creds *evc_creds_ref(evc_creds *creds);
void evc_creds_unref(evc_creds *creds); /* NULL is fine; legal in a child of fork */

#endif
