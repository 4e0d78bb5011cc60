/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locked memory, as the kernel counts it. Not in builds with a sanitizer, which makes
 * mlock do nothing.
 */
#include <grp.h>
#include <sys/resource.h>

#include "base/arena.h"
#include "base/env.h"
#include "evc-check.h"
#include "evc-child.h"
#include "smaps.h"

#define CHUNK_KIB ((long)(EVC_ARENA_CHUNK / 1024))
#define KEYS_OF_CHUNK 15 /* of 4,096 bytes */
#define NOBODY 65534

/* The rest of a child's life is without privileges and with that limit. false: not
 * possible. */
static bool
limit_locking_to(rlim_t bytes)
{
    struct rlimit limit = {bytes, bytes};

    if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0)
        return false;
    if (geteuid() != 0)
        return true;
    return setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0;
}

static evc_arena_status
status_of(evc_arena *arena)
{
    evc_arena_status status;

    evc_arena_get_status(arena, &status);
    return status;
}

/* The code of the first secret of 4,096 bytes that is refused, 0 when all fit. */
static int
fill(evc_arena *arena, size_t count)
{
    evc_secret secret;

    while (count--) {
        int rc = evc_secret_new(arena, 4096, &secret, NULL);

        if (rc != 0)
            return rc;
        memset(secret.bytes, 1, secret.size);
    }
    return 0;
}

START_TEST(locked_chunks_agree_with_the_kernels_count)
{
    long before = smaps_locked_kib();
    evc_arena *arena;

    ck_assert_int_ge(before, 0);
    EVC_CHECK_OK(evc_arena_open(EVC_ARENA_LIMIT, false, &arena, NULL));
    ck_assert_int_eq(smaps_locked_kib() - before,
                     (long)status_of(arena).locked_chunks * CHUNK_KIB);
    evc_arena_close(arena);
}
END_TEST

static int
grow_and_compare(void *user)
{
    long before = smaps_locked_kib();
    evc_arena *arena;

    (void)user;
    if (evc_arena_open(4 * EVC_ARENA_CHUNK, false, &arena, NULL) != 0 ||
        fill(arena, 4 * KEYS_OF_CHUNK) != 0)
        return 1;
    if (status_of(arena).chunks != 4)
        return 2;
    if (smaps_locked_kib() - before != (long)status_of(arena).locked_chunks * CHUNK_KIB)
        return 3;
    return 0;
}

START_TEST(grown_arena_agrees_with_the_kernels_count)
{
    EVC_CHECK_CHILD(grow_and_compare, NULL);
}
END_TEST

START_TEST(close_unlocks)
{
    long before = smaps_locked_kib();
    evc_arena *arena;

    EVC_CHECK_OK(evc_arena_open(EVC_ARENA_LIMIT, false, &arena, NULL));
    evc_arena_close(arena);
    ck_assert_int_eq(smaps_locked_kib(), before);
}
END_TEST

START_TEST(kernel_marks_a_locked_chunk)
{
    evc_arena *arena;
    evc_secret secret;

    EVC_CHECK_OK(evc_arena_open(1, true, &arena, NULL));
    EVC_CHECK_OK(evc_secret_new(arena, 4096, &secret, NULL));
    ck_assert(smaps_has_flag(secret.bytes, " lo"));
    evc_secret_free(&secret);
    evc_arena_close(arena);
}
END_TEST

static int
works_with_64_kib(void *user)
{
    evc_arena *arena;

    (void)user;
    if (!limit_locking_to(65536))
        return 1;
    if (evc_arena_open(EVC_ARENA_LIMIT, false, &arena, NULL) != 0)
        return 2;
    if (!evc_arena_chunk_is_locked(arena, 0))
        return 3;
    return fill(arena, KEYS_OF_CHUNK + 1) == 0 ? 0 : 4;
}

START_TEST(unprivileged_with_64_kib_the_arena_works)
{
    EVC_CHECK_CHILD(works_with_64_kib, NULL);
}
END_TEST

static int
says_so_with_64_kib(void *user)
{
    evc_arena *arena;

    (void)user;
    if (!limit_locking_to(65536))
        return 1;
    if (evc_arena_open(EVC_ARENA_LIMIT, false, &arena, NULL) != 0 ||
        fill(arena, KEYS_OF_CHUNK + 1) != 0)
        return 2;
    if (status_of(arena).chunks != 2 || status_of(arena).locked_chunks != 1)
        return 3;
    return evc_arena_chunk_is_locked(arena, 1) ? 4 : 0;
}

START_TEST(unprivileged_with_64_kib_the_second_chunk_is_told_to_be_unlocked)
{
    EVC_CHECK_CHILD(says_so_with_64_kib, NULL);
}
END_TEST

static int
required_with_64_kib(void *user)
{
    evc_arena *arena;

    (void)user;
    if (!limit_locking_to(65536))
        return 1;
    if (evc_arena_open(EVC_ARENA_LIMIT, true, &arena, NULL) != 0)
        return 2;
    if (fill(arena, KEYS_OF_CHUNK) != 0)
        return 3;
    if (fill(arena, 1) != ENVCRYPT_E_ARENA_UNLOCKED)
        return 4;
    return status_of(arena).chunks == 1 ? 0 : 5;
}

