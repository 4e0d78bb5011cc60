/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

#define KEYS_OF_64 813  /* that one chunk holds: 15 runs of 51 slots and one of 48 */
#define KEYS_OF_256 239 /* 15 runs of 15 and one of 14 */
#define KEYS_OF_4096 15 /* 15 runs of 1 */
#define KEYS_OF_16384 3 /* 3 spans of 4 runs */
#define CANARY_SIZE 16

static const size_t slot_sizes[] = {64, 256, 4096, 16384};
#define SIZES (sizeof(slot_sizes) / sizeof(slot_sizes[0]))

/* Of one chunk; each test has its own. */
static evc_arena *small;

/* Room for what a test takes; not on the stack for its size. */
static evc_secret secrets[KEYS_OF_64 + 1];

static void
open_small(void)
{
    EVC_CHECK_OK(evc_arena_open(1, false, &small, NULL));
}

static void
close_small(void)
{
    evc_arena_close(small);
}

static evc_arena *
open_arena(size_t limit)
{
    evc_arena *arena = NULL;

    EVC_CHECK_OK(evc_arena_open(limit, false, &arena, NULL));
    return arena;
}

static evc_secret
new_secret(evc_arena *arena, size_t size)
{
    evc_secret secret;

    EVC_CHECK_OK(evc_secret_new(arena, size, &secret, NULL));
    return secret;
}

static evc_arena_status
status_of(evc_arena *arena)
{
    evc_arena_status status;

    evc_arena_get_status(arena, &status);
    return status;
}

/* How many secrets of size fit until the arena refuses with code. */
static size_t
fill(evc_arena *arena, size_t size, int *code)
{
    size_t count = 0;

    *code = 0;
    while (count < KEYS_OF_64 + 1) {
        *code = evc_secret_new(arena, size, &secrets[count], NULL);
        if (*code != 0)
            break;
        count++;
    }
    return count;
}

static void
free_all(size_t count)
{
    for (size_t i = 0; i < count; i++)
        evc_secret_free(&secrets[i]);
}

/* --- open ------------------------------------------------------------------------- */

START_TEST(opens_with_one_chunk)
{
    evc_arena *arena = open_arena(EVC_ARENA_LIMIT);

    ck_assert_uint_eq(status_of(arena).chunks, 1);
    evc_arena_close(arena);
}
END_TEST

START_TEST(limit_is_rounded_up_to_whole_chunks)
{
    evc_arena *arena = open_arena(EVC_ARENA_CHUNK + 1);

    ck_assert_uint_eq(status_of(arena).limit, 2 * EVC_ARENA_CHUNK);
    evc_arena_close(arena);
}
END_TEST

START_TEST(limit_of_one_byte_is_one_chunk)
{
    ck_assert_uint_eq(status_of(small).limit, EVC_ARENA_CHUNK);
}
END_TEST

