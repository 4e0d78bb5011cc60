/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "crypto/chacha.h"
#include "crypto/digest.h"
#include "crypto/gcm.h"
#include "crypto/keywrap.h"
#include "wycheproof.h"

static bool
same(const uint8_t *made, evc_view expected)
{
    return evc_mem_equal_secret(made, expected.data, expected.size);
}

/* An opened text must be the expected one, a rejected one must leave nothing behind. */
static wp_verdict
verdict_of_text(int rc, const uint8_t *out, size_t size, evc_view expected)
{
    if (rc == EVC_NOT_AUTHENTIC)
        return evc_mem_is_zero(out, size) ? WP_REJECTED : WP_WRONG;
    if (rc == 0 && (size != expected.size || !same(out, expected)))
        return WP_WRONG;
    return wp_verdict_of(rc);
}

/* -- AEAD ---------------------------------------------------------------------------- */

static wp_verdict
open_gcm(wp_case *c, evc_gcm *gcm, evc_view iv, evc_view tag)
{
    evc_view aad = wp_bytes(c, "aad");
    evc_view cipher = wp_bytes(c, "ct");
    uint8_t *out = wp_room(c, cipher.size);
    int rc = evc_gcm_open(gcm, iv.data, &aad, 1, cipher, out, tag.data, NULL);

    return verdict_of_text(rc, out, cipher.size, wp_bytes(c, "msg"));
}

/* Only for a case that was opened: sealing gives the same bytes. */
static wp_verdict
seal_gcm(wp_case *c, evc_gcm *gcm, evc_view iv, evc_view tag)
{
    evc_view aad = wp_bytes(c, "aad");
    evc_view plain = wp_bytes(c, "msg");
    uint8_t *out = wp_room(c, plain.size);
    uint8_t made[EVC_GCM_TAG];

    if (evc_gcm_seal(gcm, iv.data, &aad, 1, plain, out, made, NULL) ||
        !same(out, wp_bytes(c, "ct")) || !same(made, tag))
        return WP_WRONG;
    return WP_ACCEPTED;
}

wp_verdict
wp_run_gcm(wp_case *c)
{
    evc_view iv = wp_bytes(c, "iv");
    evc_view tag = wp_bytes(c, "tag");
    wp_verdict verdict;
    evc_gcm *gcm;
    int rc;

    /* The library's functions have no way to give another IV or tag. */
    if (iv.size != EVC_GCM_IV)
        return WP_RULED_OUT;
    if (tag.size != EVC_GCM_TAG)
        return WP_REJECTED;
    rc = evc_gcm_take(c->crypto, wp_bytes(c, "key"), &gcm, NULL);
    if (rc)
        return wp_verdict_of(rc);
    verdict = open_gcm(c, gcm, iv, tag);
    if (verdict == WP_ACCEPTED)
        verdict = seal_gcm(c, gcm, iv, tag);
    evc_gcm_give(gcm);
    return verdict;
}

wp_verdict
wp_run_chacha(wp_case *c)
{
    evc_view key = wp_bytes(c, "key");
    evc_view nonce = wp_bytes(c, "iv");
    evc_view aad = wp_bytes(c, "aad");
    evc_view plain = wp_bytes(c, "msg");
    evc_view cipher = wp_bytes(c, "ct");
    evc_view tag = wp_bytes(c, "tag");
    uint8_t *sealed = wp_room(c, cipher.size + tag.size);
    uint8_t *out = wp_room(c, cipher.size);
    wp_verdict verdict;
    int rc;

    memcpy(sealed, cipher.data, cipher.size);
    memcpy(&sealed[cipher.size], tag.data, tag.size);
    /* The nonce of the sibling algorithm is this one's wrong nonce. */
    if (nonce.size != (size_t)c->variant && (nonce.size == 12 || nonce.size == 24))
        return WP_REJECTED;
    if (tag.size != EVC_CHACHA_TAG)
        return WP_REJECTED;
    rc = evc_chacha_open(key, nonce, aad, evc_view_of(sealed, cipher.size + tag.size),
                         out, NULL);
    verdict = verdict_of_text(rc, out, cipher.size, plain);
    if (verdict != WP_ACCEPTED)
        return verdict;
    memset(sealed, 0, cipher.size + tag.size);
    rc = evc_chacha_seal(key, nonce, aad, plain, sealed, NULL);
    return rc == 0 && same(sealed, cipher) && same(&sealed[cipher.size], tag)
               ? WP_ACCEPTED
               : WP_WRONG;
}

/* -- key wrap ------------------------------------------------------------------------ */

wp_verdict
wp_run_keywrap(wp_case *c)
{
    evc_view kek = wp_bytes(c, "key");
    evc_view key = wp_bytes(c, "msg");
    evc_view wrapped = wp_bytes(c, "ct");
    uint8_t *out = wp_room(c, wrapped.size);
    uint8_t *again = wp_room(c, key.size + 16);
    size_t size;
    wp_verdict verdict;
    int rc = evc_keywrap_unwrap(c->crypto, c->variant, kek, wrapped, out, &size, NULL);

    verdict = verdict_of_text(rc, out, rc ? wrapped.size : size, key);
    if (verdict != WP_ACCEPTED)
        return verdict;
    rc = evc_keywrap_wrap(c->crypto, c->variant, kek, key, again, &size, NULL);
    return rc == 0 && size == wrapped.size && same(again, wrapped) ? WP_ACCEPTED
                                                                   : WP_WRONG;
}

/* -- MAC and HKDF -------------------------------------------------------------------- */

/* The tag may be shorter than the MAC: tagSize, in bits, says how long it must be. */
static wp_verdict
compare_mac(wp_case *c, const uint8_t *mac, size_t size)
{
    evc_view tag = wp_bytes(c, "tag");

    if (tag.size > size || tag.size != wp_number_of(c, c->group, "tagSize") / 8)
        return WP_REJECTED;
    return same(mac, tag) ? WP_ACCEPTED : WP_REJECTED;
}

wp_verdict
wp_run_cmac(wp_case *c)
{
    uint8_t mac[16];
    int rc = evc_cmac(c->crypto, wp_bytes(c, "key"), wp_bytes(c, "msg"), mac, NULL);

    return rc ? wp_verdict_of(rc) : compare_mac(c, mac, sizeof mac);
}

wp_verdict
wp_run_hmac(wp_case *c)
{
    evc_hash hash = (evc_hash)c->variant;
    evc_view message = wp_bytes(c, "msg");
    uint8_t mac[EVC_HASH_MAX];
    int rc = evc_hmac(c->crypto, hash, wp_bytes(c, "key"), &message, 1, mac, NULL);

    return rc ? wp_verdict_of(rc) : compare_mac(c, mac, evc_hash_size(hash));
}

wp_verdict
wp_run_hkdf(wp_case *c)
{
    size_t size = wp_number_of(c, c->test, "size");
    evc_view expected = wp_bytes(c, "okm");
    uint8_t *out = wp_room(c, size);
    int rc = evc_hkdf(c->crypto, (evc_hash)c->variant, wp_bytes(c, "salt"),
                      wp_bytes(c, "ikm"), wp_bytes(c, "info"), out, size, NULL);

    return verdict_of_text(rc, out, size, expected);
}
