/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/reading.h"

#include <string.h>

#include "evc-check.h"

static evc_kube_readings r;

static void
set_up(void)
{
    memset(&r, 0, sizeof(r));
}

static evc_kube_reading
reading_of(int64_t read_ms)
{
    return (evc_kube_reading){.read_ms = read_ms, .next_ms = -1};
}

static void
add(int64_t read_ms, int64_t since_ms)
{
    evc_kube_reading reading = reading_of(read_ms);

    evc_kube_readings_add(&r, &reading, since_ms);
}

/* Which is there; a or b -1 = none. */
static void
check(int64_t a, int64_t b)
{
    ck_assert_uint_eq(r.count, (size_t)(a >= 0) + (b >= 0));
    if (a >= 0)
        ck_assert_int_eq(r.items[0].read_ms, a);
    if (b >= 0)
        ck_assert_int_eq(r.items[1].read_ms, b);
}

START_TEST(what_it_has_is_found_by_the_beginning_of_a_digest)
{
    uint8_t digest[32] = {1, 2, 3};
    uint8_t other[32] = {1, 2, 3};
    evc_kube_reading reading = reading_of(0);

    other[EVC_READING_DIGEST - 1] = 1;
    ck_assert(!evc_kube_reading_has_kind(NULL, digest));
    ck_assert(!evc_kube_reading_has_dek(NULL, digest));
    ck_assert(!evc_kube_reading_has_kind(&reading, digest));
    reading.kind_count = 2;
    memcpy(reading.kinds[1], digest, EVC_READING_DIGEST);
    ck_assert(evc_kube_reading_has_kind(&reading, digest));
    ck_assert(!evc_kube_reading_has_kind(&reading, other));
    ck_assert(!evc_kube_reading_has_dek(&reading, digest));
    reading.dek_count = 1;
    memcpy(reading.deks[0], other, EVC_READING_DIGEST);
    ck_assert(evc_kube_reading_has_dek(&reading, other));
}
END_TEST

START_TEST(the_latest_of_before_the_change_is_told)
{
    ck_assert_ptr_null(evc_kube_readings_before(&r, 1000));
    add(100, -1);
    add(200, -1);
    ck_assert_int_eq(evc_kube_readings_before(&r, 1000)->read_ms, 200);
    ck_assert_int_eq(evc_kube_readings_before(&r, 200)->read_ms, 100);
    ck_assert_ptr_null(evc_kube_readings_before(&r, 100));
}
END_TEST

START_TEST(after_a_change_the_one_from_before_stays_beside_the_latest)
{
    add(100, -1);
    add(200, 150);
    check(100, 200);
    add(300, 150);
    check(100, 300);
    add(400, 350);
    check(300, 400);
}
END_TEST

START_TEST(what_is_no_use_for_the_change_goes)
{
    add(100, -1);
    add(200, 50);
    check(200, -1);
}
END_TEST

START_TEST(where_no_change_is_told_the_first_stays)
{
    add(100, -1);
    add(200, -1);
    add(300, -1);
    check(100, 300);
}
END_TEST

START_TEST(the_first_run_after_each_is_kept)
{
    add(100, -1);
    evc_kube_readings_run(&r, 150);
    add(200, 180);
    evc_kube_readings_run(&r, 250);
    evc_kube_readings_run(&r, 300);
    ck_assert_int_eq(r.items[0].next_ms, 150);
    ck_assert_int_eq(r.items[1].next_ms, 250);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        what_it_has_is_found_by_the_beginning_of_a_digest,
        the_latest_of_before_the_change_is_told,
        after_a_change_the_one_from_before_stays_beside_the_latest,
        what_is_no_use_for_the_change_goes,
        where_no_change_is_told_the_first_stays,
        the_first_run_after_each_is_kept};
    TCase *tcase = tcase_create("reading");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("reading", add_tests)
