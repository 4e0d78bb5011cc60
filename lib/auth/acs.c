/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/acs.h"

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/kv.h"
#include "base/mem.h"
#include "crypto/digest.h"

#define V3_NAME "ACS3-HMAC-SHA256"
#define SHA256_SIZE 32u
#define SHA1_SIZE 20u
#define NAME_MAX_SIZE 256u /* of a header that is signed */

static int
check_creds(const evc_creds *creds, evc_error **err)
{
    if (creds->id[0] && creds->secret.size)
        return 0;
    return evc_err(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "the credentials from %s cannot sign a request to Alibaba Cloud: they "
        "lack the access key id or its secret",
        creds->source);
}

static evc_view
secret_view(const evc_secret *secret)
{
    return evc_view_of(secret->bytes, secret->size);
}

/* -- parameters ----------------------------------------------------------------------- */

static int
bad_parameters(evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "a request to Alibaba Cloud could not be signed: its parameters are "
                   "not percent-encoded as they must be");
}

/* A name or value of a query or form, decoded. */
static int
decode(evc_view text, evc_buf *out, evc_error **err)
{
    evc_cursor in = evc_cursor_of_view(text);

    evc_buf_clear(out);
    while (evc_cursor_left(&in)) {
        uint8_t c = evc_cursor_u8(&in);

        if (c == '+')
            c = ' ';
        if (c == '%' &&
            (evc_cursor_left(&in) < 2 ||
             evc_decode_hex(evc_cursor_bytes(&in, 2), &c, 1, NULL) || c == 0))
            return bad_parameters(err);
        evc_buf_put_u8(out, c);
    }
    evc_buf_put_u8(out, 0);
    return evc_buf_check(out, err);
}

/* Up to the first `end`, which is skipped; else all that is left. */
static evc_view
until(evc_cursor *in, uint8_t end)
{
    size_t start = in->at;
    evc_view found;

    while (evc_cursor_left(in)) {
        if (evc_cursor_u8(in) == end) {
            found = evc_cursor_since(in, start);
            found.size--;
            return found;
        }
    }
    return evc_cursor_since(in, start);
}

static int
add_pair(evc_view pair, evc_buf *name, evc_buf *value, evc_kv *out, evc_error **err)
{
    evc_cursor in = evc_cursor_of_view(pair);
    int rc = decode(until(&in, '='), name, err);

    if (!rc)
        rc = decode(evc_cursor_bytes(&in, evc_cursor_left(&in)), value, err);
    if (rc)
        return rc;
    rc = evc_kv_add(out, evc_view_of(name->data, name->size - 1),
                    evc_view_of(value->data, value->size - 1), err);
    if (rc == ENVCRYPT_E_CONTEXT_DUPLICATE)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a request to Alibaba Cloud could not be signed: it has the "
                       "parameter %s twice",
                       (const char *)name->data);
    return rc;
}

/* Adds the parameters of a query or form. */
static int
read_parameters(evc_view text, evc_kv *out, evc_error **err)
{
    evc_cursor in = evc_cursor_of_view(text);
    evc_buf name;
    evc_buf value;
    int rc = 0;

    evc_buf_init(&name);
    evc_buf_init(&value);
    while (!rc && evc_cursor_left(&in)) {
        evc_view pair = until(&in, '&');

        if (pair.size)
            rc = add_pair(pair, &name, &value, out, err);
    }
    evc_buf_reset(&name);
    evc_buf_reset(&value);
    return rc;
}

/* Both signatures have the same canonical form: sorted by name, RFC 3986. */
static void
write_parameters(const evc_kv *parameters, evc_buf *out)
{
    evc_buf text;

    evc_buf_init(&text);
    for (size_t i = 0; i < parameters->count; i++)
        evc_form_add(&text, (const char *)parameters->pairs[i].name.data,
                     parameters->pairs[i].value);
    evc_buf_put_view(out, evc_buf_view(&text));
    out->failed = out->failed || text.failed;
    evc_buf_reset(&text);
}

/* -- V3 ------------------------------------------------------------------------------- */

