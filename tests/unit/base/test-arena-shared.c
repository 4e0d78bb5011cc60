/* SPDX-License-Identifier: Apache-2.0 */
/* An arena that threads share, and that a child of fork inherits. */
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/mem.h"
#include "evc-check.h"
#include "evc-child.h"

static const size_t slot_sizes[] = {64, 256, 4096};

static bool
holds(const evc_secret *secret, uint8_t byte)
{
    for (size_t i = 0; i < secret->size; i++) {
        if (secret->bytes[i] != byte)
            return false;
    }
    return true;
}

static evc_arena_status
status_of(evc_arena *arena)
{
    evc_arena_status status;

    evc_arena_get_status(arena, &status);
    return status;
}

typedef struct worker {
    evc_arena *arena;
    uint8_t byte;
    int rounds;
    atomic_bool *stop;
    bool failed;
} worker;

static void
use_one(worker *w, size_t size)
{
    evc_secret secret;

    if (evc_secret_new(w->arena, size, &secret, NULL) != 0) {
        w->failed = true;
        return;
    }
    if (!evc_mem_is_zero(secret.bytes, secret.size))
        w->failed = true;
    memset(secret.bytes, w->byte, secret.size);
    if (!holds(&secret, w->byte))
        w->failed = true;
    evc_secret_free(&secret);
}

static void *
use_many(void *user)
{
    worker *w = user;

    for (int i = 0; i < w->rounds && !atomic_load(w->stop); i++)
        use_one(w, slot_sizes[i % 3]);
    return NULL;
}

START_TEST(threads_share_an_arena)
{
    evc_arena *arena;
    atomic_bool stop = false;
    pthread_t threads[4];
    worker workers[4];

    EVC_CHECK_OK(evc_arena_open(1, false, &arena, NULL));
    for (size_t i = 0; i < 4; i++) {
        workers[i] = (worker){arena, (uint8_t)(i + 1), 10000, &stop, false};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use_many, &workers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        ck_assert(!workers[i].failed);
    }
    ck_assert_uint_eq(status_of(arena).used_slots, 0);
    evc_arena_close(arena);
}
END_TEST

typedef struct inherited {
    evc_arena *arena;
    evc_secret secret;
} inherited;

static inherited
make_inherited(void)
{
    inherited in;

    EVC_CHECK_OK(evc_arena_open(1, false, &in.arena, NULL));
    EVC_CHECK_OK(evc_secret_new(in.arena, 32, &in.secret, NULL));
    memset(in.secret.bytes, 0xa5, 32);
    return in;
}

static void
drop_inherited(inherited *in)
{
    ck_assert(holds(&in->secret, 0xa5)); /* whatever a child did */
    evc_secret_free(&in->secret);
    evc_arena_close(in->arena);
}

static int
new_in_child(void *user)
{
    inherited *in = user;
    evc_secret secret;

    return evc_secret_new(in->arena, 32, &secret, NULL) == ENVCRYPT_E_FORKED &&
                   !secret.bytes
               ? 0
               : 1;
}

START_TEST(child_gets_forked_from_new)
{
    inherited in = make_inherited();

    EVC_CHECK_CHILD(new_in_child, &in);
    drop_inherited(&in);
}
END_TEST

static int
read_in_child(void *user)
{
    inherited *in = user;

    return evc_mem_is_zero(in->secret.bytes, in->secret.size) ? 0 : 1;
}

START_TEST(child_reads_zeros_exactly_where_status_says_so)
{
    inherited in = make_inherited();
    int status = evc_child_status(read_in_child, &in);

    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), status_of(in.arena).fork_wiped ? 0 : 1);
    drop_inherited(&in);
}
END_TEST

static int
free_in_child(void *user)
{
    inherited *in = user;

    evc_secret_free(&in->secret);
    evc_arena_close(in->arena);
    return in->secret.bytes ? 1 : 0;
}

START_TEST(child_may_free_and_close)
{
    inherited in = make_inherited();

    EVC_CHECK_CHILD(free_in_child, &in);
    drop_inherited(&in);
}
END_TEST

static int
close_in_child(void *user)
{
    inherited *in = user;

    evc_arena_close(in->arena);
    return 0;
}

START_TEST(child_may_close_without_freeing)
{
    inherited in = make_inherited();

    EVC_CHECK_CHILD(close_in_child, &in);
    drop_inherited(&in);
}
END_TEST

static int
free_after_close_in_child(void *user)
{
    inherited *in = user;

    evc_arena_close(in->arena);
    evc_secret_free(&in->secret);
    return in->secret.bytes ? 1 : 0;
}

START_TEST(child_may_free_after_closing)
{
    inherited in = make_inherited();

    EVC_CHECK_CHILD(free_after_close_in_child, &in);
    drop_inherited(&in);
}
END_TEST

static int
status_in_child(void *user)
{
    inherited *in = user;
    evc_arena_status status;

    evc_arena_get_status(in->arena, &status);
    if (status.chunks || status.used_slots || status.not_dumped)
        return 1;
    return evc_arena_chunk_is_locked(in->arena, 0) ? 2 : 0;
}

START_TEST(child_reads_a_status_of_zeros)
{
    inherited in = make_inherited();

    EVC_CHECK_CHILD(status_in_child, &in);
    drop_inherited(&in);
}
END_TEST

static int
open_in_child(void *user)
{
    evc_arena *arena;
    evc_secret secret;

    (void)user;
    if (evc_arena_open(1, false, &arena, NULL) != 0)
        return 1;
    if (evc_secret_new(arena, 32, &secret, NULL) != 0)
        return 2;
    memset(secret.bytes, 1, 32);
    if (!holds(&secret, 1))
        return 3;
    evc_secret_free(&secret);
    evc_arena_close(arena);
    return 0;
}

START_TEST(child_may_open_its_own)
{
    inherited in = make_inherited();

    EVC_CHECK_CHILD(open_in_child, &in);
    drop_inherited(&in);
}
END_TEST

/* The lock is often held at the moment of the fork; the child must not wait for it. */
START_TEST(child_never_waits_for_a_lock_of_the_parent)
{
    inherited in = make_inherited();
    atomic_bool stop = false;
    worker w = {in.arena, 7, INT32_MAX, &stop, false};
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, use_many, &w), 0);
    for (int i = 0; i < 100; i++) {
        inherited copy = in;

        EVC_CHECK_CHILD(new_in_child, &copy);
        EVC_CHECK_CHILD(free_in_child, &copy);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
    ck_assert(!w.failed);
    drop_inherited(&in);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        threads_share_an_arena,
        child_gets_forked_from_new,
        child_reads_zeros_exactly_where_status_says_so,
        child_may_free_and_close,
        child_may_close_without_freeing,
        child_may_free_after_closing,
        child_reads_a_status_of_zeros,
        child_may_open_its_own,
        child_never_waits_for_a_lock_of_the_parent,
        NULL,
    };

    evc_check_add(suite, "arena-shared", tests);
}

EVC_TEST_MAIN("arena-shared", add_tests)
