/* SPDX-License-Identifier: Apache-2.0 */
#include "net/meter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"

struct evc_meter {
    uint64_t generation;
    uint64_t budget; /* 0 = no limit */
    atomic_uint_least64_t spent;
    evc_meter_fn fn;
    void *user;
    pthread_mutex_t mutex; /* of all that follows */
    evc_meter_row *rows;
    size_t count;
    size_t capacity;
    evc_meter_row other; /* what found no place */
};

int
evc_meter_open(uint64_t budget, evc_meter_fn fn, void *user, evc_meter **out,
               evc_error **err)
{
    evc_meter *meter = evc_mem_new(sizeof(*meter));

    *out = NULL;
    if (!meter)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&meter->mutex, NULL) != 0) {
        evc_mem_free(meter);
        return evc_err_nomem(err);
    }
    meter->generation = evc_fork_generation();
    meter->budget = budget;
    atomic_init(&meter->spent, 0);
    meter->fn = fn;
    meter->user = user;
    meter->other = (evc_meter_row){.provider = "other", .operation = "other"};
    *out = meter;
    return 0;
}

void
evc_meter_close(evc_meter *meter)
{
    if (!meter)
        return;
    if (evc_fork_is_current(meter->generation))
        (void)pthread_mutex_destroy(&meter->mutex);
    evc_mem_free(meter->rows);
    evc_mem_free(meter);
}

int
evc_meter_spend(evc_meter *meter, evc_error **err)
{
    uint_least64_t spent;

    if (meter->budget == 0)
        return 0;
    spent = atomic_load_explicit(&meter->spent, memory_order_relaxed);
    while (spent < meter->budget) {
        if (atomic_compare_exchange_weak(&meter->spent, &spent, spent + 1))
            return 0;
    }
    return evc_err(err, ENVCRYPT_E_CALL_BUDGET,
                   "the client has sent the %llu requests to services that its budget "
                   "allows, so this one was not sent; give it a larger budget, or open "
                   "another client",
                   (unsigned long long)meter->budget);
}

static bool
is_of(const evc_meter_row *row, const char *provider, const char *operation)
{
    return strcmp(row->provider, provider) == 0 &&
           strcmp(row->operation, operation) == 0;
}

/* With the lock held. */
static evc_meter_row *
row_of(evc_meter *meter, const char *provider, const char *operation)
{
    size_t capacity = meter->capacity ? 2 * meter->capacity : 8;
    evc_meter_row *rows;

    for (size_t i = 0; i < meter->count; i++) {
        if (is_of(&meter->rows[i], provider, operation))
            return &meter->rows[i];
    }
    if (meter->count == EVC_METER_ROWS)
        return &meter->other;
    if (meter->count == meter->capacity) {
        rows = evc_mem_grow(meter->rows, meter->count, capacity, sizeof(*rows));
        if (!rows)
            return &meter->other;
        meter->rows = rows;
        meter->capacity = capacity;
    }
    rows = &meter->rows[meter->count++];
    *rows = (evc_meter_row){.provider = provider, .operation = operation};
    return rows;
}

void
evc_meter_count(evc_meter *meter, const evc_meter_call *call)
{
    evc_meter_row *row;

    (void)pthread_mutex_lock(&meter->mutex);
    row = row_of(meter, call->provider, call->operation);
    row->calls++;
    row->failures += call->code != 0;
    row->attempts += call->attempts;
    row->throttles += call->throttles;
    row->bytes_out += call->bytes_out;
    row->bytes_in += call->bytes_in;
    row->latency_sum_ms += call->latency_ms;
    if (call->latency_ms > row->latency_max_ms)
        row->latency_max_ms = call->latency_ms;
    (void)pthread_mutex_unlock(&meter->mutex);
    if (meter->fn)
        meter->fn(meter->user, call);
}

static int
compare_rows(const void *a, const void *b)
{
    const evc_meter_row *left = a;
    const evc_meter_row *right = b;
    int order = strcmp(left->provider, right->provider);

    return order ? order : strcmp(left->operation, right->operation);
}

int
evc_meter_snapshot(evc_meter *meter, evc_meter_row **rows, size_t *count,
                   evc_error **err)
{
    evc_meter_row *copy;

    *rows = NULL;
    *count = 0;
    (void)pthread_mutex_lock(&meter->mutex);
    copy = evc_mem_new_array(meter->count + 1, sizeof(*copy));
    for (size_t i = 0; copy && i < meter->count; i++)
        copy[i] = meter->rows[i];
    if (copy)
        *count = meter->count;
    if (copy && meter->other.calls)
        copy[(*count)++] = meter->other;
    (void)pthread_mutex_unlock(&meter->mutex);
    if (!copy)
        return evc_err_nomem(err);
    qsort(copy, *count, sizeof(*copy), compare_rows);
    *rows = copy;
    return 0;
}