START_TEST(rejects_limit_of_zero)
{
    evc_arena *arena;

    EVC_CHECK_CODE(evc_arena_open(0, false, &arena, NULL), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(arena);
}
END_TEST

START_TEST(accepts_limit_of_one_gib)
{
    evc_arena *arena = open_arena(1024u * 1024u * 1024u);

    ck_assert_uint_eq(status_of(arena).chunks, 1);
    evc_arena_close(arena);
}
END_TEST

START_TEST(rejects_limit_past_one_gib)
{
    evc_arena *arena;

    EVC_CHECK_CODE(evc_arena_open(1024u * 1024u * 1024u + 1, false, &arena, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(close_of_nothing_does_nothing)
{
    evc_arena_close(NULL);
}
END_TEST

/* --- sizes ------------------------------------------------------------------------ */

START_TEST(new_secret_is_zeroed)
{
    evc_secret secret = new_secret(small, slot_sizes[_i]);

    ck_assert(evc_mem_is_zero(secret.bytes, secret.size));
    evc_secret_free(&secret);
}
END_TEST

START_TEST(reused_slot_is_zeroed)
{
    evc_secret secret = new_secret(small, slot_sizes[_i]);
    const uint8_t *first = secret.bytes;

    memset(secret.bytes, 0xa5, secret.size);
    evc_secret_free(&secret);
    secret = new_secret(small, slot_sizes[_i]);
    ck_assert_ptr_eq(secret.bytes, first);
    ck_assert(evc_mem_is_zero(secret.bytes, secret.size));
    evc_secret_free(&secret);
}
END_TEST

START_TEST(whole_slot_is_usable)
{
    evc_secret secret = new_secret(small, slot_sizes[_i]);

    memset(secret.bytes, 0xff, slot_sizes[_i]);
    evc_secret_free(&secret); /* aborts if a canary was hit */
}
END_TEST

START_TEST(size_at_the_limit_takes_its_own_slot)
{
    evc_secret secret = new_secret(small, slot_sizes[_i]);

    ck_assert_uint_eq(status_of(small).used_bytes, slot_sizes[_i]);
    evc_secret_free(&secret);
}
END_TEST

START_TEST(size_past_the_limit_takes_the_next_slot)
{
    evc_secret secret = new_secret(small, slot_sizes[_i] + 1);

    ck_assert_uint_eq(status_of(small).used_bytes, slot_sizes[_i + 1]);
    evc_secret_free(&secret);
}
END_TEST

START_TEST(secret_of_one_byte_works)
{
    evc_secret secret = new_secret(small, 1);

    ck_assert_uint_eq(secret.size, 1);
    evc_secret_free(&secret);
}
END_TEST

START_TEST(a_copy_has_the_bytes)
{
    evc_secret secret;

    EVC_CHECK_OK(evc_secret_copy(small, evc_view_text("bytes"), &secret, NULL));
    ck_assert_uint_eq(secret.size, 5);
    ck_assert_mem_eq(secret.bytes, "bytes", 5);
    evc_secret_free(&secret);
}
END_TEST

START_TEST(a_copy_of_nothing_is_refused)
{
    evc_secret secret;

    EVC_CHECK_CODE(evc_secret_copy(small, evc_view_text(""), &secret, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(secret.bytes);
}
END_TEST

START_TEST(rejects_size_of_zero)
{
    evc_secret secret;

    EVC_CHECK_CODE(evc_secret_new(small, 0, &secret, NULL), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(secret.bytes);
}
END_TEST

START_TEST(rejects_size_past_the_largest_slot)
{
    evc_secret secret;

    EVC_CHECK_CODE(evc_secret_new(small, 16385, &secret, NULL), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(secret.bytes);
}
END_TEST

START_TEST(slots_are_aligned_to_16)
{
    uintptr_t all = 0;
    int code;
    size_t count = fill(small, 64, &code);

    for (size_t i = 0; i < count; i++)
        all |= (uintptr_t)secrets[i].bytes;
    ck_assert_uint_eq(all % 16, 0);
    free_all(count);
}
END_TEST

/* --- room ------------------------------------------------------------------------- */

START_TEST(chunk_holds_as_many_as_fit)
{
    static const size_t expected[] = {KEYS_OF_64, KEYS_OF_256, KEYS_OF_4096,
                                      KEYS_OF_16384};
    int code;
    size_t count = fill(small, slot_sizes[_i], &code);

    ck_assert_uint_eq(count, expected[_i]);
    free_all(count);
}
END_TEST

START_TEST(one_past_the_cap_is_arena_full)
{
    int code;
    size_t count = fill(small, slot_sizes[_i], &code);

    EVC_CHECK_CODE(code, ENVCRYPT_E_ARENA_FULL);
    free_all(count);
}
END_TEST

START_TEST(arena_full_names_the_cap)
{
    evc_arena *arena = open_arena(2 * EVC_ARENA_CHUNK);
    evc_secret extra;
    evc_error *err = NULL;
    int code;
    size_t count = fill(arena, 4096, &code);

    EVC_CHECK_CODE(evc_secret_new(arena, 4096, &extra, &err), ENVCRYPT_E_ARENA_FULL);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "131072"));
    evc_error_free(err);
    free_all(count);
    evc_arena_close(arena);
}
END_TEST

START_TEST(grows_to_the_cap)
{
    evc_arena *arena = open_arena(3 * EVC_ARENA_CHUNK);
    int code;
    size_t count = fill(arena, 4096, &code);

    ck_assert_uint_eq(count, 3 * KEYS_OF_4096);
    ck_assert_uint_eq(status_of(arena).chunks, 3);
    free_all(count);
    evc_arena_close(arena);
}
END_TEST

START_TEST(full_arena_serves_again_after_a_free)
{
    int code;
    size_t count = fill(small, 64, &code);

    evc_secret_free(&secrets[count / 2]);
    secrets[count / 2] = new_secret(small, 64);
    free_all(count);
}
END_TEST

START_TEST(one_chunk_serves_every_size_at_once)
{

    for (size_t i = 0; i < SIZES; i++)
        secrets[i] = new_secret(small, slot_sizes[i]);
    ck_assert_uint_eq(status_of(small).chunks, 1);
    free_all(SIZES);
}
END_TEST

START_TEST(room_of_one_size_serves_every_other_once_free)
{
    static const size_t room[SIZES] = {KEYS_OF_64, KEYS_OF_256, KEYS_OF_4096,
                                       KEYS_OF_16384};
    int code;

    for (size_t i = 0; i < SIZES; i++) {
        free_all(fill(small, slot_sizes[_i], &code));
        ck_assert_uint_eq(fill(small, slot_sizes[i], &code), room[i]);
        free_all(room[i]);
    }
}
END_TEST

START_TEST(one_key_in_a_span_keeps_the_largest_out_of_it)
{
    size_t count;
    int code;

    count = fill(small, 4096, &code);
    ck_assert_uint_eq(count, KEYS_OF_4096);
    for (size_t i = 0; i < count; i++) {
        if (i != count - 1)
            evc_secret_free(&secrets[i]);
    }
    secrets[0] = secrets[count - 1];
    for (count = 1; evc_secret_new(small, 16384, &secrets[count], NULL) == 0; count++)
        ck_assert_uint_lt(count, KEYS_OF_16384);
    ck_assert_uint_eq(count - 1, KEYS_OF_16384 - 1);
    evc_secret_free(&secrets[0]);
    secrets[0] = new_secret(small, 16384);
    free_all(KEYS_OF_16384);
}
END_TEST

START_TEST(small_keys_leave_room_for_the_largest_while_there_is_other)
{
    size_t count = 0;

    /* The tail, and the three runs that are in no span. */
    while (count < 48 + 3 * 51)
        secrets[count++] = new_secret(small, 64);
    for (int i = 0; i < KEYS_OF_16384; i++)
        secrets[count++] = new_secret(small, 16384);
    free_all(count);
}
END_TEST

START_TEST(status_counts_slots_in_use)
{
    evc_secret a = new_secret(small, 32);
    evc_secret b = new_secret(small, 200);

    ck_assert_uint_eq(status_of(small).used_slots, 2);
    ck_assert_uint_eq(status_of(small).used_bytes, 64 + 256);
    evc_secret_free(&a);
    ck_assert_uint_eq(status_of(small).used_slots, 1);
    evc_secret_free(&b);
    ck_assert_uint_eq(status_of(small).used_bytes, 0);
}
END_TEST

/* A fixed sequence; the test must be the same in every run. */
static uint32_t
next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static bool
holds(const evc_secret *secret, uint8_t byte)
{
    for (size_t i = 0; i < secret->size; i++) {
        if (secret->bytes[i] != byte)
            return false;
    }
    return true;
}

START_TEST(secrets_of_all_sizes_never_overlap)
{
    evc_arena *arena = open_arena(4 * EVC_ARENA_CHUNK);
    uint32_t state = 1;

    memset(secrets, 0, sizeof(secrets));
    for (int round = 0; round < 20000; round++) {
        size_t i = next_number(&state) % 200;
        evc_secret *secret = &secrets[i];

        if (secret->bytes) {
            ck_assert(holds(secret, (uint8_t)(i + 1)));
            evc_secret_free(secret);
        } else if (evc_secret_new(arena, next_number(&state) % (_i ? 16384 : 4096) + 1,
                                  secret, NULL) == 0) {
            ck_assert(evc_mem_is_zero(secret->bytes, secret->size));
            memset(secret->bytes, (int)(i + 1), secret->size);
        }
    }
    free_all(200);
    ck_assert_uint_eq(status_of(arena).used_slots, 0);
    evc_arena_close(arena);
}
END_TEST

static int
open_and_grow(void *user)
{
    evc_arena *arena;
    int code;
    int rc = evc_arena_open(2 * EVC_ARENA_CHUNK, false, &arena, NULL);

    (void)user;
    if (rc != 0)
        return rc;
    free_all(fill(arena, 4096, &code));
    evc_arena_close(arena);
    return code == ENVCRYPT_E_ARENA_FULL ? 0 : code;
}

START_TEST(memory_that_runs_out_is_reported)
{
    ck_assert_uint_eq(evc_alloc_sweep(open_and_grow, NULL), 4);
}
END_TEST

static const char *const page_calls[] = {"mmap64", "mprotect"};

START_TEST(pages_that_cannot_be_had_at_opening_are_nomem)
{
    evc_arena *arena;

    evc_alloc_fail_pages(page_calls[_i], 0, false);
    EVC_CHECK_CODE(evc_arena_open(1, false, &arena, NULL), ENVCRYPT_E_NOMEM);
    ck_assert_ptr_null(arena);
}
END_TEST

START_TEST(arena_serves_on_after_pages_could_not_be_had)
{
    evc_arena *arena = open_arena(2 * EVC_ARENA_CHUNK);
    int code;
    size_t count;

    evc_alloc_fail_pages(page_calls[_i], 0, false);
    count = fill(arena, 4096, &code);
    ck_assert_int_eq(code, ENVCRYPT_E_NOMEM);
    ck_assert_uint_eq(count, KEYS_OF_4096);
    free_all(count);
    ck_assert_uint_eq(fill(arena, 4096, &code), 2 * KEYS_OF_4096);
    free_all(2 * KEYS_OF_4096);
    evc_arena_close(arena);
}
END_TEST

START_TEST(required_lock_that_fails_at_opening_is_arena_unlocked)
{
    evc_arena *arena;

    evc_alloc_fail_pages("mlock", 0, false);
    EVC_CHECK_CODE(evc_arena_open(1, true, &arena, NULL), ENVCRYPT_E_ARENA_UNLOCKED);
    ck_assert_ptr_null(arena);
}
END_TEST

/* --- free ------------------------------------------------------------------------- */

START_TEST(free_wipes)
{
    evc_secret secret = new_secret(small, slot_sizes[_i]);
    const uint8_t *bytes = secret.bytes;

    memset(secret.bytes, 0xa5, secret.size);
    evc_secret_free(&secret);
    ck_assert(evc_mem_is_zero(bytes, slot_sizes[_i]));
}
END_TEST

START_TEST(free_forgets_the_bytes)
{
    evc_secret secret = new_secret(small, 32);

    evc_secret_free(&secret);
    ck_assert_ptr_null(secret.bytes);
    evc_secret_free(&secret); /* nothing is held */
}
END_TEST

START_TEST(free_of_nothing_does_nothing)
{
    evc_secret nothing = {0};

    evc_secret_free(&nothing);
    evc_secret_free(NULL);
}
END_TEST

typedef struct damage {
    size_t size;
    size_t at;
} damage;

static int
free_with_damage(void *user)
{
    const damage *d = user;
    evc_arena *arena;
    evc_secret secret;

    if (evc_arena_open(1, false, &arena, NULL) != 0 ||
        evc_secret_new(arena, d->size, &secret, NULL) != 0)
        return 1;
    secret.bytes[d->at] ^= 0x01;
    evc_secret_free(&secret);
    return 0;
}

START_TEST(damage_of_the_last_byte_of_a_slot_is_none)
{
    damage d = {slot_sizes[_i], slot_sizes[_i] - 1};

    EVC_CHECK_CHILD(free_with_damage, &d);
}
END_TEST

START_TEST(damaged_first_byte_of_a_canary_aborts)
{
    damage d = {slot_sizes[_i], slot_sizes[_i]};

    EVC_CHECK_CHILD_SIGNAL(free_with_damage, &d, SIGABRT);
}
END_TEST

START_TEST(damaged_last_byte_of_a_canary_aborts)
{
    damage d = {slot_sizes[_i], slot_sizes[_i] + CANARY_SIZE - 1};

    EVC_CHECK_CHILD_SIGNAL(free_with_damage, &d, SIGABRT);
}
END_TEST

/* `others` secrets share the run with the one that is freed twice. */
static int
free_twice(void *user)
{
    const size_t *others = user;
    evc_arena *arena;
    evc_secret secret;
    evc_secret other;
    evc_secret copy;

    if (evc_arena_open(1, false, &arena, NULL) != 0 ||
        evc_secret_new(arena, 32, &secret, NULL) != 0)
        return 1;
    for (size_t i = 0; i < *others; i++) {
        if (evc_secret_new(arena, 32, &other, NULL) != 0)
            return 1;
    }
    copy = secret;
    evc_secret_free(&secret);
    evc_secret_free(&copy);
    return 0;
}

START_TEST(double_free_of_the_only_secret_aborts)
{
    size_t others = 0;

    EVC_CHECK_CHILD_SIGNAL(free_twice, &others, SIGABRT);
}
END_TEST

START_TEST(double_free_beside_other_secrets_aborts)
{
    size_t others = 3;

    EVC_CHECK_CHILD_SIGNAL(free_twice, &others, SIGABRT);
}
END_TEST

static int
free_stale_copy(void *user)
{
    evc_arena *arena;
    evc_secret secret;
    evc_secret next;
    evc_secret copy;

    (void)user;
    if (evc_arena_open(1, false, &arena, NULL) != 0 ||
        evc_secret_new(arena, 32, &secret, NULL) != 0)
        return 1;
    copy = secret;
    evc_secret_free(&secret);
    if (evc_secret_new(arena, 32, &next, NULL) != 0 || next.bytes != copy.bytes)
        return 2;
    evc_secret_free(&copy);
    return 0;
}

START_TEST(double_free_of_a_slot_that_serves_another_secret_aborts)
{
    EVC_CHECK_CHILD_SIGNAL(free_stale_copy, NULL, SIGABRT);
}
END_TEST

static int
free_elsewhere(void *user)
{
    evc_arena *arena;
    evc_secret secret;

    (void)user;
    if (evc_arena_open(1, false, &arena, NULL) != 0 ||
        evc_secret_new(arena, 32, &secret, NULL) != 0)
        return 1;
    secret.bytes += 16;
    evc_secret_free(&secret);
    return 0;
}

START_TEST(free_of_a_moved_pointer_aborts)
{
    EVC_CHECK_CHILD_SIGNAL(free_elsewhere, NULL, SIGABRT);
}
END_TEST

static int
free_slot_that_never_was(void *user)
{
    evc_arena *arena;
    evc_secret secret;

    (void)user;
    if (evc_arena_open(1, false, &arena, NULL) != 0 ||
        evc_secret_new(arena, 32, &secret, NULL) != 0)
        return 1;
    secret.slot = UINT32_MAX;
    evc_secret_free(&secret);
    return 0;
}

START_TEST(free_of_a_slot_that_never_was_aborts)
{
    EVC_CHECK_CHILD_SIGNAL(free_slot_that_never_was, NULL, SIGABRT);
}
END_TEST

/* In a child, since the arena's book is leaked on purpose. */
static int
free_after_close(void *user)
{
    evc_arena *arena;
    evc_secret secret;

    (void)user;
    if (evc_arena_open(1, false, &arena, NULL) != 0 ||
        evc_secret_new(arena, 32, &secret, NULL) != 0)
        return 1;
    evc_arena_close(arena);
    evc_secret_free(&secret);
    return secret.bytes ? 2 : 0;
}

START_TEST(free_after_close_is_harmless)
{
    EVC_CHECK_CHILD(free_after_close, NULL);
}
END_TEST

static void
add_case(Suite *suite, const char *name, const TTest *const *tests, int rounds)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_small, close_small);
    for (; *tests; tests++)
        tcase_add_loop_test(tcase, *tests, 0, rounds);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const once[] = {
        opens_with_one_chunk,
        limit_is_rounded_up_to_whole_chunks,
        limit_of_one_byte_is_one_chunk,
        rejects_limit_of_zero,
        accepts_limit_of_one_gib,
        rejects_limit_past_one_gib,
        close_of_nothing_does_nothing,
        secret_of_one_byte_works,
        a_copy_has_the_bytes,
        a_copy_of_nothing_is_refused,
        rejects_size_of_zero,
        rejects_size_past_the_largest_slot,
        slots_are_aligned_to_16,
        arena_full_names_the_cap,
        grows_to_the_cap,
        full_arena_serves_again_after_a_free,
        one_chunk_serves_every_size_at_once,
        one_key_in_a_span_keeps_the_largest_out_of_it,
        small_keys_leave_room_for_the_largest_while_there_is_other,
        status_counts_slots_in_use,
        memory_that_runs_out_is_reported,
        required_lock_that_fails_at_opening_is_arena_unlocked,
        free_forgets_the_bytes,
        free_of_nothing_does_nothing,
        double_free_of_the_only_secret_aborts,
        double_free_beside_other_secrets_aborts,
        double_free_of_a_slot_that_serves_another_secret_aborts,
        free_of_a_moved_pointer_aborts,
        free_of_a_slot_that_never_was_aborts,
        free_after_close_is_harmless,
        NULL,
    };
    const TTest *const each_size[] = {
        new_secret_is_zeroed,
        reused_slot_is_zeroed,
        whole_slot_is_usable,
        size_at_the_limit_takes_its_own_slot,
        chunk_holds_as_many_as_fit,
        one_past_the_cap_is_arena_full,
        room_of_one_size_serves_every_other_once_free,
        free_wipes,
        damage_of_the_last_byte_of_a_slot_is_none,
        damaged_first_byte_of_a_canary_aborts,
        damaged_last_byte_of_a_canary_aborts,
        NULL,
    };
    const TTest *const smaller_sizes[] = {
        size_past_the_limit_takes_the_next_slot,
        NULL,
    };
    const TTest *const mixed_sizes[] = {
        secrets_of_all_sizes_never_overlap,
        NULL,
    };
    const TTest *const each_page_call[] = {
        pages_that_cannot_be_had_at_opening_are_nomem,
        arena_serves_on_after_pages_could_not_be_had,
        NULL,
    };

    add_case(suite, "once", once, 1);
    add_case(suite, "each size", each_size, SIZES);
    add_case(suite, "smaller sizes", smaller_sizes, SIZES - 1);
    add_case(suite, "mixed sizes", mixed_sizes, 2);
    add_case(suite, "each page call", each_page_call, 2);
}

EVC_TEST_MAIN("arena", add_tests)
