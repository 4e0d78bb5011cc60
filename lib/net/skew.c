/* SPDX-License-Identifier: Apache-2.0 */
#include "net/skew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"

typedef struct offset {
    char *host;
    int64_t ms;
} offset;

struct evc_skew {
    uint64_t generation;
    atomic_bool any; /* without it nobody takes the lock */
    pthread_mutex_t mutex;
    size_t next; /* whose place the next host takes */
    offset offsets[EVC_SKEW_HOSTS];
};

int
evc_skew_open(evc_skew **out, evc_error **err)
{
    evc_skew *skew = evc_mem_new(sizeof(*skew));

    *out = NULL;
    if (!skew)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&skew->mutex, NULL) != 0) {
        evc_mem_free(skew);
        return evc_err_nomem(err);
    }
    skew->generation = evc_fork_generation();
    atomic_init(&skew->any, false);
    *out = skew;
    return 0;
}

void
evc_skew_close(evc_skew *skew)
{
    if (!skew)
        return;
    if (evc_fork_is_current(skew->generation))
        (void)pthread_mutex_destroy(&skew->mutex);
    for (size_t i = 0; i < EVC_SKEW_HOSTS; i++)
        evc_mem_free(skew->offsets[i].host);
    evc_mem_free(skew);
}

/* With the lock held. */
static offset *
find(evc_skew *skew, const char *host)
{
    for (size_t i = 0; i < EVC_SKEW_HOSTS; i++) {
        offset *one = &skew->offsets[i];

        if (one->host && strcmp(one->host, host) == 0)
            return one;
    }
    return NULL;
}

int64_t
evc_skew_of(evc_skew *skew, const char *host)
{
    const offset *found;
    int64_t ms;

    if (!atomic_load_explicit(&skew->any, memory_order_acquire))
        return 0;
    (void)pthread_mutex_lock(&skew->mutex);
    found = find(skew, host);
    ms = found ? found->ms : 0;
    (void)pthread_mutex_unlock(&skew->mutex);
    return ms;
}

/* With the lock held. NULL when memory is out: then nothing is remembered. */
static offset *
add(evc_skew *skew, const char *host)
{
    char *name = evc_mem_strdup(host);
    offset *place = &skew->offsets[skew->next];

    if (!name)
        return NULL;
    skew->next = (skew->next + 1) % EVC_SKEW_HOSTS;
    evc_mem_free(place->host);
    *place = (offset){.host = name};
    return place;
}

static bool
is_worth_it(int64_t a, int64_t b)
{
    return a > b ? a - b >= EVC_SKEW_MIN_MS : b - a >= EVC_SKEW_MIN_MS;
}

bool
evc_skew_learn(evc_skew *skew, const char *host, int64_t now_ms, int64_t date_ms)
{
    offset *one;
    bool changed;

    if (date_ms < 0 || now_ms < 0) /* no date, or a clock that may overflow the sum */
        return false;
    (void)pthread_mutex_lock(&skew->mutex);
    one = find(skew, host);
    changed = is_worth_it(date_ms - now_ms, one ? one->ms : 0);
    if (changed && !one)
        one = add(skew, host);
    if (changed && one)
        one->ms = date_ms - now_ms;
    if (one)
        atomic_store_explicit(&skew->any, true, memory_order_release);
    (void)pthread_mutex_unlock(&skew->mutex);
    return changed && one;
}
