/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/dek_cache.h"

#include <pthread.h>
#include <time.h>

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

static evc_env *env;
static evc_dek_cache *cache;
static struct envcrypt_cache_config config;
static atomic_int_least64_t now_ms;

static int64_t
tell_ms(void *user)
{
    (void)user;
    return atomic_load(&now_ms);
}

static void
setup(void)
{
    const evc_clock clock = {.monotonic_ms = tell_ms};

    atomic_store(&now_ms, 1000);
    evc_dek_cache_defaults(&config);
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, &clock, NULL, &env, NULL));
}

static size_t
used_slots(void)
{
    evc_arena_status status;

    evc_arena_get_status(env->arena, &status);
    return status.used_slots;
}

static void
teardown(void)
{
    evc_dek_cache_unref(cache);
    cache = NULL;
    ck_assert_uint_eq(used_slots(), 0);
    evc_env_unref(env);
}

static void
open_cache(void)
{
    EVC_CHECK_OK(evc_dek_cache_open(env, &config, &cache, NULL));
}

/* What a making does, and how often it was asked to. */
typedef struct maker {
    atomic_int makes;
    atomic_int fail; /* so many of the first ones fail */
    long pause_ms;
} maker;

static void
pause_ms(long ms)
{
    const struct timespec time = {0, ms * 1000000};

    (void)nanosleep(&time, NULL);
}

/* The key is 32 bytes of the number of the making; the note is "n" and that number. */
static int
make(void *user, evc_wait *wait, evc_secret *key, evc_buf *note, evc_error **err)
{
    maker *m = user;
    int number = atomic_fetch_add(&m->makes, 1) + 1;
    int rc;

    (void)wait;
    if (m->pause_ms)
        pause_ms(m->pause_ms);
    rc = evc_secret_new(env->arena, 32, key, err);
    if (rc)
        return rc;
    memset(key->bytes, number, 32);
    evc_buf_put_format(note, "n%d", number);
    if (atomic_fetch_sub(&m->fail, 1) > 0)
        return evc_err(err, ENVCRYPT_E_KEY_DISABLED, "disabled");
    return evc_buf_check(note, err);
}

static const uint8_t *
id_of(uint8_t number)
{
    static _Thread_local uint8_t id[EVC_DEK_CACHE_ID];

    id[0] = number;
    return id;
}

/* The number of the making whose key came, or an error. */
static int
get(maker *m, uint8_t id, uint64_t uses, uint64_t bytes, evc_wait *wait)
{
    const evc_dek_use use = {id_of(id), uses, bytes};
    evc_secret key;
    evc_buf note;
    char expected[16];
    int rc = evc_dek_cache_get(cache, &use, make, m, wait, &key, &note, NULL);

    if (rc) {
        ck_assert_ptr_null(key.bytes);
        ck_assert_uint_eq(note.size, 0);
        return rc;
    }
    rc = key.bytes[31];
    (void)snprintf(expected, sizeof(expected), "n%d", rc);
    ck_assert(evc_view_is_text(evc_buf_view(&note), expected));
    evc_secret_free(&key);
    evc_buf_reset(&note);
    return rc;
}

static int
write_one(maker *m, uint8_t id)
{
    return get(m, id, 1, 10, NULL);
}

static int
read_one(maker *m, uint8_t id)
{
    return get(m, id, 0, 0, NULL);
}

static uint64_t
count(int32_t counter)
{
    return evc_dek_cache_count(cache, counter);
}

START_TEST(the_defaults_are_those_of_the_header)
{
    ck_assert_uint_eq(config.entries, 1000);
    ck_assert_int_eq(config.age_ms, 300000);
    ck_assert_uint_eq(config.messages, UINT64_C(4294967296));
    ck_assert_uint_eq(config.bytes, UINT64_C(9223372036854775807));
}
END_TEST

START_TEST(a_key_is_made_once)
{
    maker m = {.pause_ms = 0};

    open_cache();
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(write_one(&m, 1), 1);
    ck_assert_int_eq(write_one(&m, 2), 2);
    ck_assert_int_eq(write_one(&m, 1), 1);
}
END_TEST

START_TEST(counters_tell_what_happened)
{
    maker m = {.pause_ms = 0};

    open_cache();
    (void)write_one(&m, 1);
    (void)write_one(&m, 1);
    (void)write_one(&m, 1);
    (void)write_one(&m, 2);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_ENTRIES), 2);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_HITS), 2);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_MISSES), 2);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_WAITS), 0);
    ck_assert_uint_eq(count(0), 0);
    ck_assert_uint_eq(count(5), 0);
}
END_TEST