static evc_view
trimmed(const char *text)
{
    evc_view view = evc_view_text(text + strspn(text, " \t"));

    while (view.size &&
           (view.data[view.size - 1] == ' ' || view.data[view.size - 1] == '\t'))
        view.size--;
    return view;
}

/* Lower case; false: this header is not signed. */
static bool
signed_name(const char *name, char out[NAME_MAX_SIZE])
{
    size_t size = strlen(name);

    if (size >= NAME_MAX_SIZE)
        return false;
    for (size_t i = 0; i <= size; i++)
        out[i] =
            (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    return strncmp(out, "x-acs-", 6) == 0 || strcmp(out, "content-type") == 0;
}

static int
signed_headers(const evc_exchange *x, evc_kv *out, evc_error **err)
{
    char name[NAME_MAX_SIZE];
    int rc = evc_kv_add(out, evc_view_text("host"),
                        evc_view_text(x->endpoint->authority), err);

    for (size_t i = 0; !rc && i < x->headers.count; i++) {
        if (signed_name(x->headers.items[i].name, name))
            rc = evc_kv_add(out, evc_view_text(name),
                            trimmed(x->headers.items[i].value), err);
    }
    if (rc == ENVCRYPT_E_CONTEXT_DUPLICATE)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "a request to Alibaba Cloud could not be signed: it has the header "
            "%s twice",
            name);
    return rc;
}

static void
put_names(const evc_kv *headers, evc_buf *out)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (i)
            evc_buf_put_u8(out, ';');
        evc_buf_put_view(out, headers->pairs[i].name);
    }
}

static void
put_path(const evc_exchange *x, evc_buf *out)
{
    evc_buf_put_text(out, x->endpoint->path);
    if (x->path.size)
        evc_buf_put_view(out, evc_buf_view(&x->path));
    else if (!x->endpoint->path[0])
        evc_buf_put_u8(out, '/');
}

static int
v3_canonical(const evc_exchange *x, const evc_kv *headers, const char *body_hash,
             evc_buf *out, evc_error **err)
{
    evc_kv query;
    int rc;

    evc_kv_init(&query);
    rc = read_parameters(evc_buf_view(&x->query), &query, err);
    evc_buf_put_format(out, "%s\n", x->method);
    put_path(x, out);
    evc_buf_put_u8(out, '\n');
    write_parameters(&query, out);
    evc_buf_put_u8(out, '\n');
    for (size_t i = 0; i < headers->count; i++) {
        evc_buf_put_view(out, headers->pairs[i].name);
        evc_buf_put_u8(out, ':');
        evc_buf_put_view(out, headers->pairs[i].value);
        evc_buf_put_u8(out, '\n');
    }
    evc_buf_put_u8(out, '\n');
    put_names(headers, out);
    evc_buf_put_format(out, "\n%s", body_hash);
    evc_kv_reset(&query);
    return rc ? rc : evc_buf_check(out, err);
}

/* Lower hex of SHA-256, with a NUL. */
static int
hex_digest(evc_crypto *crypto, evc_view text, char out[2 * SHA256_SIZE + 1],
           evc_error **err)
{
    uint8_t digest[SHA256_SIZE];
    evc_buf hex;
    int rc = evc_digest(crypto, EVC_SHA256, &text, 1, digest, err);

    evc_buf_init_fixed(&hex, out, 2 * SHA256_SIZE + 1);
    evc_encode_hex(&hex, evc_view_of(digest, sizeof digest));
    evc_buf_put_u8(&hex, 0);
    return rc ? rc : evc_buf_check(&hex, err);
}

static int
v3_signature(evc_crypto *crypto, const evc_creds *creds, evc_view canonical,
             evc_buf *out, evc_error **err)
{
    char hash[2 * SHA256_SIZE + 1];
    uint8_t mac[SHA256_SIZE];
    evc_view to_sign[2] = {evc_view_text(V3_NAME "\n")};
    int rc = hex_digest(crypto, canonical, hash, err);

    if (rc)
        return rc;
    to_sign[1] = evc_view_text(hash);
    rc =
        evc_hmac(crypto, EVC_SHA256, secret_view(&creds->secret), to_sign, 2, mac, err);
    if (rc)
        return rc;
    evc_encode_hex(out, evc_view_of(mac, sizeof mac));
    return evc_buf_check(out, err);
}

