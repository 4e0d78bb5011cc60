/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/rsa.h"
#include "wycheproof.h"

#define LEAST_BITS 2048 /* of an RSA key that the library takes */

static bool
find_hash(const char *name, evc_hash *hash)
{
    static const struct {
        const char *name;
        evc_hash hash;
    } names[] = {
        {"SHA-1", EVC_SHA1},
        {"SHA-256", EVC_SHA256},
        {"SHA-384", EVC_SHA384},
        {"SHA-512", EVC_SHA512},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].name, name) == 0) {
            *hash = names[i].hash;
            return true;
        }
    return false;
}

static wp_verdict
verify(wp_case *c, evc_ec *key, evc_hash hash)
{
    evc_view message = wp_bytes(c, "msg");
    uint8_t digest[EVC_HASH_MAX];

    if (evc_digest(c->crypto, hash, &message, 1, digest, NULL))
        return WP_WRONG;
    return wp_verdict_of(evc_ec_verify(key, evc_view_of(digest, evc_hash_size(hash)),
                                       wp_bytes(c, "sig"), NULL));
}

wp_verdict
wp_run_ecdsa(wp_case *c)
{
    const json_t *point = json_object_get(c->group, "publicKey");
    const char *sha = wp_text_of(c, c->group, "sha");
    const char *name = wp_text_of(c, point, "curve");
    wp_verdict verdict;
    evc_curve curve;
    evc_hash hash;
    evc_ec *key;
    int rc;

    if (!find_hash(sha, &hash) || hash == EVC_SHA1)
        return WP_UNKNOWN;
    if (strcmp(name, "secp256r1") == 0)
        curve = EVC_P256;
    else if (strcmp(name, "secp384r1") == 0)
        curve = EVC_P384;
    else
        return WP_UNKNOWN;
    rc = evc_ec_from_point(c->crypto, curve, wp_bytes_of(c, point, "uncompressed"),
                           &key, NULL);
    if (rc)
        return wp_verdict_of(rc);
    verdict = verify(c, key, hash);
    evc_ec_free(key);
    return verdict;
}

static wp_verdict
decrypt(wp_case *c, evc_rsa *key, const evc_rsa_padding *padding)
{
    evc_view expected = wp_bytes(c, "msg");
    uint8_t *out = wp_room(c, evc_rsa_size(key));
    size_t size;
    int rc = evc_rsa_decrypt(key, padding, wp_bytes(c, "ct"), out, &size, NULL);

    if (rc)
        return evc_mem_is_zero(out, evc_rsa_size(key)) ? wp_verdict_of(rc) : WP_WRONG;
    return size == expected.size && evc_mem_equal_secret(out, expected.data, size)
               ? WP_ACCEPTED
               : WP_WRONG;
}

wp_verdict
wp_run_oaep(wp_case *c)
{
    evc_rsa_padding padding = {.label = wp_bytes(c, "label")};
    wp_verdict verdict;
    evc_rsa *key;
    int rc;

    if (!find_hash(wp_text_of(c, c->group, "sha"), &padding.hash) ||
        !find_hash(wp_text_of(c, c->group, "mgfSha"), &padding.mgf1) ||
        strcmp(wp_text_of(c, c->group, "mgf"), "MGF1") != 0)
        return WP_UNKNOWN;
    rc = evc_rsa_from_private_der(
        c->crypto, wp_bytes_of(c, c->group, "privateKeyPkcs8"), &key, NULL);
    if (rc == ENVCRYPT_E_ARGUMENT && wp_number_of(c, c->group, "keySize") < LEAST_BITS)
        return WP_UNKNOWN;
    if (rc)
        return wp_verdict_of(rc);
    verdict = decrypt(c, key, &padding);
    evc_rsa_unref(key);
    return verdict;
}
