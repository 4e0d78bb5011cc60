/* SPDX-License-Identifier: Apache-2.0 */
#include "base/kv.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

static evc_kv kv;

static void
set_up(void)
{
    evc_kv_init(&kv);
}

static void
tear_down(void)
{
    evc_kv_reset(&kv);
}

static int
add(const char *name, const char *value)
{
    return evc_kv_add(&kv, evc_view_text(name), evc_view_text(value), NULL);
}

static int
set(const char *name, const char *value)
{
    return evc_kv_set(&kv, evc_view_text(name), evc_view_text(value), NULL);
}

static const evc_pair *
find(const char *name)
{
    return evc_kv_find(&kv, evc_view_text(name));
}

START_TEST(finds_what_was_added)
{
    EVC_CHECK_OK(add("b", "2"));
    EVC_CHECK_OK(add("a", "1"));
    ck_assert(evc_view_is_text(find("a")->value, "1"));
    ck_assert(evc_view_is_text(find("b")->value, "2"));
}
END_TEST

START_TEST(finds_nothing_in_an_empty_list)
{
    ck_assert_ptr_null(find("a"));
}
END_TEST

START_TEST(value_is_given_as_a_text)
{
    EVC_CHECK_OK(add("a", "1"));
    ck_assert_str_eq(evc_kv_text(&kv, evc_view_text("a")), "1");
    ck_assert_ptr_null(evc_kv_text(&kv, evc_view_text("b")));
}
END_TEST

START_TEST(finds_whole_names_only)
{
    EVC_CHECK_OK(add("ab", "1"));
    ck_assert_ptr_null(find("a"));
    ck_assert_ptr_null(find("abc"));
}
END_TEST

START_TEST(is_sorted_by_unsigned_bytes_shorter_first)
{
    static const char *const mixed[] = {"b", "\xff", "a",  "",
                                        "B", "ab",   "aa", "\xc3\xa4"};
    static const char *const sorted[] = {"",   "B", "a",        "aa",
                                         "ab", "b", "\xc3\xa4", "\xff"};

    for (size_t i = 0; i < 8; i++)
        EVC_CHECK_OK(add(mixed[i], ""));
    ck_assert_uint_eq(kv.count, 8);
    for (size_t i = 0; i < 8; i++)
        ck_assert(evc_view_is_text(kv.pairs[i].name, sorted[i]));
}
END_TEST

START_TEST(a_thousand_names_in_any_order_are_sorted)
{
    char name[8];

    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof(name), "%03u", i * 367 % 1000);
        EVC_CHECK_OK(add(name, name));
    }
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof(name), "%03u", i);
        ck_assert(evc_view_is_text(kv.pairs[i].value, name));
    }
}
END_TEST

START_TEST(rejects_a_name_twice_and_keeps_the_first)
{
    EVC_CHECK_OK(add("a", "1"));
    EVC_CHECK_CODE(add("a", "2"), ENVCRYPT_E_CONTEXT_DUPLICATE);
    ck_assert_uint_eq(kv.count, 1);
    ck_assert(evc_view_is_text(find("a")->value, "1"));
}
END_TEST

START_TEST(the_message_names_the_name_and_not_the_value)
{
    evc_error *err = NULL;

    EVC_CHECK_OK(add("tenant\n", "hidden"));
    EVC_CHECK_CODE(
        evc_kv_add(&kv, evc_view_text("tenant\n"), evc_view_text("hidden"), &err),
        ENVCRYPT_E_CONTEXT_DUPLICATE);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "tenant\\x0a"));
    ck_assert_ptr_null(strstr(evc_error_message(err), "hidden"));
    evc_error_free(err);
}
END_TEST

START_TEST(names_and_values_may_hold_nul)
{
    EVC_CHECK_OK(evc_kv_add(&kv, evc_view_of("a\0b", 3), evc_view_of("1\0", 2), NULL));
    ck_assert_ptr_null(find("a"));
    ck_assert_uint_eq(evc_kv_find(&kv, evc_view_of("a\0b", 3))->value.size, 2);
}
END_TEST

START_TEST(names_and_values_are_copies_that_end_with_a_nul)
{
    char name[] = "name";
    char value[] = "value";

    EVC_CHECK_OK(add(name, value));
    memset(name, 'x', 4);
    memset(value, 'x', 5);
    ck_assert_str_eq((const char *)find("name")->name.data, "name");
    ck_assert_str_eq((const char *)find("name")->value.data, "value");
}
END_TEST

START_TEST(empty_values_are_values)
{
    EVC_CHECK_OK(evc_kv_add(&kv, evc_view_text("a"), evc_view_of(NULL, 0), NULL));
    ck_assert_uint_eq(find("a")->value.size, 0);
    ck_assert_str_eq((const char *)find("a")->value.data, "");
}
END_TEST

