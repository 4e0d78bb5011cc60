/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/batch.h"

#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "crypto/random.h"
#include "envelope/keyring_many.h"
#include "envelope/record.h"

typedef struct entry {
    bool wraps;          /* else it unwraps */
    bool taken;          /* its data key */
    evc_secret key;      /* to wrap, or unwrapped */
    evc_buf record;      /* made, or given */
    evc_buf renewed;     /* in the place of a given one; may be empty */
    evc_context context; /* of the wrap, or expected of the record */
    evc_record parsed;   /* while it runs; its views point into record */
    int code;            /* STATE = did not run yet */
    evc_error *error;
    evc_keyring_item one;
} entry;

struct envcrypt_bulk {
    uint64_t generation;
    evc_keyring *keyring; /* a reference is held */
    entry **entries;
    size_t count;
    size_t capacity;
};

int
evc_batch_new(evc_keyring *keyring, evc_batch **out, evc_error **err)
{
    evc_batch *batch = evc_mem_new(sizeof(*batch));

    *out = batch;
    if (!batch)
        return evc_err_nomem(err);
    batch->generation = evc_fork_generation();
    batch->keyring = evc_keyring_ref(keyring);
    return 0;
}

static void
free_entry(entry *e)
{
    if (!e)
        return;
    evc_secret_free(&e->key);
    evc_buf_reset(&e->record);
    evc_buf_reset(&e->renewed);
    evc_context_reset(&e->context);
    evc_error_free(e->error);
    evc_mem_free(e);
}

void
evc_batch_free(evc_batch *batch)
{
    if (!batch)
        return;
    for (size_t i = 0; i < batch->count; i++)
        free_entry(batch->entries[i]);
    evc_mem_free((void *)batch->entries);
    evc_keyring_unref(batch->keyring);
    evc_mem_free(batch);
}

int
evc_batch_check(const evc_batch *batch, evc_error **err)
{
    return evc_fork_check(batch->generation, "bulk", err);
}

size_t
evc_batch_count(const evc_batch *batch)
{
    return batch->count;
}

/* --- adding ----------------------------------------------------------------------- */

static int
make_room(evc_batch *batch, evc_error **err)
{
    size_t capacity = batch->capacity ? 2 * batch->capacity : 16;
    entry **entries;

    if (batch->count < batch->capacity)
        return 0;
    entries =
        evc_mem_grow((void *)batch->entries, batch->count, capacity, sizeof(*entries));
    if (!entries)
        return evc_err_nomem(err);
    batch->entries = entries;
    batch->capacity = capacity;
    return 0;
}

/* With a copy of the context; the caller adds it to the batch, or frees it. */
static int
new_entry(evc_batch *batch, const evc_kv *context, entry **out, evc_error **err)
{
    int rc = make_room(batch, err);
    entry *e;

    *out = NULL;
    if (rc)
        return rc;
    e = evc_mem_new(sizeof(*e));
    if (!e)
        return evc_err_nomem(err);
    e->code = ENVCRYPT_E_STATE;
    evc_context_init(&e->context);
    evc_buf_init(&e->record);
    evc_buf_init(&e->renewed);
    rc = evc_context_copy(&e->context, context, err);
    if (rc)
        free_entry(e);
    else
        *out = e;
    return rc;
}

/* Adds an entry that is whole, or frees it. */
static int
add(evc_batch *batch, entry *e, int rc)
{
    if (rc)
        free_entry(e);
    else
        batch->entries[batch->count++] = e;
    return rc;
}

static int
new_wrap(evc_batch *batch, size_t size, const evc_kv *context, entry **out,
         evc_error **err)
{
    int rc = new_entry(batch, context, out, err);

    if (rc)
        return rc;
    (*out)->wraps = true;
    return evc_secret_new(evc_crypto_env(batch->keyring->crypto)->arena, size,
                          &(*out)->key, err);
}

