/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A transport of the caller's in the place of ours: each exchange goes to one function as
 * an object with copies of all that it needs, and is finished once, at once or later from
 * any thread. One that was given up, by a deadline or a cancel, lives until its finish,
 * which changes nothing then.
 *
 * Until the finish the object is the host's: one thread at a time.
 */
#ifndef EVC_NET_HOSTED_H
#define EVC_NET_HOSTED_H

#include "net/transport.h"

/* Public as envcrypt_exchange. */
typedef struct envcrypt_exchange evc_hosted;
typedef void (*evc_hosted_fn)(evc_hosted *exchange, void *user);

/* Who carries: state and destroy of evc_net_open with evc_transport_hosted. */
typedef struct evc_host evc_host;

extern const evc_transport evc_transport_hosted;

int evc_host_new(evc_hosted_fn carry, void *user, evc_host **out,
                 evc_error **err) EVC_MUST_CHECK; /* NOMEM */
/* From now on destroy (may be NULL) is called with user when host and all exchanges are
 * done with it; not in a child of fork. Before sharing. */
void evc_host_own(evc_host *host, void (*destroy)(void *user));
void evc_host_unref(void *state); /* NULL is fine; legal in a child of fork */

/* What is asked. Texts live until the finish. */
const char *evc_hosted_method(const evc_hosted *hosted);
const char *evc_hosted_url(const evc_hosted *hosted);
size_t evc_hosted_header_count(const evc_hosted *hosted);
const evc_header *evc_hosted_header(const evc_hosted *hosted,
                                    size_t index); /* NULL past the end */
evc_view evc_hosted_body(const evc_hosted *hosted);
int64_t evc_hosted_timeout_ms(
    const evc_hosted *hosted);                          /* of the attempt, from start */
bool evc_hosted_is_secret(const evc_hosted *hosted);    /* its reply is */
bool evc_hosted_is_abandoned(const evc_hosted *hosted); /* any thread */

/* The reply: its head and body, in any order. ARGUMENT (no header), PROTOCOL (more than
 * the exchange takes), NOMEM, FORKED. */
int evc_hosted_add_header(evc_hosted *hosted, const char *name, evc_view value,
                          evc_error **err) EVC_MUST_CHECK;
int evc_hosted_add_body(evc_hosted *hosted, evc_view part,
                        evc_error **err) EVC_MUST_CHECK;
/*
 * Once. code 0: a whole reply came, of status 100 to 599. Else one of NET_DNS,
 * NET_CONNECT, NET_BROKEN, PROXY, TLS, PROTOCOL, which are what they are elsewhere; any other is
 * TRANSPORT. message (may be NULL) says why. In a child of fork nothing happens.
 */
void evc_hosted_finish(evc_hosted *hosted, int32_t code, int32_t status,
                       const char *message);

#endif
