/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/sigv4.h"

#include <string.h>

#include "auth/canonical.h"
#include "base/encode.h"
#include "base/mem.h"
#include "crypto/digest.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define HASH_SIZE 32u

/* "20150830T123600Z" and, up to the T, the day. */
typedef struct stamp {
    char text[EVC_TIME_TEXT];
} stamp;

static stamp
stamp_of(int64_t now_ms)
{
    stamp s = {{0}};
    char full[EVC_TIME_TEXT];
    size_t used = 0;

    evc_clock_format(now_ms, full);
    for (size_t i = 0; full[i]; i++) {
        if (full[i] != '-' && full[i] != ':')
            s.text[used++] = full[i];
    }
    return s;
}

static evc_view
day_of(const stamp *s)
{
    return evc_view_of(s->text, strcspn(s->text, "T"));
}

static void
put_scope(evc_buf *out, const evc_sigv4 *how, const stamp *s)
{
    evc_buf_put_view(out, day_of(s));
    evc_buf_put_format(out, "/%s/%s/aws4_request", how->region, how->service);
}

/* --- the steps -------------------------------------------------------------------- */

int
evc_sigv4_canonical(evc_crypto *crypto, const evc_sigv4 *how, const evc_exchange *x,
                    evc_buf *out, evc_error **err)
{
    return evc_canonical_request(crypto, how->keep_path, x, out, err);
}

int
evc_sigv4_to_sign(evc_crypto *crypto, const evc_sigv4 *how, evc_view canonical,
                  evc_buf *out, evc_error **err)
{
    stamp s = stamp_of(how->now_ms);
    int rc;

    evc_buf_put_format(out, ALGORITHM "\n%s\n", s.text);
    put_scope(out, how, &s);
    evc_buf_put_u8(out, '\n');
    rc = evc_canonical_hash(crypto, canonical, out, err);
    return rc == 0 ? evc_buf_check(out, err) : rc;
}

static int
derive(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds, const stamp *s,
       uint8_t key[HASH_SIZE], evc_error **err)
{
    const evc_view parts[] = {day_of(s), evc_view_text(how->region),
                              evc_view_text(how->service),
                              evc_view_text("aws4_request")};
    uint8_t room[256];
    evc_buf first;
    int rc;

    evc_buf_init_lent(&first, room, sizeof(room));
    evc_buf_put_text(&first, "AWS4");
    evc_buf_put(&first, creds->secret.bytes, creds->secret.size);
    rc = evc_buf_check(&first, err);
    if (rc == 0)
        rc = evc_hmac(crypto, EVC_SHA256, evc_buf_view(&first), &parts[0], 1, key, err);
    evc_buf_reset(&first);
    for (size_t i = 1; rc == 0 && i < sizeof(parts) / sizeof(parts[0]); i++)
        rc = evc_hmac(crypto, EVC_SHA256, evc_view_of(key, HASH_SIZE), &parts[i], 1,
                      key, err);
    return rc;
}

/* Appends the hex signature of the exchange as it stands. */
static int
put_signature(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds,
              const evc_exchange *x, evc_buf *out, evc_error **err)
{
    stamp s = stamp_of(how->now_ms);
    uint8_t key[HASH_SIZE];
    uint8_t mac[HASH_SIZE];
    evc_buf canonical;
    evc_buf text;
    evc_view view;
    int rc;

    evc_buf_init(&canonical);
    evc_buf_init(&text);
    rc = evc_sigv4_canonical(crypto, how, x, &canonical, err);
    if (rc == 0)
        rc = evc_sigv4_to_sign(crypto, how, evc_buf_view(&canonical), &text, err);
    if (rc == 0)
        rc = derive(crypto, how, creds, &s, key, err);
    if (rc == 0) {
        view = evc_buf_view(&text);
        rc = evc_hmac(crypto, EVC_SHA256, evc_view_of(key, sizeof(key)), &view, 1, mac,
                      err);
    }
    if (rc == 0)
        evc_encode_hex(out, evc_view_of(mac, sizeof(mac)));
    evc_mem_wipe(key, sizeof(key));
    evc_buf_reset(&canonical);
    evc_buf_reset(&text);
    return rc == 0 ? evc_buf_check(out, err) : rc;
}