START_TEST(set_adds_and_replaces)
{
    EVC_CHECK_OK(set("a", "1"));
    EVC_CHECK_OK(set("a", "22"));
    ck_assert_uint_eq(kv.count, 1);
    ck_assert(evc_view_is_text(find("a")->value, "22"));
}
END_TEST

START_TEST(set_to_its_own_value_is_fine)
{
    EVC_CHECK_OK(set("a", "1"));
    EVC_CHECK_OK(evc_kv_set(&kv, find("a")->name, find("a")->value, NULL));
    ck_assert(evc_view_is_text(find("a")->value, "1"));
}
END_TEST

START_TEST(a_text_is_set_and_none_takes_the_name_out)
{
    EVC_CHECK_OK(evc_kv_set_text(&kv, "a", "1", NULL));
    EVC_CHECK_OK(evc_kv_set_text(&kv, "a", "2", NULL));
    ck_assert_str_eq(evc_kv_text(&kv, evc_view_text("a")), "2");
    EVC_CHECK_OK(evc_kv_set_text(&kv, "a", NULL, NULL));
    EVC_CHECK_OK(evc_kv_set_text(&kv, "b", NULL, NULL));
    ck_assert_uint_eq(kv.count, 0);
}
END_TEST

START_TEST(remove_takes_one_away)
{
    EVC_CHECK_OK(add("a", "1"));
    EVC_CHECK_OK(add("b", "2"));
    EVC_CHECK_OK(add("c", "3"));
    ck_assert(evc_kv_remove(&kv, evc_view_text("b")));
    ck_assert_ptr_null(find("b"));
    ck_assert(evc_view_is_text(find("c")->value, "3"));
    ck_assert_uint_eq(kv.count, 2);
}
END_TEST

START_TEST(remove_of_an_unknown_name_is_false)
{
    EVC_CHECK_OK(add("a", "1"));
    ck_assert(!evc_kv_remove(&kv, evc_view_text("b")));
    ck_assert_uint_eq(kv.count, 1);
}
END_TEST

START_TEST(copy_replaces_and_stands_alone)
{
    evc_kv other;

    evc_kv_init(&other);
    EVC_CHECK_OK(add("a", "1"));
    EVC_CHECK_OK(add("b", "2"));
    EVC_CHECK_OK(evc_kv_add(&other, evc_view_text("old"), evc_view_text("0"), NULL));
    EVC_CHECK_OK(evc_kv_copy(&other, &kv, NULL));
    evc_kv_reset(&kv);
    ck_assert_uint_eq(other.count, 2);
    ck_assert(evc_view_is_text(evc_kv_find(&other, evc_view_text("b"))->value, "2"));
    evc_kv_reset(&other);
}
END_TEST

START_TEST(copy_of_nothing_empties)
{
    evc_kv empty;

    evc_kv_init(&empty);
    EVC_CHECK_OK(add("a", "1"));
    EVC_CHECK_OK(evc_kv_copy(&kv, &empty, NULL));
    ck_assert_uint_eq(kv.count, 0);
}
END_TEST

START_TEST(reset_wipes_names_and_values)
{
    uint8_t seen[7] = {1};

    EVC_CHECK_OK(add("a", "1234"));
    evc_alloc_watch(kv.pairs[0].name.data, 7, seen);
    evc_kv_reset(&kv);
    ck_assert(evc_alloc_was_freed());
    ck_assert(evc_mem_is_zero(seen, 7));
}
END_TEST

static void
fill(size_t count)
{
    char name[] = "n00";

    for (size_t i = 0; i < count; i++) {
        name[1] = (char)('0' + i / 10);
        name[2] = (char)('0' + i % 10);
        EVC_CHECK_OK(add(name, "value"));
    }
    ck_assert_uint_eq(kv.count, count);
    ck_assert(evc_view_is_text(find("n00")->value, "value"));
    ck_assert(evc_view_is_text(find(name)->value, "value"));
}