static int
v3_authorize(evc_crypto *crypto, const evc_creds *creds, const char *body_hash,
             evc_exchange *x, evc_error **err)
{
    evc_kv headers;
    evc_buf canonical;
    evc_buf text;
    int rc;

    evc_kv_init(&headers);
    evc_buf_init(&canonical);
    evc_buf_init(&text);
    rc = signed_headers(x, &headers, err);
    if (!rc)
        rc = v3_canonical(x, &headers, body_hash, &canonical, err);
    evc_buf_put_format(&text, V3_NAME " Credential=%s,SignedHeaders=", creds->id);
    put_names(&headers, &text);
    evc_buf_put_text(&text, ",Signature=");
    if (!rc)
        rc = v3_signature(crypto, creds, evc_buf_view(&canonical), &text, err);
    if (!rc)
        rc = evc_headers_add_secret(&x->headers, "authorization", evc_buf_view(&text),
                                    err);
    evc_kv_reset(&headers);
    evc_buf_reset(&canonical);
    evc_buf_reset(&text);
    return rc;
}

static int
v3_headers(const evc_acs *how, const evc_creds *creds, const char *body_hash,
           evc_exchange *x, evc_error **err)
{
    char date[EVC_TIME_TEXT];
    const char *fixed[][2] = {
        {"x-acs-action", how->action},
        {"x-acs-version", how->version},
        {"x-acs-date", date},
        {"x-acs-signature-nonce", how->nonce},
        {"x-acs-content-sha256", body_hash},
    };
    int rc = 0;

    evc_clock_format(how->now_ms, date);
    for (size_t i = 0; !rc && i < sizeof fixed / sizeof *fixed; i++)
        rc = evc_headers_set(&x->headers, fixed[i][0], evc_view_text(fixed[i][1]), err);
    if (rc || !creds->token.size)
        return rc;
    rc = evc_headers_add(&x->headers, "x-acs-accesskey-id", evc_view_text(creds->id),
                         err);
    if (!rc)
        rc = evc_headers_add_secret(&x->headers, "x-acs-security-token",
                                    secret_view(&creds->token), err);
    return rc;
}

int
evc_acs3_sign(evc_crypto *crypto, const evc_acs *how, const evc_creds *creds,
              evc_exchange *x, evc_error **err)
{
    char body_hash[2 * SHA256_SIZE + 1];
    int rc = check_creds(creds, err);

    if (!rc)
        rc = hex_digest(crypto, evc_buf_view(&x->body), body_hash, err);
    if (!rc)
        rc = v3_headers(how, creds, body_hash, x, err);
    return rc ? rc : v3_authorize(crypto, creds, body_hash, x, err);
}

/* -- V1 ------------------------------------------------------------------------------- */

static bool
has_form(const evc_exchange *x)
{
    const char *type = evc_headers_find(&x->headers, "content-type");

    return x->body.size && type &&
           evc_view_starts_with(evc_view_text(type),
                                "application/x-www-form-urlencoded");
}

/* V1 signs neither path nor a body that is no form: such a request would go out with
 * parts of it unsigned. */
static int
v1_check(const evc_exchange *x, evc_error **err)
{
    bool plain = !x->path.size || evc_view_is_text(evc_buf_view(&x->path), "/");

    if (plain && (!x->body.size || has_form(x)))
        return 0;
    return evc_err(err, ENVCRYPT_E_UNSUPPORTED,
                   "the signature V1 of Alibaba Cloud covers requests with parameters "
                   "alone, not this one; set signature=v3");
}