static int
check_creds(const evc_creds *creds, evc_error **err)
{
    if (creds->id[0] && creds->secret.bytes)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the credentials from %s have no access key, so that no request can "
                   "be signed with them",
                   creds->source);
}

static evc_view
token_of(const evc_creds *creds)
{
    return evc_view_of(creds->token.bytes, creds->token.size);
}

static int
add_token(const evc_creds *creds, evc_exchange *x, evc_error **err)
{
    return creds->token.bytes
               ? evc_headers_add_secret(&x->headers, "x-amz-security-token",
                                        token_of(creds), err)
               : 0;
}

static int
add_authorization(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds,
                  const stamp *s, evc_exchange *x, evc_error **err)
{
    evc_buf value;
    int rc;

    evc_buf_init(&value);
    evc_buf_put_format(&value, ALGORITHM " Credential=%s/", creds->id);
    put_scope(&value, how, s);
    evc_buf_put_text(&value, ", SignedHeaders=");
    rc = evc_canonical_names(x, &value, err);
    evc_buf_put_text(&value, ", Signature=");
    if (rc == 0)
        rc = put_signature(crypto, how, creds, x, &value, err);
    if (rc == 0)
        rc = evc_headers_add_secret(&x->headers, "authorization", evc_buf_view(&value),
                                    err);
    evc_buf_reset(&value);
    return rc;
}

int
evc_sigv4_sign(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds,
               evc_exchange *x, evc_error **err)
{
    stamp s = stamp_of(how->now_ms);
    int rc = check_creds(creds, err);

    if (rc == 0)
        rc = evc_headers_add(&x->headers, "x-amz-date", evc_view_text(s.text), err);
    if (rc == 0 && !how->token_unsigned)
        rc = add_token(creds, x, err);
    if (rc == 0)
        rc = add_authorization(crypto, how, creds, &s, x, err);
    if (rc == 0 && how->token_unsigned)
        rc = add_token(creds, x, err);
    return rc;
}

static int
add_query(const evc_sigv4 *how, const evc_creds *creds, uint32_t expires_s,
          evc_exchange *x, evc_error **err)
{
    stamp s = stamp_of(how->now_ms);
    evc_buf scratch;
    int rc;

    evc_buf_init(&scratch);
    evc_buf_put_format(&scratch, "%s/", creds->id);
    put_scope(&scratch, how, &s);
    evc_form_add(&x->query, "X-Amz-Algorithm", evc_view_text(ALGORITHM));
    evc_form_add(&x->query, "X-Amz-Credential", evc_buf_view(&scratch));
    evc_form_add(&x->query, "X-Amz-Date", evc_view_text(s.text));
    rc = evc_buf_check(&scratch, err);
    evc_buf_clear(&scratch);
    if (rc == 0)
        rc = evc_canonical_names(x, &scratch, err);
    evc_form_add(&x->query, "X-Amz-SignedHeaders", evc_buf_view(&scratch));
    evc_buf_clear(&scratch);
    evc_buf_put_format(&scratch, "%u", (unsigned)expires_s);
    evc_form_add(&x->query, "X-Amz-Expires", evc_buf_view(&scratch));
    if (rc == 0)
        rc = evc_buf_check(&scratch, err);
    evc_buf_reset(&scratch);
    return rc == 0 ? evc_buf_check(&x->query, err) : rc;
}

int
evc_sigv4_presign(evc_crypto *crypto, const evc_sigv4 *how, const evc_creds *creds,
                  uint32_t expires_s, evc_exchange *x, evc_error **err)
{
    evc_buf signature;
    int rc = check_creds(creds, err);

    evc_buf_init(&signature);
    if (rc == 0)
        rc = add_query(how, creds, expires_s, x, err);
    if (rc == 0 && creds->token.bytes && !how->token_unsigned)
        evc_form_add(&x->query, "X-Amz-Security-Token", token_of(creds));
    if (rc == 0)
        rc = put_signature(crypto, how, creds, x, &signature, err);
    if (rc == 0) {
        evc_form_add(&x->query, "X-Amz-Signature", evc_buf_view(&signature));
        if (creds->token.bytes && how->token_unsigned)
            evc_form_add(&x->query, "X-Amz-Security-Token", token_of(creds));
        rc = evc_buf_check(&x->query, err);
    }
    evc_buf_reset(&signature);
    return rc;
}