START_TEST(a_key_is_used_until_its_age)
{
    maker m = {.pause_ms = 0};

    config.age_ms = 500;
    open_cache();
    ck_assert_int_eq(read_one(&m, 1), 1);
    atomic_store(&now_ms, 1499);
    ck_assert_int_eq(read_one(&m, 1), 1);
    atomic_store(&now_ms, 1500);
    ck_assert_int_eq(read_one(&m, 1), 2);
}
END_TEST

START_TEST(other_look_ups_wipe_what_expired)
{
    maker m = {.pause_ms = 0};

    config.age_ms = 500;
    open_cache();
    for (uint8_t i = 0; i < 6; i++)
        (void)read_one(&m, i);
    ck_assert_uint_eq(used_slots(), 6);
    atomic_store(&now_ms, 1500);
    (void)read_one(&m, 100);
    ck_assert_uint_eq(used_slots(), 3); /* four at once, and the new one */
    (void)read_one(&m, 100);
    ck_assert_uint_eq(used_slots(), 1);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_ENTRIES), 1);
}
END_TEST

START_TEST(a_key_encrypts_as_many_messages_as_the_limit)
{
    maker m = {.pause_ms = 0};

    config.messages = 3;
    open_cache();
    ck_assert_int_eq(write_one(&m, 1), 1);
    ck_assert_int_eq(write_one(&m, 1), 1);
    ck_assert_uint_eq(used_slots(), 1);
    ck_assert_int_eq(write_one(&m, 1), 1);
    ck_assert_uint_eq(used_slots(), 0); /* used up, so wiped at once */
    ck_assert_int_eq(write_one(&m, 1), 2);
}
END_TEST

START_TEST(a_limit_of_one_message_keeps_nothing)
{
    maker m = {.pause_ms = 0};

    config.messages = 1;
    open_cache();
    ck_assert_int_eq(write_one(&m, 1), 1);
    ck_assert_int_eq(write_one(&m, 1), 2);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_ENTRIES), 0);
}
END_TEST

START_TEST(a_key_encrypts_as_many_bytes_as_the_limit)
{
    maker m = {.pause_ms = 0};

    config.bytes = 100;
    open_cache();
    ck_assert_int_eq(get(&m, 1, 1, 60, NULL), 1);
    ck_assert_int_eq(get(&m, 1, 1, 40, NULL), 1);
    ck_assert_uint_eq(used_slots(), 0);
    ck_assert_int_eq(get(&m, 1, 1, 60, NULL), 2);
    ck_assert_int_eq(get(&m, 1, 1, 41, NULL), 3); /* would be 101 */
}
END_TEST

START_TEST(a_message_past_the_limit_has_a_key_of_its_own)
{
    maker m = {.pause_ms = 0};

    config.bytes = 100;
    open_cache();
    ck_assert_int_eq(get(&m, 1, 1, 101, NULL), 1);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_ENTRIES), 0);
    ck_assert_int_eq(get(&m, 1, 1, UINT64_MAX, NULL), 2);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_ENTRIES), 0);
}
END_TEST

START_TEST(a_limit_of_no_bytes_serves_empty_messages)
{
    maker m = {.pause_ms = 0};

    config.bytes = 0;
    open_cache();
    ck_assert_int_eq(get(&m, 1, 1, 0, NULL), 1);
    ck_assert_int_eq(get(&m, 1, 1, 0, NULL), 1);
    ck_assert_int_eq(get(&m, 1, 1, 1, NULL), 2);
}
END_TEST

START_TEST(reading_is_limited_by_age_alone)
{
    maker m = {.pause_ms = 0};

    config.messages = 1;
    config.bytes = 0;
    open_cache();
    ck_assert_int_eq(read_one(&m, 1), 1);
    ck_assert_int_eq(read_one(&m, 1), 1);
    ck_assert_int_eq(read_one(&m, 1), 1);
}
END_TEST

START_TEST(the_least_recently_used_entry_goes_first)
{
    maker m = {.pause_ms = 0};

    config.entries = 3;
    open_cache();
    (void)read_one(&m, 1);
    (void)read_one(&m, 2);
    (void)read_one(&m, 3);
    (void)read_one(&m, 1);
    (void)read_one(&m, 4); /* in the place of 2 */
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_ENTRIES), 3);
    ck_assert_uint_eq(used_slots(), 3);
    ck_assert_int_eq(read_one(&m, 1), 1);
    ck_assert_int_eq(read_one(&m, 3), 3);
    ck_assert_int_eq(read_one(&m, 4), 4);
    ck_assert_int_eq(read_one(&m, 2), 5);
}
END_TEST

