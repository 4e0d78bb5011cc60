/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/keyring_many.h"

#include "base/mem.h"

void
evc_keyring_item_reset(evc_keyring_item *item)
{
    evc_buf_reset(&item->wrapped);
    evc_secret_free(&item->secret);
    evc_unwrapped_reset(&item->opened.about);
    evc_error_free(item->error);
    item->error = NULL;
}

/* Where those that one key is asked about are gathered; NULL: each item failed. */
static evc_kms_item **
begin(evc_keyring_item *const *items, size_t count)
{
    evc_kms_item **round = evc_mem_new_array(count, sizeof(evc_kms_item *));

    for (size_t i = 0; i < count; i++) {
        evc_keyring_item *item = items[i];

        evc_buf_init(&item->wrapped);
        item->secret = (evc_secret){0};
        item->opened = (evc_keyring_opened){0};
        item->error = NULL;
        item->ended = false;
        item->code = round ? 0 : evc_err_nomem(&item->error);
        evc_search_begin(&item->search);
    }
    return round;
}

/* --- wrapping --------------------------------------------------------------------- */

static void
fail(evc_keyring_item *item, int code, evc_error *error)
{
    evc_buf_reset(&item->wrapped);
    item->code = code;
    item->error = error;
}

static void
add_wrapped(evc_keyring_item *item)
{
    if (item->one.code) {
        fail(item, item->one.code, item->one.error);
        return;
    }
    evc_keyring_append(&item->wrapped, &item->one.wrapped);
    item->code = evc_buf_check(&item->wrapped, &item->error);
}

/* By one key, all those that failed under none so far. */
static void
wrap_by(evc_kms *kms, evc_keyring_item *const *items, size_t count, size_t width,
        evc_wait *wait, evc_kms_item **round)
{
    size_t asked = 0;

    for (size_t i = 0; i < count; i++) {
        evc_keyring_item *item = items[i];

        if (item->code)
            continue;
        item->one = (evc_kms_item){.key = item->key, .context = item->context};
        round[asked++] = &item->one;
    }
    evc_kms_wrap_many(kms, round, asked, width, wait);
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->code)
            add_wrapped(items[i]);
    }
}

void
evc_keyring_wrap_many(evc_keyring *keyring, evc_keyring_item *const *items,
                      size_t count, size_t max_edks, size_t width, evc_wait *wait)
{
    evc_kms_item **round = begin(items, count);

    for (size_t i = 0; round && i < count; i++)
        items[i]->code = evc_keyring_check_writers(keyring, max_edks, &items[i]->error);
    for (size_t k = 0; round && k < keyring->count; k++) {
        if (evc_kms_can(keyring->keys[k], ENVCRYPT_OP_WRAP))
            wrap_by(keyring->keys[k], items, count, width, wait, round);
    }
    evc_mem_free((void *)round);
}

/* --- unwrapping ------------------------------------------------------------------- */

/* Whether the key claims one more EDK of an item that nothing opened yet. */
static bool
has_next(const evc_kms *kms, evc_keyring_item *item)
{
    if (item->ended)
        return false;
    while (item->next < item->edk_count &&
           !evc_kms_claims(kms, &item->edks[item->next]))
        item->next++;
    return item->next < item->edk_count;
}

static void
take_unwrapped(evc_keyring_item *item)
{
    evc_kms_item *one = &item->one;
    size_t edk = item->next++;

    if (one->code && !evc_search_is_final(one->code)) {
        evc_search_note(&item->search, one->code, one->error);
        return;
    }
    item->ended = true;
    item->code = one->code;
    item->error = one->error;
    item->secret = one->secret;
    item->opened = (evc_keyring_opened){edk, one->about};
}

/* Asks the key for one EDK of each item that has one more for it. Whether there was one. */
static bool
unwrap_by(evc_kms *kms, evc_keyring_item *const *items, size_t count, size_t width,
          evc_wait *wait, evc_kms_item **round)
{
    size_t asked = 0;

    for (size_t i = 0; i < count; i++) {
        evc_keyring_item *item = items[i];

        item->one =
            (evc_kms_item){.context = item->context, .key_size = item->key_size};
        if (!has_next(kms, item))
            continue;
        item->one.edk = item->edks[item->next];
        round[asked++] = &item->one;
    }
    evc_kms_unwrap_many(kms, round, asked, width, wait);
    for (size_t i = 0; i < count; i++) {
        if (has_next(kms, items[i]))
            take_unwrapped(items[i]);
    }
    return asked > 0;
}

static void
unwrap_by_all(evc_keyring *keyring, evc_keyring_item *const *items, size_t count,
              size_t width, evc_wait *wait, evc_kms_item **round)
{
    for (size_t k = 0; k < keyring->count; k++) {
        for (size_t i = 0; i < count; i++)
            items[i]->next = 0;
        while (unwrap_by(keyring->keys[k], items, count, width, wait, round))
            ;
    }
}

void
evc_keyring_unwrap_many(evc_keyring *keyring, evc_keyring_item *const *items,
                        size_t count, size_t width, evc_wait *wait)
{
    evc_kms_item **round = begin(items, count);

    if (round)
        unwrap_by_all(keyring, items, count, width, wait, round);
    for (size_t i = 0; i < count; i++) {
        evc_keyring_item *item = items[i];

        if (round && !item->ended)
            item->code = evc_search_report(&item->search, item->edks, item->edk_count,
                                           &item->error);
        else if (round && item->code == 0)
            evc_search_tell(&item->search, &evc_crypto_env(keyring->crypto)->log);
        evc_search_end(&item->search);
    }
    evc_mem_free((void *)round);
}
