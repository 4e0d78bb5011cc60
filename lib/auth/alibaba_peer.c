/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_peer.h"

#include <string.h>

#include "auth/acs.h"
#include "auth/latest.h"
#include "base/encode.h"
#include "base/mem.h"
#include "crypto/random.h"

#define NONCE_SIZE 16u

typedef struct signer {
    evc_protocol protocol;
    evc_crypto *crypto;
    const char *version;
    bool v1;
    evc_latest *latest;
} signer;

static int
make_nonce(char out[2 * NONCE_SIZE + 1], evc_error **err)
{
    uint8_t random[NONCE_SIZE];
    evc_buf text;

    evc_random_public(random, sizeof random);
    evc_buf_init_fixed(&text, out, 2 * NONCE_SIZE + 1);
    evc_encode_hex(&text, evc_view_of(random, sizeof random));
    evc_buf_put_u8(&text, 0);
    return evc_buf_check(&text, err);
}

/* V3 leaves it to the header in which form the reply comes. */
static int
ask_for_json(evc_exchange *x, evc_error **err)
{
    if (evc_headers_find(&x->headers, "accept"))
        return 0;
    return evc_headers_add(&x->headers, "accept", evc_view_text("application/json"),
                           err);
}

static int
sign_by(const signer *s, const evc_creds *creds, int64_t now_ms, evc_exchange *x,
        evc_error **err)
{
    const char *asked = evc_headers_find(&x->headers, "x-acs-action");
    char nonce[2 * NONCE_SIZE + 1];
    char *action = evc_mem_strdup(asked ? asked : "");
    evc_acs how = {
        .action = action, .version = s->version, .now_ms = now_ms, .nonce = nonce};
    int rc = action ? make_nonce(nonce, err) : evc_err_nomem(err);

    if (!rc && !action[0])
        rc = evc_err(err, ENVCRYPT_E_INTERNAL,
                     "a request to Alibaba Cloud names no action; please report this");
    if (!rc)
        rc = ask_for_json(x, err);
    if (!rc)
        rc = (s->v1 ? evc_acs1_sign : evc_acs3_sign)(s->crypto, &how, creds, x, err);
    evc_mem_free(action);
    return rc;
}

static int
sign(void *state, evc_exchange *x, int64_t now_ms, evc_wait *wait, evc_error **err)
{
    const signer *s = state;
    evc_creds *creds;
    int rc = evc_latest_get(s->latest, wait, &creds, err);

    if (rc)
        return rc;
    rc = sign_by(s, creds, now_ms, x, err);
    evc_creds_unref(creds);
    return rc;
}

/* Whether the pair stands among them, whole. */
static bool
names(const evc_buf *parameters, const char *id)
{
    evc_buf wanted;
    evc_cursor c;
    bool found = false;
    bool begins = true; /* a pair begins here */

    evc_buf_init(&wanted);
    evc_form_add(&wanted, "AccessKeyId", evc_view_text(id));
    c = evc_cursor_of_view(evc_buf_view(parameters));
    while (!found && !wanted.failed && evc_cursor_left(&c) >= wanted.size) {
        evc_cursor here = c;

        found = begins &&
                evc_view_equal(evc_cursor_bytes(&here, wanted.size),
                               evc_buf_view(&wanted)) &&
                (evc_cursor_left(&here) == 0 || evc_cursor_u8(&here) == '&');
        begins = evc_cursor_u8(&c) == '&';
    }
    evc_buf_reset(&wanted);
    return found;
}

static bool
signed_by(const evc_exchange *x, const evc_creds *creds)
{
    const char *value = evc_headers_find(&x->headers, "authorization");
    const char *credential = value ? strstr(value, "Credential=") : NULL;
    size_t size = strlen(creds->id);

    if (!credential)
        return names(&x->query, creds->id) || names(&x->body, creds->id);
    credential = &credential[strlen("Credential=")];
    return strncmp(credential, creds->id, size) == 0 && credential[size] == ',';
}

static bool
refused(void *state, const evc_exchange *x)
{
    const signer *s = state;

    return evc_latest_refuse(s->latest, x, signed_by);
}

static void
close_signer(void *state)
{
    signer *s = state;

    evc_latest_close(s->latest);
    evc_crypto_unref(s->crypto);
    evc_mem_free(s);
}

int
evc_alibaba_peer_make(const evc_alibaba_config *config, const evc_alibaba_peer *how,
                      evc_peer **out, evc_error **err)
{
    signer *s = evc_mem_new(sizeof(*s));
    int rc;

    *out = NULL;
    if (!s)
        return evc_err_nomem(err);
    s->protocol = (evc_protocol){.provider = how->provider,
                                 .sign = sign,
                                 .refused = refused,
                                 .classify = how->classify,
                                 .close = close_signer};
    s->crypto = evc_crypto_ref(config->crypto);
    s->version = how->version;
    s->v1 = how->v1;
    rc = evc_latest_open(how->chain, &s->latest, err);
    if (!rc)
        rc = evc_peer_open(config->net, how->endpoint, &s->protocol, s, NULL, out, err);
    if (rc)
        close_signer(s);
    return rc;
}

int
evc_alibaba_peer_open(const evc_alibaba_config *config, evc_endpoint *endpoint,
                      const char *provider, const char *version, evc_chain *chain,
                      void (*classify)(const evc_exchange *x, evc_fault *fault),
                      evc_peer **out, evc_error **err)
{
    evc_alibaba_peer how = {.endpoint = endpoint,
                            .provider = provider,
                            .version = version,
                            .v1 = config->v1,
                            .chain = chain,
                            .classify = classify};

    return evc_alibaba_peer_make(config, &how, out, err);
}
