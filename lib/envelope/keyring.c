/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/keyring.h"

#include "base/encode.h"
#include "base/fork.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "envelope/search.h"

static bool
is_required(const evc_kms *kms, evc_view name)
{
    evc_cursor c = evc_cursor_of_view(name);
    size_t provider_size = evc_view_text(kms->provider).size;
    evc_view provider = evc_cursor_bytes(&c, provider_size);
    uint8_t separator = evc_cursor_u8(&c);
    evc_view key_id = evc_cursor_bytes(&c, evc_cursor_left(&c));
    return !c.failed && separator == 0 && evc_view_is_text(provider, kms->provider) &&
           evc_view_is_text(key_id, kms->key_id);
}

static int
check_required(const evc_keyring *keyring, const evc_kv *required, evc_error **err)
{
    char shown[EVC_SHOWN];

    for (size_t i = 0; i < required->count; i++) {
        bool found = false;
        for (size_t k = 0; k < keyring->count && !found; k++)
            found = evc_kms_can(keyring->keys[k], ENVCRYPT_OP_WRAP) &&
                    is_required(keyring->keys[k], required->pairs[i].name);
        if (!found) {
            evc_encode_shown(required->pairs[i].name, shown);
            return evc_err(err, ENVCRYPT_E_POLICY_RECIPIENT,
                           "the keyring does not write to the recipient %s that its "
                           "policy demands; add that key",
                           shown);
        }
    }
    return 0;
}

static int
check_key(const evc_crypto *crypto, const evc_kms *kms, bool discovery, bool generator,
          evc_error **err)
{
    if (kms->crypto != crypto)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the key %s was opened with another client than the keyring",
                       kms->key_id);
    if (kms->discovery && !discovery)
        return evc_err(
            err, ENVCRYPT_E_DISCOVERY,
            "a key that uses whatever key a message names needs a keyring in "
            "discovery mode; name the key, or set discovery");
    if (generator && !evc_kms_can(kms, ENVCRYPT_OP_WRAP))
        return evc_err(err, ENVCRYPT_E_KEY_READ_ONLY,
                       "the key %s only opens, so it cannot be the generator",
                       kms->key_id);
    return 0;
}

static int
check_config(const evc_crypto *crypto, const struct envcrypt_keyring_config *config,
             evc_error **err)
{
    int rc = 0;

    if (!config->generator && config->count == 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "a keyring needs at least one key");
    if (config->discovery && config->generator)
        return evc_err(
            err, ENVCRYPT_E_DISCOVERY,
            "a keyring in discovery mode only decrypts, so it takes no generator");
    if (config->generator)
        rc = check_key(crypto, config->generator, config->discovery, true, err);
    for (size_t i = 0; i < config->count && rc == 0; i++)
        rc = check_key(crypto, config->recipients[i], config->discovery, false, err);
    return rc;
}

static bool
is_same_writer(const evc_kms *a, const evc_kms *b)
{
    return a == b ||
           (evc_kms_can(a, ENVCRYPT_OP_WRAP) && evc_kms_can(b, ENVCRYPT_OP_WRAP) &&
            evc_view_is_text(evc_view_text(a->provider), b->provider) &&
            evc_view_is_text(evc_view_text(a->key_id), b->key_id));
}

/* A second wrap under one key would open nothing more, and cost a call each time. */
static int
check_distinct(const evc_keyring *keyring, evc_error **err)
{
    for (size_t i = 0; i < keyring->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (is_same_writer(keyring->keys[i], keyring->keys[k]))
                return evc_err(
                    err, ENVCRYPT_E_ARGUMENT,
                    "the key %s stands twice in the keyring; name each recipient once",
                    keyring->keys[i]->key_id);
        }
    }
    return 0;
}

/* Two keyrings with the same keys in the same order have the same id. */
static int
identify(evc_keyring *keyring, evc_error **err)
{
    evc_buf names;
    evc_view part;
    int rc;

    evc_buf_init(&names);
    for (size_t i = 0; i < keyring->count; i++) {
        evc_buf_put_bytes16(&names, evc_view_text(keyring->keys[i]->provider));
        evc_buf_put_bytes16(&names, evc_view_text(keyring->keys[i]->key_id));
    }
    rc = evc_buf_check(&names, err);
    part = evc_buf_view(&names);
    if (rc == 0)
        rc = evc_digest(keyring->crypto, EVC_SHA256, &part, 1, keyring->recipients_id,
                        err);
    evc_random_public(keyring->instance, sizeof(keyring->instance));
    evc_buf_reset(&names);
    return rc;
}

static int
fill(evc_keyring *keyring, const struct envcrypt_keyring_config *config,
     evc_error **err)
{
    int rc;

    keyring->keys = evc_mem_new_array(config->count + 1, sizeof(evc_kms *));
    if (!keyring->keys)
        return evc_err_nomem(err);
    keyring->has_generator = config->generator != NULL;
    if (config->generator)
        keyring->keys[keyring->count++] = evc_kms_ref(config->generator);
    for (size_t i = 0; i < config->count; i++)
        keyring->keys[keyring->count++] = evc_kms_ref(config->recipients[i]);
    rc = check_distinct(keyring, err);
    if (rc == 0 && keyring->has_generator)
        rc = check_required(keyring, &config->required, err);
    return rc ? rc : identify(keyring, err);
}