/* The common parameters, to where the others are, and to the list of all. */
static int
v1_parameters(const evc_acs *how, const evc_creds *creds, evc_kv *all, evc_buf *out,
              evc_error **err)
{
    char date[EVC_TIME_TEXT];
    struct {
        const char *name;
        evc_view value;
    } common[] = {
        {"Action", evc_view_text(how->action)},
        {"Version", evc_view_text(how->version)},
        {"AccessKeyId", evc_view_text(creds->id)},
        {"SignatureMethod", evc_view_text("HMAC-SHA1")},
        {"SignatureVersion", evc_view_text("1.0")},
        {"SignatureNonce", evc_view_text(how->nonce)},
        {"Timestamp", evc_view_of(date, EVC_TIME_TEXT - 1)},
        {"Format", evc_view_text("JSON")},
        {"SecurityToken", secret_view(&creds->token)},
    };
    int rc = 0;

    evc_clock_format(how->now_ms, date);
    for (size_t i = 0; !rc && i < sizeof common / sizeof *common; i++) {
        bool chosen = strcmp(common[i].name, "Format") == 0 &&
                      evc_kv_find(all, evc_view_text("Format"));

        if (chosen || !common[i].value.size)
            continue;
        rc = evc_kv_add(all, evc_view_text(common[i].name), common[i].value, err);
        evc_form_add(out, common[i].name, common[i].value);
    }
    if (rc == ENVCRYPT_E_CONTEXT_DUPLICATE)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a request to Alibaba Cloud could not be signed: it has a "
                       "parameter that the signature adds");
    return rc ? rc : evc_buf_check(out, err);
}

static void
v1_to_sign(const char *method, const evc_kv *all, evc_buf *out)
{
    evc_buf canonical;

    evc_buf_init(&canonical);
    write_parameters(all, &canonical);
    evc_buf_put_format(out, "%s&%%2F&", method);
    evc_percent_encode(out, evc_buf_view(&canonical), false);
    out->failed = out->failed || canonical.failed;
    evc_buf_reset(&canonical);
}

static int
v1_signature(evc_crypto *crypto, const evc_creds *creds, evc_view to_sign, evc_buf *out,
             evc_error **err)
{
    uint8_t mac[SHA1_SIZE];
    evc_buf key;
    evc_buf text;
    int rc;

    evc_buf_init(&key);
    evc_buf_init(&text);
    evc_buf_put_view(&key, secret_view(&creds->secret));
    evc_buf_put_u8(&key, '&');
    rc = evc_buf_check(&key, err);
    if (!rc)
        rc = evc_hmac(crypto, EVC_SHA1, evc_buf_view(&key), &to_sign, 1, mac, err);
    if (!rc) {
        evc_encode_base64(&text, evc_view_of(mac, sizeof mac));
        evc_form_add(out, "Signature", evc_buf_view(&text));
        rc = text.failed ? evc_buf_check(&text, err) : evc_buf_check(out, err);
    }
    evc_buf_reset(&key);
    evc_buf_reset(&text);
    return rc;
}

int
evc_acs1_sign(evc_crypto *crypto, const evc_acs *how, const evc_creds *creds,
              evc_exchange *x, evc_error **err)
{
    evc_buf *where = has_form(x) ? &x->body : &x->query;
    evc_kv all;
    evc_buf to_sign;
    int rc = check_creds(creds, err);

    if (!rc)
        rc = v1_check(x, err);
    if (rc)
        return rc;
    evc_kv_init(&all);
    evc_buf_init(&to_sign);
    rc = read_parameters(evc_buf_view(&x->query), &all, err);
    if (!rc && where == &x->body)
        rc = read_parameters(evc_buf_view(&x->body), &all, err);
    if (!rc)
        rc = v1_parameters(how, creds, &all, where, err);
    if (!rc) {
        v1_to_sign(x->method, &all, &to_sign);
        rc = evc_buf_check(&to_sign, err);
    }
    if (!rc)
        rc = v1_signature(crypto, creds, evc_buf_view(&to_sign), where, err);
    evc_headers_remove(&x->headers, "x-acs-action");
    evc_kv_reset(&all);
    evc_buf_reset(&to_sign);
    return rc;
}
