/* SPDX-License-Identifier: Apache-2.0 */
#include "base/kv.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"

#define FIRST_CAPACITY 4u

void
evc_kv_init(evc_kv *kv)
{
    *kv = (evc_kv){0};
}

static size_t
block_size(evc_view name, evc_view value)
{
    return name.size + value.size + 2;
}

/* What the common block holds of a pair is wiped when the list is reset. */
static void
free_pair(evc_pair *pair)
{
    if (pair->block)
        evc_mem_free_wiped(pair->block, block_size(pair->name, pair->value));
}

static void
free_pairs(evc_kv *kv)
{
    if ((uint8_t *)kv->pairs != kv->common)
        evc_mem_free(kv->pairs);
}

void
evc_kv_release(evc_kv *kv)
{
    for (size_t i = 0; i < kv->count; i++)
        free_pair(&kv->pairs[i]);
    free_pairs(kv);
    evc_mem_free_wiped(kv->common, kv->common_used);
    evc_kv_init(kv);
}

int
evc_kv_reserve(evc_kv *kv, size_t count, size_t text, evc_error **err)
{
    size_t size;

    if (count > SIZE_MAX / 4 / sizeof(evc_pair) || text > SIZE_MAX / 4)
        return evc_err_nomem(err);
    kv->common_used = count * sizeof(evc_pair);
    size = kv->common_used + text + 2 * count; /* with the NULs */
    kv->common = evc_mem_new(size);
    if (!kv->common)
        return evc_err_nomem(err);
    kv->common_size = size;
    kv->pairs = (evc_pair *)(void *)kv->common;
    kv->capacity = count;
    return 0;
}

/* Room for name and value: in the common block while there is some. */
static uint8_t *
take_block(evc_kv *kv, size_t size)
{
    uint8_t *start;

    if (size > kv->common_size - kv->common_used)
        return NULL;
    start = &kv->common[kv->common_used];
    kv->common_used += size;
    return start;
}

static bool
make_pair(evc_kv *kv, evc_view name, evc_view value, evc_pair *out)
{
    uint8_t *common;
    uint8_t *block;
    uint8_t *second;

    if (name.size > SIZE_MAX / 2 - 1 || value.size > SIZE_MAX / 2 - 1)
        return false;
    common = take_block(kv, block_size(name, value));
    block = common ? common : evc_mem_new(block_size(name, value));
    if (!block)
        return false;
    second = &block[name.size + 1];
    if (name.size)
        memcpy(block, name.data, name.size);
    if (value.size)
        memcpy(second, value.data, value.size);
    *out = (evc_pair){evc_view_of(block, name.size), evc_view_of(second, value.size),
                      common ? NULL : block};
    return true;
}

/* The index of the name, or where it would go. */
static size_t
search(const evc_kv *kv, evc_view name, bool *found)
{
    size_t low = 0;
    size_t high = kv->count;

    *found = false;
    /* Most lists are made in order. */
    if (high && evc_view_compare(kv->pairs[high - 1].name, name) < 0)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = evc_view_compare(kv->pairs[middle].name, name);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool
make_room(evc_kv *kv)
{
    size_t capacity = kv->capacity ? kv->capacity * 2 : FIRST_CAPACITY;
    evc_pair *pairs;

    if (kv->count < kv->capacity)
        return true;
    pairs = evc_mem_new_array(capacity, sizeof(*pairs));
    if (!pairs)
        return false;
    if (kv->count)
        memcpy(pairs, kv->pairs, kv->count * sizeof(*pairs));
    free_pairs(kv);
    kv->pairs = pairs;
    kv->capacity = capacity;
    return true;
}

static int
insert(evc_kv *kv, size_t at, evc_view name, evc_view value, evc_error **err)
{
    evc_pair pair;

    if (!make_room(kv) || !make_pair(kv, name, value, &pair))
        return evc_err_nomem(err);
    memmove(&kv->pairs[at + 1], &kv->pairs[at], (kv->count - at) * sizeof(pair));
    kv->pairs[at] = pair;
    kv->count++;
    return 0;
}

int
evc_kv_add(evc_kv *kv, evc_view name, evc_view value, evc_error **err)
{
    char shown[EVC_SHOWN];
    bool found;
    size_t at = search(kv, name, &found);

    if (!found)
        return insert(kv, at, name, value, err);
    evc_encode_shown(name, shown);
    return evc_err(err, ENVCRYPT_E_CONTEXT_DUPLICATE,
                   "the name \"%s\" is given twice; give each name once", shown);
}

int
evc_kv_set(evc_kv *kv, evc_view name, evc_view value, evc_error **err)
{
    evc_pair pair;
    bool found;
    size_t at = search(kv, name, &found);

    if (!found)
        return insert(kv, at, name, value, err);
    if (!make_pair(kv, name, value, &pair))
        return evc_err_nomem(err);
    free_pair(&kv->pairs[at]);
    kv->pairs[at] = pair;
    return 0;
}

const evc_pair *
evc_kv_find(const evc_kv *kv, evc_view name)
{
    bool found;
    size_t at = search(kv, name, &found);

    return found ? &kv->pairs[at] : NULL;
}

const char *
evc_kv_text(const evc_kv *kv, evc_view name)
{
    const evc_pair *pair = evc_kv_find(kv, name);

    return pair ? (const char *)pair->value.data : NULL;
}

bool
evc_kv_remove(evc_kv *kv, evc_view name)
{
    bool found;
    size_t at = search(kv, name, &found);

    if (!found)
        return false;
    free_pair(&kv->pairs[at]);
    kv->count--;
    memmove(&kv->pairs[at], &kv->pairs[at + 1],
            (kv->count - at) * sizeof(kv->pairs[0]));
    return true;
}

int
evc_kv_set_text(evc_kv *kv, const char *name, const char *value, evc_error **err)
{
    if (value)
        return evc_kv_set(kv, evc_view_text(name), evc_view_text(value), err);
    (void)evc_kv_remove(kv, evc_view_text(name));
    return 0;
}

int
evc_kv_copy(evc_kv *to, const evc_kv *from, evc_error **err)
{
    size_t text = 0;
    evc_kv copy;

    evc_kv_init(&copy);
    for (size_t i = 0; i < from->count; i++)
        text += from->pairs[i].name.size + from->pairs[i].value.size;
    if (from->count && evc_kv_reserve(&copy, from->count, text, err))
        return ENVCRYPT_E_NOMEM;
    for (size_t i = 0; i < from->count; i++) {
        const evc_pair *pair = &from->pairs[i];

        if (insert(&copy, i, pair->name, pair->value, err)) {
            evc_kv_reset(&copy);
            return ENVCRYPT_E_NOMEM;
        }
    }
    evc_kv_reset(to);
    *to = copy;
    return 0;
}
