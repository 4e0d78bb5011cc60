/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/fingerprints.h"

#include "etcd-fixture.h"
#include "evc-alloc.h"

static evc_fingerprints map;

static void
begin(void)
{
    etcd_begin();
    evc_fingerprints_init(&map, crypto, 1000);
}

static void
end(void)
{
    evc_fingerprints_reset(&map);
    etcd_end();
}

static evc_fingerprint *
add(const char *text, bool *made)
{
    evc_view part = evc_view_text(text);
    evc_fingerprint *entry;

    EVC_CHECK_OK(evc_fingerprints_add(&map, &part, 1, &entry, made, NULL));
    return entry;
}

static evc_fingerprint *
find(const char *text)
{
    evc_view part = evc_view_text(text);
    evc_fingerprint *entry;

    EVC_CHECK_OK(evc_fingerprints_find(&map, &part, 1, &entry, NULL));
    return entry;
}

START_TEST(finds_nothing_in_an_empty_map)
{
    ck_assert_ptr_null(find("a"));
}
END_TEST

START_TEST(keeps_what_was_noted)
{
    bool made;

    add("a", &made)->first = 7;
    ck_assert(made);
    ck_assert_uint_eq(add("a", &made)->first, 7);
    ck_assert(!made);
    ck_assert_uint_eq(find("a")->first, 7);
    ck_assert_ptr_null(find("b"));
}
END_TEST

START_TEST(begins_with_zeros)
{
    bool made;
    const evc_fingerprint *entry = add("a", &made);

    ck_assert_uint_eq(entry->first, 0);
    ck_assert_uint_eq(entry->second, 0);
    ck_assert(!entry->third);
}
END_TEST

START_TEST(holds_as_many_as_its_limit)
{
    char text[16];
    bool made;

    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof(text), "%u", i);
        add(text, &made)->first = i;
    }
    ck_assert_ptr_null(add("one more", &made));
    ck_assert(!made);
    ck_assert_uint_eq(map.count, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof(text), "%u", i);
        ck_assert_uint_eq(find(text)->first, i);
        ck_assert_uint_eq(add(text, &made)->first, i);
    }
}
END_TEST

START_TEST(a_full_map_is_no_fuller_than_three_quarters)
{
    char text[16];
    bool made;

    for (unsigned i = 0; i < 1000; i++) {
        (void)snprintf(text, sizeof(text), "%u", i);
        (void)add(text, &made);
        ck_assert_uint_le(map.count, map.capacity / 4 * 3);
    }
    ck_assert_uint_eq(map.capacity, 2048);
    ck_assert_uint_eq(sizeof(evc_fingerprint), 32);
}
END_TEST

START_TEST(parts_count_with_their_lengths)
{
    const evc_view one[] = {evc_view_text("ab"), evc_view_text("c")};
    const evc_view other[] = {evc_view_text("a"), evc_view_text("bc")};
    evc_fingerprint *entry;
    bool made;

    EVC_CHECK_OK(evc_fingerprints_add(&map, one, 2, &entry, &made, NULL));
    EVC_CHECK_OK(evc_fingerprints_find(&map, other, 2, &entry, NULL));
    ck_assert_ptr_null(entry);
    EVC_CHECK_OK(evc_fingerprints_find(&map, one, 2, &entry, NULL));
    ck_assert_ptr_nonnull(entry);
}
END_TEST

START_TEST(refuses_more_parts_than_it_takes)
{
    evc_view parts[EVC_FINGERPRINT_PARTS + 1] = {{NULL, 0}};
    evc_fingerprint *entry;
    bool made;

    EVC_CHECK_OK(
        evc_fingerprints_add(&map, parts, EVC_FINGERPRINT_PARTS, &entry, &made, NULL));
    EVC_CHECK_CODE(evc_fingerprints_add(&map, parts, EVC_FINGERPRINT_PARTS + 1, &entry,
                                        &made, NULL),
                   ENVCRYPT_E_INTERNAL);
}
END_TEST

static int
fill(void *user)
{
    evc_fingerprints own;
    int rc = 0;

    (void)user;
    evc_fingerprints_init(&own, crypto, 100);
    for (unsigned i = 0; rc == 0 && i < 100; i++) {
        evc_view part = evc_view_of(&i, sizeof(i));
        evc_fingerprint *entry;
        bool made;

        rc = evc_fingerprints_add(&own, &part, 1, &entry, &made, NULL);
    }
    evc_fingerprints_reset(&own);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    ck_assert_uint_eq(evc_alloc_sweep(fill, NULL), 3); /* 64, 128, 256 */
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("fingerprints");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, finds_nothing_in_an_empty_map);
    tcase_add_test(tcase, keeps_what_was_noted);
    tcase_add_test(tcase, begins_with_zeros);
    tcase_add_test(tcase, holds_as_many_as_its_limit);
    tcase_add_test(tcase, a_full_map_is_no_fuller_than_three_quarters);
    tcase_add_test(tcase, parts_count_with_their_lengths);
    tcase_add_test(tcase, refuses_more_parts_than_it_takes);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("fingerprints", add_tests)