START_TEST(one_entry_is_enough)
{
    maker m = {.pause_ms = 0};

    config.entries = 1;
    open_cache();
    ck_assert_int_eq(read_one(&m, 1), 1);
    ck_assert_int_eq(read_one(&m, 1), 1);
    ck_assert_int_eq(read_one(&m, 2), 2);
    ck_assert_int_eq(read_one(&m, 1), 3);
}
END_TEST

START_TEST(clearing_wipes_all_keys)
{
    maker m = {.pause_ms = 0};

    open_cache();
    (void)read_one(&m, 1);
    (void)read_one(&m, 2);
    evc_dek_cache_clear(cache);
    ck_assert_uint_eq(used_slots(), 0);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_ENTRIES), 0);
    ck_assert_int_eq(read_one(&m, 1), 3);
}
END_TEST

START_TEST(forgetting_wipes_one_key)
{
    maker m = {.pause_ms = 0};

    open_cache();
    (void)read_one(&m, 1);
    (void)read_one(&m, 2);
    evc_dek_cache_forget(cache, id_of(1));
    evc_dek_cache_forget(cache, id_of(3)); /* is not there */
    ck_assert_uint_eq(used_slots(), 1);
    ck_assert_int_eq(read_one(&m, 2), 2);
    ck_assert_int_eq(read_one(&m, 1), 3);
}
END_TEST

static int
make_and_clear(void *user, evc_wait *wait, evc_secret *key, evc_buf *note,
               evc_error **err)
{
    evc_dek_cache_clear(cache);
    return make(user, wait, key, note, err);
}

START_TEST(a_key_that_is_made_while_the_cache_is_cleared_is_not_kept)
{
    maker m = {.pause_ms = 0};
    evc_secret key;
    evc_buf note;

    open_cache();
    EVC_CHECK_OK(evc_dek_cache_get(cache, &(evc_dek_use){id_of(1), 1, 1},
                                   make_and_clear, &m, NULL, &key, &note, NULL));
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_ENTRIES), 0);
    evc_secret_free(&key);
    evc_buf_reset(&note);
}
END_TEST

START_TEST(a_failed_making_is_not_kept)
{
    maker m = {.fail = 1};
    evc_error *err = NULL;
    evc_secret key;
    evc_buf note;

    open_cache();
    EVC_CHECK_CODE(evc_dek_cache_get(cache, &(evc_dek_use){id_of(1), 1, 1}, make, &m,
                                     NULL, &key, &note, &err),
                   ENVCRYPT_E_KEY_DISABLED);
    ck_assert_str_eq(evc_error_message(err), "disabled");
    ck_assert_ptr_null(key.bytes);
    ck_assert_uint_eq(note.size, 0);
    ck_assert_uint_eq(used_slots(), 0);
    evc_error_free(err);
    ck_assert_int_eq(write_one(&m, 1), 2);
}
END_TEST

/* --- threads --- */

#define THREADS 64

typedef struct thread {
    pthread_t thread;
    maker *m;
    uint8_t id;
    evc_wait *wait;
    int result;
} thread;

static void *
run_get(void *arg)
{
    thread *t = arg;

    t->result = get(t->m, t->id, 1, 1, t->wait);
    return NULL;
}

static void
start(thread *threads, size_t number, maker *m)
{
    for (size_t i = 0; i < number; i++) {
        threads[i].m = m;
        ck_assert_int_eq(pthread_create(&threads[i].thread, NULL, run_get, &threads[i]),
                         0);
    }
}

static void
join(thread *threads, size_t number)
{
    for (size_t i = 0; i < number; i++)
        ck_assert_int_eq(pthread_join(threads[i].thread, NULL), 0);
}

START_TEST(of_64_threads_one_makes_the_key)
{
    static thread threads[THREADS];
    maker m = {.pause_ms = 50};

    open_cache();
    start(threads, THREADS, &m);
    join(threads, THREADS);
    ck_assert_int_eq(m.makes, 1);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(threads[i].result, 1);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_MISSES), 1);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_HITS), THREADS - 1);
}
END_TEST