int
evc_batch_add_generate(evc_batch *batch, size_t size, const evc_kv *context,
                       evc_error **err)
{
    evc_crypto *crypto = batch->keyring->crypto;
    entry *e;
    int rc;

    if (size != 16 && size != 24 && size != 32)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a data key has 16, 24 or 32 bytes, not %zu", size);
    rc = new_wrap(batch, size, context, &e, err);
    if (!rc)
        rc = evc_random_key(crypto, e->key.bytes, size, err);
    return add(batch, e, rc);
}

int
evc_batch_add_wrap(evc_batch *batch, evc_view key, const evc_kv *context,
                   evc_error **err)
{
    entry *e;
    int rc = new_wrap(batch, key.size, context, &e, err);

    if (!rc)
        memcpy(e->key.bytes, key.data, key.size);
    return add(batch, e, rc);
}

int
evc_batch_add_unwrap(evc_batch *batch, evc_view record, const evc_kv *expected,
                     evc_error **err)
{
    entry *e;
    int rc = new_entry(batch, expected, &e, err);

    if (rc)
        return rc;
    evc_buf_put_view(&e->record, record);
    return add(batch, e, evc_buf_check(&e->record, err));
}

/* --- running ---------------------------------------------------------------------- */

/* Lists of what is to be asked. */
typedef struct plan {
    evc_keyring_item **wraps;
    size_t wrap_count;
    evc_keyring_item **unwraps;
    size_t unwrap_count;
} plan;

/* Makes the item to ask with; or a code, and the entry failed. */
static int
prepare(entry *e)
{
    int rc;

    evc_error_free(e->error);
    e->error = NULL;
    e->one = (evc_keyring_item){.context = &e->context.pairs};
    if (e->wraps) {
        e->one.key = evc_view_of(e->key.bytes, e->key.size);
        return evc_record_check_context(&e->context.pairs, &e->error);
    }
    rc = evc_record_read_expected(evc_buf_view(&e->record), EVC_RECORD_KEY,
                                  &e->context.pairs, &e->parsed, &e->error);
    e->one.edks = e->parsed.edks;
    e->one.edk_count = e->parsed.edk_count;
    e->one.context = &e->parsed.context;
    return rc;
}

static void
prepare_all(evc_batch *batch, plan *p)
{
    for (size_t i = 0; i < batch->count; i++) {
        entry *e = batch->entries[i];

        if (e->code == 0)
            continue;
        e->code = prepare(e);
        if (e->code)
            continue;
        e->code = ENVCRYPT_E_STATE; /* until it is ended */
        if (e->wraps)
            p->wraps[p->wrap_count++] = &e->one;
        else
            p->unwraps[p->unwrap_count++] = &e->one;
    }
}

static int
end_wrap(const evc_keyring *keyring, entry *e, evc_error **err)
{
    evc_buf_reset(&e->record);
    return evc_record_write(keyring->crypto, e->one.key, EVC_RECORD_KEY,
                            &e->context.pairs, evc_buf_view(&e->one.wrapped),
                            evc_keyring_writers(keyring), &e->record, err);
}

/* Nothing is handed out whose MAC did not hold. */
static int
end_unwrap(const evc_keyring *keyring, entry *e, evc_error **err)
{
    const evc_keyring_opened *opened = &e->one.opened;
    evc_view key = evc_view_of(e->one.secret.bytes, e->one.secret.size);
    int rc = evc_record_prove(keyring->crypto, &e->parsed, key, err);

    if (rc == 0 && opened->about.replacement.ciphertext.size > 0)
        rc = evc_record_write_renewed(keyring->crypto, &e->parsed, key, opened,
                                      &e->renewed, err);
    if (rc) {
        evc_buf_reset(&e->renewed);
        return rc;
    }
    e->key = e->one.secret;
    e->one.secret = (evc_secret){0};
    return 0;
}

