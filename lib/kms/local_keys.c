/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/local_keys.h"

#include <pthread.h>
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"

typedef struct entry {
    size_t key; /* indices in the store */
    size_t version;
    evc_secret secret; /* nothing held: the entry is free */
} entry;

/* Where the wraps by a version are counted. */
typedef struct counted {
    struct counted *next;
    uint32_t version;
    evc_wrap_count *count;
} counted;

struct evc_local_keys {
    uint64_t generation;
    pthread_mutex_t mutex;
    evc_store_data *store; /* that the entries are of; a reference is held */
    entry entries[EVC_LOCAL_KEYS];
    size_t next; /* the one that goes when another comes */
    counted *counts;
};

int
evc_local_keys_open(evc_local_keys **out, evc_error **err)
{
    evc_local_keys *kept = evc_mem_new(sizeof *kept);

    *out = NULL;
    if (!kept)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&kept->mutex, NULL) != 0) {
        evc_mem_free(kept);
        return evc_err_nomem(err);
    }
    kept->generation = evc_fork_generation();
    *out = kept;
    return 0;
}

/* Forgets all, and begins anew with a state of the store; NULL = none. */
static void
change_store(evc_local_keys *kept, evc_store_data *store)
{
    for (size_t i = 0; i < EVC_LOCAL_KEYS; i++)
        evc_secret_free(&kept->entries[i].secret);
    evc_store_data_unref(kept->store);
    kept->store = evc_store_data_ref(store);
}

void
evc_local_keys_close(evc_local_keys *kept)
{
    counted *next;

    if (!kept)
        return;
    if (evc_fork_is_current(kept->generation))
        (void)pthread_mutex_destroy(&kept->mutex);
    change_store(kept, NULL);
    for (counted *at = kept->counts; at; at = next) {
        next = at->next;
        evc_mem_free(at);
    }
    evc_mem_free(kept);
}

static const evc_secret *
find(const evc_local_keys *kept, size_t key, size_t version)
{
    for (size_t i = 0; i < EVC_LOCAL_KEYS; i++) {
        const entry *at = &kept->entries[i];

        if (at->secret.bytes && at->key == key && at->version == version)
            return &at->secret;
    }
    return NULL;
}

/* Unwraps it to an entry. */
static int
keep(evc_local_keys *kept, const evc_store_keys *keys, size_t key, size_t version,
     const evc_secret **out, evc_error **err)
{
    const evc_store_key *of = &kept->store->keys[key];
    entry *to = &kept->entries[kept->next];
    evc_secret secret = {0};
    int rc = evc_store_keys_unwrap(keys, kept->store, of, &of->versions[version],
                                   &secret, err);

    if (rc == EVC_NOT_AUTHENTIC)
        return evc_err(err, ENVCRYPT_E_STORE_MAC,
                       "version %u of the key %s of the key store %s does not unwrap; "
                       "restore a good copy of the store",
                       of->versions[version].number, of->name, kept->store->name);
    if (rc)
        return rc;
    kept->next = (kept->next + 1) % EVC_LOCAL_KEYS;
    evc_secret_free(&to->secret);
    *to = (entry){.key = key, .version = version, .secret = secret};
    *out = &to->secret;
    return 0;
}

int
evc_local_keys_get(evc_local_keys *kept, const evc_store_keys *keys,
                   evc_store_data *store, size_t key, size_t version, evc_secret *out,
                   evc_error **err)
{
    const evc_secret *found;
    int rc = 0;

    *out = (evc_secret){0};
    (void)pthread_mutex_lock(&kept->mutex);
    if (store != kept->store)
        change_store(kept, store);
    found = find(kept, key, version);
    if (!found)
        rc = keep(kept, keys, key, version, &found, err);
    if (!rc)
        rc = evc_secret_copy(evc_crypto_env(keys->crypto)->arena,
                             evc_view_of(found->bytes, found->size), out, err);
    (void)pthread_mutex_unlock(&kept->mutex);
    return rc;
}

/* With the mutex held. NULL when memory is out. */
static evc_wrap_count *
count_of(evc_local_keys *kept, const evc_store_data *store, const char *name,
         uint32_t version)
{
    counted *at = kept->counts;

    while (at && at->version != version)
        at = at->next;
    if (at)
        return at->count;
    at = evc_mem_new(sizeof(*at));
    if (!at)
        return NULL;
    at->version = version;
    at->count = evc_wrap_counts_find(store->id, name, version);
    if (!at->count) {
        evc_mem_free(at);
        return NULL;
    }
    at->next = kept->counts;
    kept->counts = at;
    return at->count;
}

int
evc_local_keys_count_wrap(evc_local_keys *kept, const evc_store_data *store,
                          const char *name, uint32_t version, evc_error **err)
{
    evc_wrap_count *count;

    (void)pthread_mutex_lock(&kept->mutex);
    count = count_of(kept, store, name, version);
    (void)pthread_mutex_unlock(&kept->mutex);
    return count ? evc_wrap_count_add(count, name, err) : evc_err_nomem(err);
}