START_TEST(reserved_room_spares_allocations)
{
    size_t count;
    int rc;

    EVC_CHECK_OK(evc_kv_reserve(&kv, 2, 4, NULL));
    evc_alloc_fail(EVC_ALLOC_NONE, false);
    rc = add("a", "1");
    if (!rc)
        rc = add("b", "2");
    count = evc_alloc_stop();
    EVC_CHECK_OK(rc);
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(more_than_was_reserved_is_fine)
{
    EVC_CHECK_OK(evc_kv_reserve(&kv, 3, 3 * 8, NULL));
    fill(20);
}
END_TEST

START_TEST(pairs_of_reserved_room_are_removed_and_replaced)
{
    EVC_CHECK_OK(evc_kv_reserve(&kv, 2, 4, NULL));
    EVC_CHECK_OK(add("a", "1"));
    EVC_CHECK_OK(add("b", "2"));
    EVC_CHECK_OK(set("b", "a longer value"));
    ck_assert(evc_kv_remove(&kv, evc_view_text("a")));
    ck_assert_uint_eq(kv.count, 1);
    ck_assert(evc_view_is_text(find("b")->value, "a longer value"));
}
END_TEST

START_TEST(room_past_all_memory_is_out_of_memory)
{
    EVC_CHECK_CODE(evc_kv_reserve(&kv, SIZE_MAX / 8, 0, NULL), ENVCRYPT_E_NOMEM);
    EVC_CHECK_CODE(evc_kv_reserve(&kv, 1, SIZE_MAX, NULL), ENVCRYPT_E_NOMEM);
    EVC_CHECK_OK(add("a", "1"));
}
END_TEST

START_TEST(a_list_is_usable_after_reset)
{
    EVC_CHECK_OK(add("a", "1"));
    evc_kv_reset(&kv);
    ck_assert_ptr_null(find("a"));
    EVC_CHECK_OK(add("a", "2"));
}
END_TEST

static int
fill_and_copy(void *user)
{
    static const char *const names[] = {"e", "d", "c", "b", "a"};
    evc_kv list;
    evc_kv copy;
    int rc = 0;

    (void)user;
    evc_kv_init(&list);
    evc_kv_init(&copy);
    for (size_t i = 0; i < 5 && rc == 0; i++)
        rc = evc_kv_add(&list, evc_view_text(names[i]), evc_view_text("1"), NULL);
    if (rc == 0)
        rc = evc_kv_set(&list, evc_view_text("a"), evc_view_text("2"), NULL);
    if (rc == 0)
        rc = evc_kv_copy(&copy, &list, NULL);
    evc_kv_reset(&list);
    evc_kv_reset(&copy);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    /* Five pairs in an array that grows once, a new value, a copy of all in one block. */
    ck_assert_uint_eq(evc_alloc_sweep(fill_and_copy, NULL), 7 + 1 + 1);
}
END_TEST

START_TEST(a_failed_set_keeps_the_old_value)
{
    int rc;

    EVC_CHECK_OK(add("a", "1"));
    evc_alloc_fail(0, true);
    rc = set("a", "2");
    (void)evc_alloc_stop();
    ck_assert_int_eq(rc, ENVCRYPT_E_NOMEM);
    ck_assert(evc_view_is_text(find("a")->value, "1"));
}
END_TEST

START_TEST(a_failed_copy_keeps_the_old_list)
{
    evc_kv other;
    int rc;

    evc_kv_init(&other);
    EVC_CHECK_OK(evc_kv_add(&other, evc_view_text("b"), evc_view_text("2"), NULL));
    EVC_CHECK_OK(add("a", "1"));
    evc_alloc_fail(0, true);
    rc = evc_kv_copy(&kv, &other, NULL);
    (void)evc_alloc_stop();
    ck_assert_int_eq(rc, ENVCRYPT_E_NOMEM);
    ck_assert(evc_view_is_text(find("a")->value, "1"));
    evc_kv_reset(&other);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {finds_what_was_added,
                                  finds_nothing_in_an_empty_list,
                                  value_is_given_as_a_text,
                                  finds_whole_names_only,
                                  is_sorted_by_unsigned_bytes_shorter_first,
                                  a_thousand_names_in_any_order_are_sorted,
                                  rejects_a_name_twice_and_keeps_the_first,
                                  the_message_names_the_name_and_not_the_value,
                                  names_and_values_may_hold_nul,
                                  names_and_values_are_copies_that_end_with_a_nul,
                                  empty_values_are_values,
                                  set_adds_and_replaces,
                                  set_to_its_own_value_is_fine,
                                  a_text_is_set_and_none_takes_the_name_out,
                                  remove_takes_one_away,
                                  remove_of_an_unknown_name_is_false,
                                  copy_replaces_and_stands_alone,
                                  copy_of_nothing_empties,
                                  reset_wipes_names_and_values,
                                  reserved_room_spares_allocations,
                                  more_than_was_reserved_is_fine,
                                  pairs_of_reserved_room_are_removed_and_replaced,
                                  room_past_all_memory_is_out_of_memory,
                                  a_list_is_usable_after_reset,
                                  survives_any_failed_allocation,
                                  a_failed_set_keeps_the_old_value,
                                  a_failed_copy_keeps_the_old_list,
                                  NULL};
    TCase *tcase = tcase_create("kv");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kv", add_tests)
