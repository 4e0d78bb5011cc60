/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/materials.h"

#include <string.h>

#include "crypto/digest.h"
#include "envelope/dek.h"

/* Each part of an id is preceded by its length, so that no two sets of parts meet. */
static void
put_part(evc_buf *b, evc_view part)
{
    evc_buf_put_u64(b, part.size);
    evc_buf_put_view(b, part);
}

#define FIXED_PARTS 128u /* room for all but context and EDKs */
#define SMALL_CONTEXT 512u

/*
 * The id of a cache entry: direction, policy, suite, recipients, this very keyring, the
 * whole context, and for reading the EDKs. Whatever could make one caller see another's
 * key is in it: CVE-2026-6550 was a cache that clients of different policies shared.
 */
static int
cache_id(const evc_keyring *keyring, const evc_config *config, const evc_suite *suite,
         const evc_kv *context, const char *direction, evc_view edks,
         uint8_t id[EVC_DEK_CACHE_ID], evc_error **err)
{
    uint8_t fixed_memory[FIXED_PARTS];
    uint8_t small[SMALL_CONTEXT];
    size_t context_size = evc_context_size(context);
    evc_buf fixed;
    evc_buf pairs;
    int rc;

    evc_buf_init_fixed(&fixed, fixed_memory, sizeof(fixed_memory));
    put_part(&fixed, evc_view_text(direction));
    evc_buf_put_u32(&fixed, (uint32_t)config->policy);
    evc_buf_put_u16(&fixed, suite->id);
    put_part(&fixed,
             evc_view_of(keyring->recipients_id, sizeof(keyring->recipients_id)));
    put_part(&fixed, evc_view_of(keyring->instance, sizeof(keyring->instance)));
    evc_buf_put_u64(&fixed, context_size);
    rc = evc_buf_check(&fixed, err);

    if (context_size <= sizeof(small))
        evc_buf_init_fixed(&pairs, small, sizeof(small));
    else
        evc_buf_init(&pairs);
    evc_context_write(context, &pairs);
    if (rc == 0)
        rc = evc_buf_check(&pairs, err);
    if (rc == 0) {
        evc_view parts[] = {evc_buf_view(&fixed), evc_buf_view(&pairs), edks};
        rc = evc_digest(keyring->crypto, EVC_SHA256, parts, 3, id, err);
    }
    evc_buf_reset(&pairs);
    return rc;
}

static bool
is_cacheable(const evc_config *config, const evc_suite *suite)
{
    return config->cache && suite->kdf && !suite->is_signed;
}

typedef struct write_request {
    evc_keyring *keyring;
    const evc_config *config;
    const evc_suite *suite;
    const evc_kv *context;
    evc_loan *loan;
} write_request;

/* The note of a writing entry: EDK count u16, EDKs in wire form. */
static int
make_for_write(void *user, evc_wait *wait, evc_secret *key, evc_buf *note,
               evc_error **err)
{
    write_request *r = user;
    evc_buf edks;
    int rc;

    evc_buf_init(&edks);
    rc = evc_keyring_generate(r->keyring, r->suite->key_size, r->config->max_edks,
                              r->context, wait, r->loan, key, &edks, err);
    if (rc == 0) {
        evc_buf_put_u16(note, (uint16_t)evc_keyring_writers(r->keyring));
        evc_buf_put_view(note, evc_buf_view(&edks));
        rc = evc_buf_check(note, err);
        if (rc)
            evc_secret_free(key);
    }
    evc_buf_reset(&edks);
    return rc;
}

/* The note of an entry: count and EDKs. */
static evc_view
read_note(const evc_buf *note, size_t *count)
{
    evc_cursor c = evc_cursor_of_view(evc_buf_view(note));

    *count = evc_cursor_u16(&c);
    return evc_cursor_bytes(&c, evc_cursor_left(&c));
}

/*
 * From the cache, unless a key was rotated, disabled or destroyed since: what is written
 * under a version that is gone would be lost.
 */
static int
get_current(write_request *r, const evc_dek_use *use, evc_wait *wait, evc_secret *key,
            evc_buf *note, evc_error **err)
{
    evc_dek_cache *cache = r->config->cache;
    size_t count = 0;
    evc_view edks;
    int rc = evc_dek_cache_get(cache, use, make_for_write, r, wait, key, note, err);

    if (rc)
        return rc;
    edks = read_note(note, &count);
    if (!evc_keyring_is_outdated(r->keyring, edks, count))
        return 0;
    evc_dek_cache_forget(cache, use->id);
    evc_secret_free(key);
    evc_buf_reset(note);
    return evc_dek_cache_get(cache, use, make_for_write, r, wait, key, note, err);
}

