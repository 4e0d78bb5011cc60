/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protectors of type "rsa": the store key under RSA-OAEP with SHA-256 and MGF1-SHA-256,
 * the protector's info as label. The file keeps the public half, so that the store
 * can be re-keyed without the recovery key. Anybody who has the public half can make
 * such a protector: it proves no origin.
 */
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "kms/protector_seal.h"

#define PEM_MAX 8192u /* characters; 16,384 bits take 2,900 */
#define RSA_MAX 2048u /* bytes of a modulus */
#define RSA_MIN (EVC_PROTECTOR_RSA_BITS / 8)

static const char *const members[] = {"id",          "type",    "created", "public-key",
                                      "fingerprint", "wrapped", NULL};

static int
read_wrapped(const evc_json *from, evc_buf *to, evc_error **err)
{
    const char *text = NULL;
    uint8_t *room;
    size_t size;
    int rc = evc_json_text(from, "wrapped", &text, err);

    if (rc)
        return rc;
    size = strlen(text) / 2;
    if (size < RSA_MIN || size > RSA_MAX)
        return evc_err(err, ENVCRYPT_E_JSON,
                       "member \"wrapped\" is not the hex of %u to %u bytes", RSA_MIN,
                       RSA_MAX);
    room = evc_buf_extend(to, size);
    rc = evc_buf_check(to, err);
    return rc ? rc : evc_json_hex(from, "wrapped", room, size, err);
}

static int
rsa_read(const evc_json *from, evc_protector *to, evc_error **err)
{
    const char *pem = NULL;
    int rc = evc_json_text(from, "public-key", &pem, err);

    if (!rc)
        rc = evc_json_hex(from, "fingerprint", to->public_fingerprint,
                          sizeof to->public_fingerprint, err);
    if (!rc)
        rc = read_wrapped(from, &to->wrapped, err);
    if (rc)
        return rc;
    if (strlen(pem) > PEM_MAX)
        return evc_err(err, ENVCRYPT_E_JSON,
                       "member \"public-key\" is longer than %u characters", PEM_MAX);
    evc_buf_put_text(&to->public_pem, pem);
    return evc_buf_check(&to->public_pem, err);
}

static void
rsa_write(const evc_protector *from, evc_jwrite *to)
{
    evc_jwrite_name(to, "public-key");
    evc_jwrite_view(to, evc_buf_view(&from->public_pem));
    evc_jwrite_name(to, "fingerprint");
    evc_jwrite_hex(
        to, evc_view_of(from->public_fingerprint, sizeof from->public_fingerprint));
    evc_jwrite_name(to, "wrapped");
    evc_jwrite_hex(to, evc_buf_view(&from->wrapped));
}

static int
rsa_begin(const evc_protectors *list, const evc_presented *with, evc_protector *to,
          evc_error **err)
{
    int rc;

    (void)list;
    if (evc_rsa_is_private(with->rsa))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the private half of an RSA recovery key opens a key store and "
                       "does not protect one; give the public half");
    rc = evc_rsa_fingerprint(with->rsa, to->public_fingerprint, err);
    return rc ? rc : evc_rsa_public_pem(with->rsa, &to->public_pem, err);
}

/* The public half as the file has it, proven to be the one of the fingerprint. */
static int
public_half(const evc_protector_scope *scope, const evc_protector *of, evc_rsa **out,
            evc_error **err)
{
    uint8_t fingerprint[32] = {0};
    evc_rsa *key = NULL;
    int rc = evc_rsa_from_public_pem(scope->crypto, evc_buf_view(&of->public_pem), &key,
                                     err);

    if (!rc)
        rc = evc_rsa_fingerprint(key, fingerprint, err);
    if (rc == ENVCRYPT_E_ARGUMENT ||
        (!rc && (evc_rsa_bits(key) < EVC_PROTECTOR_RSA_BITS ||
                 !evc_mem_equal_secret(fingerprint, of->public_fingerprint,
                                       sizeof fingerprint))))
        rc = evc_err(err, ENVCRYPT_E_STORE_FORMAT,
                     "the public key of protector %s is not the one of its fingerprint "
                     "or has less than %u bits; drop this protector",
                     of->id_text, EVC_PROTECTOR_RSA_BITS);
    if (rc) {
        evc_rsa_unref(key);
        return rc;
    }
    *out = key;
    return 0;
}

static int
rsa_wrap(const evc_protector_scope *scope, const evc_presented *with, evc_view s,
         evc_protector *to, evc_error **err)
{
    uint8_t info[EVC_PROTECTOR_INFO];
    evc_rsa_padding oaep = {.hash = EVC_SHA256, .mgf1 = EVC_SHA256};
    evc_rsa *key = NULL;
    int rc = public_half(scope, to, &key, err);

    (void)with;
    if (rc)
        return rc;
    evc_protector_info(scope, to, info);
    oaep.label = evc_view_of(info, sizeof info);
    evc_buf_clear(&to->wrapped);
    (void)evc_buf_extend(&to->wrapped, evc_rsa_size(key));
    rc = evc_buf_check(&to->wrapped, err);
    if (!rc)
        rc = evc_rsa_encrypt(key, &oaep, s, to->wrapped.data, err);
    evc_rsa_unref(key);
    return rc;
}

static int
decrypt(const evc_protector_scope *scope, evc_rsa *key, const evc_protector *from,
        uint8_t *s, evc_error **err)
{
    uint8_t info[EVC_PROTECTOR_INFO];
    evc_rsa_padding oaep = {.hash = EVC_SHA256, .mgf1 = EVC_SHA256};
    evc_secret plain;
    size_t size = 0;
    int rc = evc_secret_new(evc_crypto_env(scope->crypto)->arena, evc_rsa_size(key),
                            &plain, err);

    if (rc)
        return rc;
    evc_protector_info(scope, from, info);
    oaep.label = evc_view_of(info, sizeof info);
    rc = evc_rsa_decrypt(key, &oaep, evc_buf_view(&from->wrapped), plain.bytes, &size,
                         err);
    if (!rc && size != EVC_STORE_KEY)
        rc = EVC_NOT_AUTHENTIC;
    if (!rc)
        memcpy(s, plain.bytes, EVC_STORE_KEY);
    evc_secret_free(&plain);
    return rc;
}

static int
rsa_open(const evc_protector_scope *scope, const evc_presented *with,
         const evc_protector *from, uint8_t *s, evc_error **err)
{
    uint8_t fingerprint[32];
    int rc;

    if (!evc_rsa_is_private(with->rsa))
        return EVC_NOT_AUTHENTIC;
    rc = evc_rsa_fingerprint(with->rsa, fingerprint, err);
    if (rc)
        return rc;
    if (!evc_mem_equal_secret(fingerprint, from->public_fingerprint,
                              sizeof fingerprint) ||
        from->wrapped.size != evc_rsa_size(with->rsa))
        return EVC_NOT_AUTHENTIC;
    return decrypt(scope, with->rsa, from, s, err);
}

const evc_protector_type evc_protector_rsa = {
    .type = ENVCRYPT_PROTECTOR_RSA,
    .name = "rsa",
    .proves_origin = false,
    .public_half = true,
    .members = members,
    .read = rsa_read,
    .write = rsa_write,
    .begin = rsa_begin,
    .wrap = rsa_wrap,
    .open = rsa_open,
};
