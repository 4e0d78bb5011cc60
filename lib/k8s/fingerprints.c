/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/fingerprints.h"

#include <string.h>

#include "base/chance.h"
#include "base/mem.h"
#include "crypto/digest.h"

#define FIRST_CAPACITY 64u

void
evc_fingerprints_init(evc_fingerprints *map, evc_crypto *crypto, size_t limit)
{
    *map = (evc_fingerprints){.crypto = crypto, .limit = limit};
    /* Whoever writes the keys cannot choose the slots that they go to. */
    for (size_t i = 0; i < sizeof(map->salt) / sizeof(map->salt[0]); i++)
        map->salt[i] = evc_chance_u32();
}

void
evc_fingerprints_reset(evc_fingerprints *map)
{
    evc_mem_free(map->slots);
    map->slots = NULL;
    map->capacity = 0;
    map->count = 0;
}

static int
fingerprint_of(const evc_fingerprints *map, const evc_view *parts, size_t count,
               uint8_t out[16], evc_error **err)
{
    uint64_t sizes[EVC_FINGERPRINT_PARTS] = {0};
    evc_view all[2 + EVC_FINGERPRINT_PARTS];
    uint8_t digest[32];
    int rc;

    if (count > EVC_FINGERPRINT_PARTS)
        return evc_err(err, ENVCRYPT_E_INTERNAL,
                       "too many parts of a fingerprint; please report");
    all[0] = evc_view_of(map->salt, sizeof(map->salt));
    all[1] = evc_view_of(sizes, sizeof(sizes));
    for (size_t i = 0; i < count; i++) {
        sizes[i] = parts[i].size;
        all[2 + i] = parts[i];
    }
    rc = evc_digest(map->crypto, EVC_SHA256, all, 2 + count, digest, err);
    if (rc == 0)
        memcpy(out, digest, 16);
    return rc;
}

/* The slot of this fingerprint: its own, or the free one where it would go. */
static evc_fingerprint *
slot_of(evc_fingerprint *slots, size_t capacity, const uint8_t bytes[16])
{
    uint64_t place;

    memcpy(&place, bytes, sizeof(place));
    for (size_t i = (size_t)place;; i++) {
        evc_fingerprint *slot = &slots[i & (capacity - 1)];

        if (!slot->taken || memcmp(slot->bytes, bytes, sizeof(slot->bytes)) == 0)
            return slot;
    }
}

static int
grow(evc_fingerprints *map, evc_error **err)
{
    size_t capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY;
    evc_fingerprint *slots = evc_mem_new_array(capacity, sizeof(*slots));

    if (!slots)
        return evc_err_nomem(err);
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].taken)
            *slot_of(slots, capacity, map->slots[i].bytes) = map->slots[i];
    }
    evc_mem_free(map->slots);
    map->slots = slots;
    map->capacity = capacity;
    return 0;
}

int
evc_fingerprints_find(const evc_fingerprints *map, const evc_view *parts, size_t count,
                      evc_fingerprint **out, evc_error **err)
{
    uint8_t bytes[16];
    evc_fingerprint *slot;
    int rc;

    *out = NULL;
    if (map->capacity == 0)
        return 0;
    rc = fingerprint_of(map, parts, count, bytes, err);
    if (rc)
        return rc;
    slot = slot_of(map->slots, map->capacity, bytes);
    if (slot->taken)
        *out = slot;
    return 0;
}

int
evc_fingerprints_add(evc_fingerprints *map, const evc_view *parts, size_t count,
                     evc_fingerprint **out, bool *made, evc_error **err)
{
    uint8_t bytes[16];
    evc_fingerprint *slot;
    int rc = fingerprint_of(map, parts, count, bytes, err);

    *out = NULL;
    *made = false;
    if (rc == 0 && map->count + 1 > map->capacity / 4 * 3)
        rc = grow(map, err);
    if (rc)
        return rc;
    slot = slot_of(map->slots, map->capacity, bytes);
    if (!slot->taken) {
        if (map->count == map->limit)
            return 0;
        memcpy(slot->bytes, bytes, sizeof(slot->bytes));
        slot->taken = true;
        map->count++;
        *made = true;
    }
    *out = slot;
    return 0;
}