START_TEST(when_a_making_fails_one_of_those_that_wait_tries_next)
{
    static thread threads[THREADS];
    maker m = {.fail = 2, .pause_ms = 50};
    int failed = 0;

    open_cache();
    start(threads, THREADS, &m);
    join(threads, THREADS);
    ck_assert_int_eq(m.makes, 3);
    for (size_t i = 0; i < THREADS; i++) {
        if (threads[i].result == ENVCRYPT_E_KEY_DISABLED)
            failed++;
        else
            ck_assert_int_eq(threads[i].result, 3);
    }
    ck_assert_int_eq(failed, 2);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_MISSES), 3);
}
END_TEST

START_TEST(other_ids_do_not_wait)
{
    thread slow = {.id = 1};
    maker m = {.pause_ms = 50};
    maker quick = {.pause_ms = 0};

    open_cache();
    start(&slow, 1, &m);
    while (count(ENVCRYPT_CACHE_MISSES) == 0)
        pause_ms(1);
    ck_assert_int_eq(write_one(&quick, 2), 1);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_WAITS), 0);
    join(&slow, 1);
}
END_TEST

START_TEST(many_threads_with_many_ids_agree)
{
    static thread threads[THREADS];
    maker m = {.pause_ms = 1};

    config.entries = 4;
    config.messages = 3;
    open_cache();
    for (size_t i = 0; i < THREADS; i++)
        threads[i].id = (uint8_t)(i % 8);
    start(threads, THREADS, &m);
    join(threads, THREADS);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_gt(threads[i].result, 0);
    ck_assert_uint_le(count(ENVCRYPT_CACHE_ENTRIES), 4);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_HITS) + count(ENVCRYPT_CACHE_MISSES),
                      THREADS);
}
END_TEST

static atomic_int holding; /* makings that are held up */

static int
make_when_released(void *user, evc_wait *wait, evc_secret *key, evc_buf *note,
                   evc_error **err)
{
    while (atomic_load(&holding))
        pause_ms(1);
    return make(user, wait, key, note, err);
}

static void *
run_held(void *arg)
{
    evc_secret key;
    evc_buf note;
    thread *t = arg;

    t->result = evc_dek_cache_get(cache, &(evc_dek_use){id_of(t->id), 1, 1},
                                  make_when_released, t->m, NULL, &key, &note, NULL);
    evc_secret_free(&key);
    evc_buf_reset(&note);
    return NULL;
}

/* A thread that makes key 1 until it is released. */
static void
start_held(thread *t, maker *m)
{
    *t = (thread){.m = m, .id = 1};
    atomic_store(&holding, 1);
    ck_assert_int_eq(pthread_create(&t->thread, NULL, run_held, t), 0);
    while (count(ENVCRYPT_CACHE_MISSES) == 0)
        pause_ms(1);
}

static void
release(thread *t)
{
    atomic_store(&holding, 0);
    ck_assert_int_eq(pthread_join(t->thread, NULL), 0);
    EVC_CHECK_OK(t->result);
}

START_TEST(who_waits_has_a_deadline_of_its_own)
{
    thread t;
    maker m = {.pause_ms = 0};
    evc_wait wait;

    open_cache();
    start_held(&t, &m);
    evc_wait_init(&wait, NULL, 5);
    EVC_CHECK_CODE(get(&m, 1, 1, 1, &wait), ENVCRYPT_E_TIMEOUT);
    evc_wait_release(&wait);
    release(&t);
    ck_assert_int_eq(write_one(&m, 1), 1);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_WAITS), 1);
}
END_TEST

START_TEST(who_waits_can_be_canceled)
{
    thread held;
    thread waiting = {.id = 1};
    maker m = {.pause_ms = 0};
    evc_wait wait;

    open_cache();
    start_held(&held, &m);
    evc_wait_init(&wait, NULL, -1);
    waiting.wait = &wait;
    start(&waiting, 1, &m);
    while (count(ENVCRYPT_CACHE_WAITS) == 0)
        pause_ms(1);
    evc_wait_cancel(&wait);
    join(&waiting, 1);
    EVC_CHECK_CODE(waiting.result, ENVCRYPT_E_CANCELED);
    evc_wait_release(&wait);
    release(&held);
}
END_TEST