int
evc_keyring_open(evc_crypto *crypto, const struct envcrypt_keyring_config *config,
                 evc_keyring **out, evc_error **err)
{
    evc_keyring *keyring;
    int rc = check_config(crypto, config, err);

    *out = NULL;
    if (rc)
        return rc;
    keyring = evc_mem_new(sizeof(*keyring));
    if (!keyring)
        return evc_err_nomem(err);
    atomic_init(&keyring->refs, 1);
    keyring->generation = evc_fork_generation();
    keyring->crypto = evc_crypto_ref(crypto);
    rc = fill(keyring, config, err);
    if (rc)
        evc_keyring_unref(keyring);
    else
        *out = keyring;
    return rc;
}

evc_keyring *
evc_keyring_ref(evc_keyring *keyring)
{
    if (keyring)
        atomic_fetch_add(&keyring->refs, 1);
    return keyring;
}

void
evc_keyring_unref(evc_keyring *keyring)
{
    if (!keyring || atomic_fetch_sub(&keyring->refs, 1) != 1)
        return;
    for (size_t i = 0; i < keyring->count; i++)
        evc_kms_unref(keyring->keys[i]);
    evc_mem_free(keyring->keys);
    evc_crypto_unref(keyring->crypto);
    evc_mem_free(keyring);
}

size_t
evc_keyring_writers(const evc_keyring *keyring)
{
    size_t writers = 0;

    for (size_t i = 0; i < keyring->count; i++)
        writers += evc_kms_can(keyring->keys[i], ENVCRYPT_OP_WRAP);
    return writers;
}

int
evc_keyring_check_writers(const evc_keyring *keyring, size_t max_edks, evc_error **err)
{
    size_t writers = evc_keyring_writers(keyring);

    if (!keyring->has_generator)
        return evc_err(
            err, ENVCRYPT_E_NO_GENERATOR,
            "the keyring has no generator key, so it only decrypts; set one to "
            "encrypt");
    if (writers > max_edks)
        return evc_err(err, ENVCRYPT_E_LIMIT_EDKS,
                       "the keyring has %zu recipients and the limit is %zu; raise the "
                       "limit of encrypted data keys",
                       writers, max_edks);
    return 0;
}

void
evc_keyring_append(evc_buf *out, evc_edk_out *edk)
{
    evc_edk view = evc_edk_view(edk);

    (void)evc_buf_reserve(out, 6 + view.provider.size + view.info.size +
                                   view.ciphertext.size);
    evc_edk_write(&view, out);
    evc_edk_out_reset(edk);
}

/* Wraps for the keys from index `first` on. */
static int
wrap_from(evc_keyring *keyring, size_t first, evc_view key, const evc_kv *context,
          evc_wait *wait, evc_loan *loan, evc_buf *out, evc_error **err)
{
    evc_edk_out edk;
    int rc = 0;

    evc_edk_out_init(&edk);
    for (size_t i = first; i < keyring->count && rc == 0; i++) {
        if (!evc_kms_can(keyring->keys[i], ENVCRYPT_OP_WRAP))
            continue;
        rc = evc_kms_wrap(keyring->keys[i], key, context, wait, loan, &edk, err);
        if (rc == 0)
            evc_keyring_append(out, &edk);
    }
    evc_edk_out_reset(&edk);
    return rc ? rc : evc_buf_check(out, err);
}

int
evc_keyring_generate(evc_keyring *keyring, size_t key_size, size_t max_edks,
                     const evc_kv *context, evc_wait *wait, evc_loan *loan,
                     evc_secret *key, evc_buf *out, evc_error **err)
{
    evc_edk_out edk;
    int rc = evc_keyring_check_writers(keyring, max_edks, err);

    if (rc)
        return rc;
    evc_edk_out_init(&edk);
    rc = evc_kms_generate(keyring->keys[0], key_size, context, wait, loan, key, &edk,
                          err);
    if (rc == 0) {
        evc_keyring_append(out, &edk);
        rc = wrap_from(keyring, 1, evc_view_of(key->bytes, key->size), context, wait,
                       loan, out, err);
    }
    if (rc)
        evc_secret_free(key);
    evc_edk_out_reset(&edk);
    return rc;
}

int
evc_keyring_wrap(evc_keyring *keyring, evc_view key, size_t max_edks,
                 const evc_kv *context, evc_wait *wait, evc_buf *out, evc_error **err)
{
    int rc = evc_keyring_check_writers(keyring, max_edks, err);

    return rc ? rc : wrap_from(keyring, 0, key, context, wait, NULL, out, err);
}