static int
write_from_cache(write_request *r, uint64_t length, evc_wait *wait,
                 evc_write_materials *out, evc_error **err)
{
    uint8_t id[EVC_DEK_CACHE_ID];
    const evc_dek_use use = {id, 1, length};
    evc_buf note;
    int rc;

    evc_buf_init(&note);
    rc = cache_id(r->keyring, r->config, r->suite, r->context, "write",
                  evc_view_of(NULL, 0), id, err);
    if (rc == 0)
        rc = get_current(r, &use, wait, &out->key, &note, err);
    if (rc == 0) {
        evc_buf_put_view(&out->edks, read_note(&note, &out->edk_count));
        rc = evc_buf_check(&out->edks, err);
    }
    /* The limit belongs to this message, the entry may be older than the setting. */
    if (rc == 0 && out->edk_count > r->config->max_edks)
        rc = evc_err(
            err, ENVCRYPT_E_LIMIT_EDKS,
            "the keyring has %zu recipients and the limit is %zu; raise the limit "
            "of encrypted data keys",
            out->edk_count, r->config->max_edks);
    evc_buf_reset(&note);
    return rc;
}

int
evc_materials_for_write(evc_keyring *keyring, const evc_config *config,
                        const evc_suite *suite, const evc_kv *context, uint64_t length,
                        evc_wait *wait, evc_loan *loan, evc_write_materials *out,
                        evc_error **err)
{
    write_request r = {keyring, config, suite, context, loan};
    int rc;

    out->key = (evc_secret){0};
    out->edk_count = evc_keyring_writers(keyring);
    evc_buf_init_lent(&out->edks, out->room, sizeof(out->room));
    if (is_cacheable(config, suite) && length != UINT64_MAX)
        rc = write_from_cache(&r, length, wait, out, err);
    else
        rc = evc_keyring_generate(keyring, suite->key_size, config->max_edks, context,
                                  wait, loan, &out->key, &out->edks, err);
    if (rc)
        evc_write_materials_reset(out);
    return rc;
}

void
evc_write_materials_reset(evc_write_materials *m)
{
    evc_secret_free(&m->key);
    evc_buf_reset(&m->edks);
    m->edk_count = 0;
}

typedef struct read_request {
    evc_keyring *keyring;
    const evc_header *header;
    const evc_kv *context;
    evc_loan *loan;
} read_request;

static int
make_for_read(void *user, evc_wait *wait, evc_secret *key, evc_buf *note,
              evc_error **err)
{
    read_request *r = user;

    (void)note;
    return evc_keyring_unwrap(r->keyring, r->header->edks, r->header->edk_count,
                              r->header->suite->key_size, r->context, wait, r->loan,
                              key, err);
}

static bool
is_claimed(const evc_keyring *keyring, const evc_header *header)
{
    for (size_t i = 0; i < header->edk_count; i++) {
        if (evc_keyring_find(keyring, &header->edks[i]))
            return true;
    }
    return false;
}

static int
read_from_cache(read_request *r, const evc_config *config, evc_wait *wait,
                evc_secret *key, evc_error **err)
{
    uint8_t id[EVC_DEK_CACHE_ID];
    const evc_dek_use use = {id, 0, 0};
    evc_buf edks;
    evc_buf note;
    int rc;

    /* Expected keys are checked on a hit too: the look-up itself is not asked. */
    if (!is_claimed(r->keyring, r->header))
        return make_for_read(r, wait, key, NULL, err);
    evc_buf_init(&edks);
    evc_buf_init(&note);
    for (size_t i = 0; i < r->header->edk_count; i++)
        evc_edk_write(&r->header->edks[i], &edks);
    rc = evc_buf_check(&edks, err);
    if (rc == 0)
        rc = cache_id(r->keyring, config, r->header->suite, r->context, "read",
                      evc_buf_view(&edks), id, err);
    if (rc == 0)
        rc = evc_dek_cache_get(config->cache, &use, make_for_read, r, wait, key, &note,
                               err);
    evc_buf_reset(&edks);
    evc_buf_reset(&note);
    return rc;
}

static int
read_given_key(const evc_config *config, const evc_suite *suite, evc_secret *key,
               evc_error **err)
{
    const evc_dek *dek = config->data_key;
    int rc = evc_dek_check(dek, err);

    if (rc)
        return rc;
    if (dek->key.size != suite->key_size)
        return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                       "the given data key has %zu bytes and the suite of the message "
                       "needs %u",
                       dek->key.size, (unsigned)suite->key_size);
    return evc_secret_copy(dek->key.arena, evc_view_of(dek->key.bytes, dek->key.size),
                           key, err);
}

int
evc_materials_for_read(evc_keyring *keyring, const evc_config *config,
                       const evc_header *header, const evc_kv *context, evc_wait *wait,
                       evc_loan *loan, evc_secret *key, evc_error **err)
{
    read_request r = {keyring, header, context, loan};

    if (config->data_key)
        return read_given_key(config, header->suite, key, err);
    if (is_cacheable(config, header->suite))
        return read_from_cache(&r, config, wait, key, err);
    return make_for_read(&r, wait, key, NULL, err);
}
