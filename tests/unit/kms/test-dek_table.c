/* SPDX-License-Identifier: Apache-2.0 */
/* Limits and their edges as a cache shows them are in test-dek_cache.c. */
#include "kms/dek_table.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static evc_arena *arena;
static evc_dek_table table;
static struct envcrypt_cache_config limits;
static uint8_t ids[256][EVC_DEK_CACHE_ID];

static void
setup(void)
{
    limits = (struct envcrypt_cache_config){8, 100, 10, 1000};
    EVC_CHECK_OK(evc_arena_open(EVC_ARENA_LIMIT, false, &arena, NULL));
    EVC_CHECK_OK(evc_dek_table_init(&table, &limits, NULL));
    for (size_t i = 0; i < 256; i++)
        ids[i][31] = (uint8_t)i; /* all in one bucket */
}

static void
teardown(void)
{
    evc_arena_status status;

    evc_dek_table_clear(&table);
    evc_dek_table_release(&table);
    evc_arena_get_status(arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    evc_arena_close(arena);
}

static evc_dek_entry *
make(uint8_t id, uint64_t messages, int64_t made_ms)
{
    const evc_dek_use use = {ids[id], messages, messages};
    evc_secret key;
    evc_buf note;
    evc_dek_entry *e;

    EVC_CHECK_OK(evc_secret_new(arena, 32, &key, NULL));
    key.bytes[0] = id;
    evc_buf_init(&note);
    evc_buf_put_u8(&note, id);
    e = evc_dek_table_make(&table, &use, &key, &note, made_ms);
    evc_secret_free(&key);
    evc_buf_reset(&note);
    return e;
}

static void
insert(uint8_t id, int64_t made_ms)
{
    evc_dek_entry *e = make(id, 0, made_ms);

    ck_assert_ptr_nonnull(e);
    evc_dek_table_insert(&table, e);
}

static evc_dek_entry *
find(uint8_t id, int64_t now_ms)
{
    const evc_dek_use use = {ids[id], 0, 0};

    return evc_dek_table_find(&table, &use, now_ms);
}

START_TEST(entries_of_one_bucket_are_told_apart)
{
    for (uint8_t i = 0; i < 8; i++)
        insert(i, 0);
    for (uint8_t i = 0; i < 8; i++) {
        const evc_dek_entry *e = find(i, 1);

        ck_assert_ptr_nonnull(e);
        ck_assert_uint_eq(e->key.bytes[0], i);
        ck_assert_uint_eq(e->note.data[0], i);
    }
    ck_assert_ptr_null(find(8, 1));
    ck_assert_uint_eq(table.count, 8);
}
END_TEST

START_TEST(every_entry_of_a_bucket_can_go)
{
    static const uint8_t order[] = {3, 0, 7, 1, 6, 2, 5, 4};

    for (uint8_t i = 0; i < 8; i++)
        insert(i, 0);
    for (size_t n = 0; n < 8; n++) {
        const evc_dek_use last = {ids[order[n]], 10, 10};
        evc_dek_entry *e = evc_dek_table_find(&table, &last, 1);

        ck_assert_ptr_nonnull(e);
        evc_dek_table_use(&table, e, &last); /* used up */
        ck_assert_ptr_null(find(order[n], 1));
        ck_assert_uint_eq(table.count, 7 - n);
    }
}
END_TEST

START_TEST(the_list_by_use_is_in_order)
{
    const evc_dek_use again = {ids[0], 1, 1};

    for (uint8_t i = 0; i < 8; i++)
        insert(i, 0);
    evc_dek_table_use(&table, find(0, 1), &again);
    insert(100, 0); /* takes the place of 1 */
    insert(101, 0); /* and of 2 */
    ck_assert_ptr_nonnull(find(0, 1));
    ck_assert_ptr_null(find(1, 1));
    ck_assert_ptr_null(find(2, 1));
    ck_assert_ptr_nonnull(find(3, 1));
    ck_assert_uint_eq(table.count, 8);
}
END_TEST

/* Makings that began earlier may end later. */
START_TEST(the_list_by_time_is_in_order)
{
    static const int64_t times[] = {50, 10, 30, 60, 20, 40};
    int64_t before = INT64_MIN;
    size_t n = 0;

    for (uint8_t i = 0; i < 6; i++)
        insert(i, times[i]);
    for (const evc_dek_entry *e = table.made_first; e; e = e->made_next) {
        ck_assert_int_lt(before, e->made_ms);
        before = e->made_ms;
        n++;
    }
    ck_assert_uint_eq(n, 6);
    ck_assert_int_eq(table.made_last->made_ms, 60);
}
END_TEST

START_TEST(a_look_up_wipes_the_oldest_that_are_past_their_age)
{
    for (uint8_t i = 0; i < 8; i++)
        insert(i, i);
    ck_assert_ptr_null(find(100, 103)); /* 0 to 3 are past it */
    ck_assert_uint_eq(table.count, 4);
    ck_assert_ptr_null(find(100, 103));
    ck_assert_uint_eq(table.count, 4);
    ck_assert_ptr_null(find(7, 107));
    ck_assert_uint_eq(table.count, 0);
}
END_TEST

START_TEST(an_entry_that_leaves_nothing_is_not_made)
{
    ck_assert_ptr_null(make(1, 10, 0));
    ck_assert_ptr_null(make(1, 11, 0));
    evc_dek_table_free(make(1, 9, 0));
    evc_dek_table_free(NULL);
}
END_TEST

START_TEST(clearing_empties_all_lists)
{
    for (uint8_t i = 0; i < 8; i++)
        insert(i, 0);
    evc_dek_table_clear(&table);
    ck_assert_uint_eq(table.count, 0);
    ck_assert_ptr_null(table.newest);
    ck_assert_ptr_null(table.oldest);
    ck_assert_ptr_null(table.made_first);
    ck_assert_ptr_null(table.made_last);
    insert(1, 0);
    ck_assert_ptr_nonnull(find(1, 1));
}
END_TEST

START_TEST(forgetting_takes_one_entry_out)
{
    insert(1, 0);
    insert(2, 0);
    evc_dek_table_forget(&table, ids[1]);
    evc_dek_table_forget(&table, ids[1]);
    ck_assert_uint_eq(table.count, 1);
    ck_assert_ptr_null(find(1, 1));
    ck_assert_ptr_nonnull(find(2, 1));
}
END_TEST

START_TEST(copies_are_of_their_own)
{
    evc_dek_entry *e = make(5, 1, 0);
    evc_secret key;
    evc_buf note;

    EVC_CHECK_OK(evc_dek_table_copy(&e->key, &e->note, &key, &note, NULL));
    evc_dek_table_free(e);
    ck_assert_uint_eq(key.bytes[0], 5);
    ck_assert_uint_eq(note.data[0], 5);
    evc_secret_free(&key);
    evc_buf_reset(&note);
}
END_TEST

START_TEST(a_million_entries_share_65536_buckets)
{
    struct envcrypt_cache_config many = {1000000, 1, 1, 1};
    evc_dek_table wide;

    EVC_CHECK_OK(evc_dek_table_init(&wide, &many, NULL));
    ck_assert_uint_eq(wide.bucket_count, 65536);
    evc_dek_table_release(&wide);
    many.entries = 1;
    EVC_CHECK_OK(evc_dek_table_init(&wide, &many, NULL));
    ck_assert_uint_eq(wide.bucket_count, 1);
    evc_dek_table_release(&wide);
}
END_TEST

static int
copy_once(void *user)
{
    evc_dek_entry *e = user;
    evc_secret key;
    evc_buf note;
    int rc = evc_dek_table_copy(&e->key, &e->note, &key, &note, NULL);

    if (rc && (key.bytes || note.size))
        return ENVCRYPT_E_INTERNAL;
    evc_secret_free(&key);
    evc_buf_reset(&note);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_dek_entry *e = make(5, 1, 0);

    evc_alloc_sweep(copy_once, e);
    evc_dek_table_free(e);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {entries_of_one_bucket_are_told_apart,
                                  every_entry_of_a_bucket_can_go,
                                  the_list_by_use_is_in_order,
                                  the_list_by_time_is_in_order,
                                  a_look_up_wipes_the_oldest_that_are_past_their_age,
                                  an_entry_that_leaves_nothing_is_not_made,
                                  clearing_empties_all_lists,
                                  forgetting_takes_one_entry_out,
                                  copies_are_of_their_own,
                                  a_million_entries_share_65536_buckets,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("dek_table");

    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("dek_table", add_tests)