START_TEST(required_locking_refuses_to_grow_past_the_limit)
{
    EVC_CHECK_CHILD(required_with_64_kib, NULL);
}
END_TEST

static int
works_with_nothing(void *user)
{
    evc_arena *arena;

    (void)user;
    if (!limit_locking_to(0))
        return 1;
    if (evc_arena_open(EVC_ARENA_LIMIT, false, &arena, NULL) != 0)
        return 2;
    if (status_of(arena).locked_chunks != 0)
        return 3;
    return fill(arena, 1) == 0 ? 0 : 4;
}

START_TEST(without_any_locking_the_arena_works)
{
    EVC_CHECK_CHILD(works_with_nothing, NULL);
}
END_TEST

static int
required_with_nothing(void *user)
{
    evc_arena *arena;
    evc_error *err = NULL;
    int bad = 0;

    (void)user;
    if (!limit_locking_to(65535))
        return 1;
    if (evc_arena_open(EVC_ARENA_LIMIT, true, &arena, &err) !=
        ENVCRYPT_E_ARENA_UNLOCKED)
        bad = 2;
    else if (arena || !strstr(evc_error_message(err), "RLIMIT_MEMLOCK"))
        bad = 3;
    evc_error_free(err);
    return bad;
}

START_TEST(required_locking_refuses_to_open_one_byte_below_a_chunk)
{
    EVC_CHECK_CHILD(required_with_nothing, NULL);
}
END_TEST

typedef struct lines {
    int count;
    int32_t level;
    char last[256];
} lines;

static void
take_line(void *user, int32_t level, const char *text)
{
    lines *l = user;

    l->count++;
    l->level = level;
    (void)snprintf(l->last, sizeof(l->last), "%s", text);
}

/* An arena of two chunks, and what may be locked. */
static const struct told {
    rlim_t limit;
    const char *line; /* how it begins; NULL = there is none */
} told[] = {
    {0, "nothing of the memory for keys can be locked"},
    {EVC_ARENA_CHUNK - 1, "nothing of the memory for keys can be locked"},
    {EVC_ARENA_CHUNK, "not all of the memory for keys can be locked"},
    {2 * EVC_ARENA_CHUNK - 1, "not all of the memory for keys can be locked"},
    {2 * EVC_ARENA_CHUNK, NULL},
};

static int
open_env(void *user)
{
    const struct told *t = user;
    lines l = {0};
    evc_log log = {.sink = take_line, .user = &l, .level = ENVCRYPT_LOG_WARNING};
    evc_env *env;

    if (!limit_locking_to(t->limit))
        return 1;
    if (evc_env_open(2 * EVC_ARENA_CHUNK, false, NULL, &log, &env, NULL) != 0)
        return 2;
    if (fill(env->arena, KEYS_OF_CHUNK + 1) != 0)
        return 3;
    if (!t->line)
        return l.count == 0 && status_of(env->arena).locked_chunks == 2 ? 0 : 4;
    if (l.count != 1 || l.level != ENVCRYPT_LOG_WARNING)
        return 5;
    return strncmp(l.last, t->line, strlen(t->line)) == 0 &&
                   strstr(l.last, "raise RLIMIT_MEMLOCK to 131072 bytes")
               ? 0
               : 6;
}

START_TEST(env_logs_once_what_of_the_memory_cannot_be_locked)
{
    struct told t = told[_i];

    EVC_CHECK_CHILD(open_env, &t);
}
END_TEST

static int
look_ahead(void *user)
{
    long before = smaps_locked_kib();
    evc_arena *arena;

    (void)user;
    if (evc_arena_open(64 * EVC_ARENA_CHUNK, false, &arena, NULL) != 0)
        return 1;
    (void)evc_arena_can_be_locked(arena);
    return smaps_locked_kib() - before ==
                   (long)status_of(arena).locked_chunks * CHUNK_KIB
               ? 0
               : 2;
}

START_TEST(looking_ahead_locks_nothing)
{
    EVC_CHECK_CHILD(look_ahead, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        locked_chunks_agree_with_the_kernels_count,
        grown_arena_agrees_with_the_kernels_count,
        close_unlocks,
        kernel_marks_a_locked_chunk,
        unprivileged_with_64_kib_the_arena_works,
        unprivileged_with_64_kib_the_second_chunk_is_told_to_be_unlocked,
        required_locking_refuses_to_grow_past_the_limit,
        without_any_locking_the_arena_works,
        required_locking_refuses_to_open_one_byte_below_a_chunk,
        looking_ahead_locks_nothing,
        NULL,
    };
    TCase *env = tcase_create("env");

    evc_check_add(suite, "memlock", tests);
    tcase_add_loop_test(env, env_logs_once_what_of_the_memory_cannot_be_locked, 0,
                        (int)(sizeof(told) / sizeof(told[0])));
    suite_add_tcase(suite, env);
}

EVC_TEST_MAIN("memlock", add_tests)