START_TEST(who_may_not_sleep_does_not_wait)
{
    thread t;
    maker m = {.pause_ms = 0};
    evc_wait wait;

    open_cache();
    start_held(&t, &m);
    evc_wait_init(&wait, NULL, 0);
    EVC_CHECK_CODE(get(&m, 1, 1, 1, &wait), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(get(&m, 2, 1, 1, &wait), 1);
    evc_wait_release(&wait);
    release(&t);
}
END_TEST

START_TEST(a_cache_that_is_shared_lives_on)
{
    maker m = {.pause_ms = 0};
    evc_dek_cache *other;

    open_cache();
    other = evc_dek_cache_ref(cache);
    evc_dek_cache_unref(cache);
    ck_assert_int_eq(write_one(&m, 1), 1);
    cache = other;
    ck_assert_ptr_eq(evc_dek_cache_env(cache), env);
    ck_assert_ptr_null(evc_dek_cache_ref(NULL));
    evc_dek_cache_unref(NULL);
}
END_TEST

/* --- memory --- */

START_TEST(a_key_without_room_in_the_cache_is_used)
{
    static evc_secret fill[2048];
    maker m = {.pause_ms = 0};
    size_t n = 0;

    evc_env_unref(env);
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_CHUNK, false, NULL, NULL, &env, NULL));
    open_cache();
    while (evc_secret_new(env->arena, 32, &fill[n], NULL) == 0)
        n++;
    evc_secret_free(&fill[--n]); /* room for the caller's key, and none for a copy */
    ck_assert_int_eq(write_one(&m, 1), 1);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_ENTRIES), 0);
    while (n > 0)
        evc_secret_free(&fill[--n]);
    ck_assert_int_eq(write_one(&m, 1), 2);
    ck_assert_uint_eq(count(ENVCRYPT_CACHE_ENTRIES), 1);
}
END_TEST

static int
get_twice(void *user)
{
    evc_dek_cache *made;
    maker m = {.pause_ms = 0};
    int rc = evc_dek_cache_open(env, &config, &made, NULL);

    (void)user;
    for (int i = 0; rc == 0 && i < 2; i++) {
        evc_secret key;
        evc_buf note;

        rc = evc_dek_cache_get(made, &(evc_dek_use){id_of(1), 1, 1}, make, &m, NULL,
                               &key, &note, NULL);
        evc_secret_free(&key);
        evc_buf_reset(&note);
    }
    evc_dek_cache_unref(made);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_alloc_sweep(get_twice, NULL);
}
END_TEST

static int
use_in_child(void *user)
{
    evc_secret key;
    evc_buf note;

    if (evc_dek_cache_get(cache, &(evc_dek_use){id_of(1), 1, 1}, make, user, NULL, &key,
                          &note, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    evc_dek_cache_clear(cache);
    evc_dek_cache_unref(cache);
    return 0;
}

/* While a thread that the child does not have makes a key. */
START_TEST(a_child_cannot_use_a_cache)
{
    thread t;
    maker m = {.pause_ms = 0};

    open_cache();
    ck_assert_int_eq(write_one(&m, 3), 1);
    start_held(&t, &m);
    EVC_CHECK_CHILD(use_in_child, &m);
    release(&t);
}
END_TEST

static void
add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const limits[] = {
        the_defaults_are_those_of_the_header,
        a_key_is_made_once,
        counters_tell_what_happened,
        a_key_is_used_until_its_age,
        other_look_ups_wipe_what_expired,
        a_key_encrypts_as_many_messages_as_the_limit,
        a_limit_of_one_message_keeps_nothing,
        a_key_encrypts_as_many_bytes_as_the_limit,
        a_message_past_the_limit_has_a_key_of_its_own,
        a_limit_of_no_bytes_serves_empty_messages,
        reading_is_limited_by_age_alone,
        the_least_recently_used_entry_goes_first,
        one_entry_is_enough,
        clearing_wipes_all_keys,
        forgetting_wipes_one_key,
        a_key_that_is_made_while_the_cache_is_cleared_is_not_kept,
        a_failed_making_is_not_kept,
        NULL};
    const TTest *const threads[] = {
        of_64_threads_one_makes_the_key,
        when_a_making_fails_one_of_those_that_wait_tries_next,
        other_ids_do_not_wait,
        many_threads_with_many_ids_agree,
        who_waits_has_a_deadline_of_its_own,
        who_waits_can_be_canceled,
        who_may_not_sleep_does_not_wait,
        a_cache_that_is_shared_lives_on,
        NULL};
    const TTest *const memory[] = {a_key_without_room_in_the_cache_is_used,
                                   survives_memory_that_runs_out,
                                   a_child_cannot_use_a_cache, NULL};

    add(suite, "limits", limits);
    add(suite, "threads", threads);
    add(suite, "memory", memory);
}

EVC_TEST_MAIN("dek_cache", add_tests)