static void
end(const evc_keyring *keyring, entry *e)
{
    e->code = e->one.code;
    e->error = e->one.error;
    e->one.error = NULL;
    if (!e->code)
        e->code = e->wraps ? end_wrap(keyring, e, &e->error)
                           : end_unwrap(keyring, e, &e->error);
    evc_keyring_item_reset(&e->one);
    if (!e->wraps)
        evc_record_reset(&e->parsed);
}

static void
run_plan(evc_batch *batch, plan *p, size_t width, evc_wait *wait)
{
    size_t most = evc_config_or_default(NULL)->max_edks;

    prepare_all(batch, p);
    evc_keyring_wrap_many(batch->keyring, p->wraps, p->wrap_count, most, width, wait);
    evc_keyring_unwrap_many(batch->keyring, p->unwraps, p->unwrap_count, width, wait);
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->entries[i]->code == ENVCRYPT_E_STATE)
            end(batch->keyring, batch->entries[i]);
    }
}

static int
sum_up(const evc_batch *batch, evc_error **err)
{
    const entry *first = NULL;
    size_t failed = 0;
    size_t index = 0;
    int rc;

    for (size_t i = batch->count; i-- > 0;) {
        if (batch->entries[i]->code) {
            first = batch->entries[i];
            index = i;
            failed++;
        }
    }
    if (!first)
        return 0;
    rc = evc_err(err, first->code,
                 "%zu of %zu data keys failed; the first is number "
                 "%zu, counted from 0: %s",
                 failed, batch->count, index, evc_error_message(first->error));
    if (err)
        evc_err_set_facts_of(*err, first->error);
    return rc;
}

int
evc_batch_run(evc_batch *batch, size_t width, evc_wait *wait, evc_error **err)
{
    plan p = {.wraps = evc_mem_new_array(batch->count, sizeof(*p.wraps)),
              .unwraps = evc_mem_new_array(batch->count, sizeof(*p.unwraps))};
    int rc = p.wraps && p.unwraps ? 0 : evc_err_nomem(err);

    if (!rc) {
        run_plan(batch, &p, width ? width : EVC_BATCH_WIDTH, wait);
        rc = sum_up(batch, err);
    }
    evc_mem_free((void *)p.wraps);
    evc_mem_free((void *)p.unwraps);
    return rc;
}

/* --- results ---------------------------------------------------------------------- */

int
evc_batch_code(const evc_batch *batch, size_t index)
{
    return index < batch->count ? batch->entries[index]->code : ENVCRYPT_E_ARGUMENT;
}

const evc_error *
evc_batch_error(const evc_batch *batch, size_t index)
{
    return index < batch->count ? batch->entries[index]->error : NULL;
}

evc_view
evc_batch_record(const evc_batch *batch, size_t index)
{
    if (evc_batch_code(batch, index))
        return evc_view_of(NULL, 0);
    return evc_buf_view(&batch->entries[index]->record);
}

evc_view
evc_batch_renewed(const evc_batch *batch, size_t index)
{
    if (evc_batch_code(batch, index))
        return evc_view_of(NULL, 0);
    return evc_buf_view(&batch->entries[index]->renewed);
}

int
evc_batch_take_dek(evc_batch *batch, size_t index, evc_dek **out, evc_error **err)
{
    int rc = evc_batch_code(batch, index);
    entry *e;

    *out = NULL;
    if (index >= batch->count)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "there is no data key number %zu in a bulk of %zu", index,
                       batch->count);
    e = batch->entries[index];
    if (rc == ENVCRYPT_E_STATE && !e->error)
        return evc_err(err, rc, "the data key number %zu of the bulk did not run yet",
                       index);
    if (rc)
        return evc_err(err, rc, "the data key number %zu of the bulk failed: %s", index,
                       evc_error_message(e->error));
    if (e->taken)
        return evc_err(err, ENVCRYPT_E_STATE,
                       "the data key number %zu of the bulk was taken already", index);
    rc = evc_dek_adopt(batch->keyring->crypto, &e->key, out, err);
    e->taken = true; /* what could not be handed out is wiped */
    return rc;
}
