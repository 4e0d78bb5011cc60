/* SPDX-License-Identifier: Apache-2.0 */
/* One case of a Wycheproof file, and the verdict of lib/crypto on it. */
#ifndef EVC_VECTORS_WYCHEPROOF_H
#define EVC_VECTORS_WYCHEPROOF_H

#include <jansson.h>

#include "base/buf.h"
#include "crypto/crypto.h"

typedef enum wp_verdict {
    WP_ACCEPTED,  /* with the output that the case names */
    WP_REJECTED,  /* as not authentic, or for its form */
    WP_RULED_OUT, /* for its IV, by a rule that the standard does not have */
    WP_WRONG,     /* another output, output left after rejection, or a failure */
    WP_UNKNOWN,   /* the case needs an algorithm or key size that the library has not */
} wp_verdict;

#define WP_BUFFERS 12

typedef struct wp_case {
    evc_crypto *crypto;
    const json_t *group;
    const json_t *test;
    int variant; /* of the algorithm's row in the table */
    evc_buf buffers[WP_BUFFERS];
    size_t used;
    bool malformed; /* a member is missing or of another form: check once, at the end */
} wp_case;

typedef wp_verdict (*wp_runner)(wp_case *c);

/* A hex member of the test. Lives as long as the case. */
evc_view wp_bytes(wp_case *c, const char *name);
/* The same of any object, say the group or a key in it. */
evc_view wp_bytes_of(wp_case *c, const json_t *object, const char *name);
/* A text or number of any object; "" or 0 when malformed. */
const char *wp_text_of(wp_case *c, const json_t *object, const char *name);
size_t wp_number_of(wp_case *c, const json_t *object, const char *name);
/* Zeroed room for output. */
uint8_t *wp_room(wp_case *c, size_t size);
void wp_release(wp_case *c);

/* What the return code of a function of lib/crypto means. */
wp_verdict wp_verdict_of(int rc);

wp_verdict wp_run_gcm(wp_case *c);
wp_verdict wp_run_chacha(wp_case *c);  /* variant: bytes of the nonce */
wp_verdict wp_run_keywrap(wp_case *c); /* variant: padded */
wp_verdict wp_run_cmac(wp_case *c);
wp_verdict wp_run_hmac(wp_case *c); /* variant: evc_hash */
wp_verdict wp_run_hkdf(wp_case *c); /* variant: evc_hash */
wp_verdict wp_run_ecdsa(wp_case *c);
wp_verdict wp_run_oaep(wp_case *c);

#endif