/* By the service where it can: that way the key is sent to nobody once more. */
static int
rewrap_for(evc_kms *kms, const evc_edk *edks, size_t count, evc_view key,
           const evc_kv *context, evc_wait *wait, evc_edk_out *out, evc_error **err)
{
    int rc = ENVCRYPT_E_UNSUPPORTED;

    for (size_t i = 0; i < count && evc_kms_can(kms, ENVCRYPT_OP_REWRAP); i++) {
        if (!evc_kms_claims(kms, &edks[i]))
            continue;
        rc = evc_kms_rewrap(kms, &edks[i], context, wait, out, err);
        break;
    }
    /* A right to rewrap is one of its own; who may wrap needs it not. */
    if (rc != ENVCRYPT_E_UNSUPPORTED && rc != ENVCRYPT_E_DENIED)
        return rc;
    evc_err_drop(err);
    return evc_kms_wrap(kms, key, context, wait, NULL, out, err);
}

int
evc_keyring_rewrap(evc_keyring *keyring, const evc_edk *edks, size_t count,
                   evc_view key, size_t max_edks, const evc_kv *context, evc_wait *wait,
                   evc_buf *out, evc_error **err)
{
    evc_edk_out edk;
    int rc = evc_keyring_check_writers(keyring, max_edks, err);

    evc_edk_out_init(&edk);
    for (size_t i = 0; i < keyring->count && rc == 0; i++) {
        if (!evc_kms_can(keyring->keys[i], ENVCRYPT_OP_WRAP))
            continue;
        rc = rewrap_for(keyring->keys[i], edks, count, key, context, wait, &edk, err);
        if (rc == 0)
            evc_keyring_append(out, &edk);
    }
    evc_edk_out_reset(&edk);
    return rc ? rc : evc_buf_check(out, err);
}

const evc_kms *
evc_keyring_find(const evc_keyring *keyring, const evc_edk *edk)
{
    for (size_t i = 0; i < keyring->count; i++) {
        if (evc_kms_claims(keyring->keys[i], edk))
            return keyring->keys[i];
    }
    return NULL;
}

bool
evc_keyring_is_outdated(const evc_keyring *keyring, evc_view edks, size_t count)
{
    evc_cursor c = evc_cursor_of_view(edks);
    evc_edk edk;

    for (size_t i = 0; i < count && evc_edk_read(&c, &edk); i++) {
        const evc_kms *kms = evc_keyring_find(keyring, &edk);

        if (kms && evc_kms_is_current(kms, &edk) == ENVCRYPT_NO)
            return true;
    }
    return false;
}

/* What is to be unwrapped, and what came of it. */
typedef struct search {
    size_t key_size;
    const evc_kv *context;
    evc_wait *wait;
    evc_loan *loan;
    evc_secret *key;
    evc_unwrapped *about;
    evc_search seen;
} search;

/* 0, or a code that ends the search; NO_KEY: it goes on, and s has the failure. */
static int
try_edk(evc_kms *kms, search *s, const evc_edk *edk, evc_error **err)
{
    evc_error *failure = NULL;
    int rc;

    if (!evc_kms_claims(kms, edk))
        return ENVCRYPT_E_NO_KEY;
    evc_unwrapped_reset(s->about);
    rc = evc_kms_unwrap_about(kms, edk, s->context, s->key_size, s->wait, s->loan,
                              s->key, s->about, err ? &failure : NULL);
    if (rc == 0)
        return 0;
    if (!evc_search_is_final(rc)) {
        evc_search_note(&s->seen, rc, failure);
        return ENVCRYPT_E_NO_KEY;
    }
    if (err) {
        evc_error_free(*err);
        *err = failure;
    }
    return rc;
}

/* The index of the EDK that opened goes to *edk. */
static int
search_keys(evc_keyring *keyring, const evc_edk *edks, size_t count, search *s,
            size_t *edk, evc_error **err)
{
    int rc = ENVCRYPT_E_NO_KEY;

    evc_search_begin(&s->seen);
    for (size_t k = 0; k < keyring->count; k++) {
        for (size_t e = 0; e < count && rc == ENVCRYPT_E_NO_KEY; e++) {
            *edk = e;
            rc = try_edk(keyring->keys[k], s, &edks[e], err);
        }
    }
    if (rc == ENVCRYPT_E_NO_KEY)
        rc = evc_search_report(&s->seen, edks, count, err);
    else if (rc == 0)
        evc_search_tell(&s->seen, &evc_crypto_env(keyring->crypto)->log);
    evc_search_end(&s->seen);
    return rc;
}

int
evc_keyring_unwrap_about(evc_keyring *keyring, const evc_edk *edks, size_t count,
                         size_t key_size, const evc_kv *context, evc_wait *wait,
                         evc_secret *key, evc_keyring_opened *opened, evc_error **err)
{
    search s = {key_size, context, wait, NULL, key, &opened->about, {0}};

    *opened = (evc_keyring_opened){0};
    return search_keys(keyring, edks, count, &s, &opened->edk, err);
}

int
evc_keyring_unwrap(evc_keyring *keyring, const evc_edk *edks, size_t count,
                   size_t key_size, const evc_kv *context, evc_wait *wait,
                   evc_loan *loan, evc_secret *key, evc_error **err)
{
    evc_keyring_opened opened = {0};
    search s = {key_size, context, wait, loan, key, &opened.about, {0}};
    int rc = search_keys(keyring, edks, count, &s, &opened.edk, err);

    evc_unwrapped_reset(&opened.about);
    return rc;
}
