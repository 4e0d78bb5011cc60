/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/summed.h"

#include "evc-alloc.h"
#include "record-fixture.h"

#define OBJECT "{\n  \"a\": 1\n}\n"

static evc_buf text;

static void
set_up(void)
{
    record_set_up();
    evc_buf_init(&text);
    EVC_CHECK_OK(evc_summed_put(crypto, evc_view_text(OBJECT), &text, NULL));
}

static void
tear_down(void)
{
    evc_buf_reset(&text);
    record_tear_down();
}

/* By sha256sum, of all before the comma. */
START_TEST(the_sum_is_that_of_all_before_it)
{
    static const char wanted[] =
        "{\n  \"a\": 1,\n  \"sum\": \""
        "d298ee5b852fc7dfacbb4dbf9c73da22d8a55ccb56c156043c930b278c39e889\"\n}\n";

    ck_assert_uint_eq(text.size, sizeof(wanted) - 1);
    ck_assert_int_eq(memcmp(text.data, wanted, text.size), 0);
    EVC_CHECK_OK(evc_summed_check(crypto, evc_buf_view(&text), NULL));
}
END_TEST

START_TEST(any_changed_byte_is_seen)
{
    for (size_t i = 0; i < text.size; i++) {
        text.data[i] ^= 1;
        EVC_CHECK_CODE(evc_summed_check(crypto, evc_buf_view(&text), NULL),
                       ENVCRYPT_E_CLUSTER_STATE);
        text.data[i] ^= 1;
    }
}
END_TEST

START_TEST(any_cut_is_seen)
{
    for (size_t size = 0; size < text.size; size++)
        EVC_CHECK_CODE(evc_summed_check(crypto, evc_view_of(text.data, size), NULL),
                       ENVCRYPT_E_CLUSTER_STATE);
}
END_TEST

static int
put_and_check(void *user)
{
    int rc;

    (void)user;
    evc_buf_reset(&text);
    rc = evc_summed_put(crypto, evc_view_text(OBJECT), &text, NULL);
    return rc ? rc : evc_summed_check(crypto, evc_buf_view(&text), NULL);
}

START_TEST(every_failed_allocation_is_told)
{
    ck_assert_uint_gt(evc_alloc_sweep(put_and_check, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_sum_is_that_of_all_before_it,
                                  any_changed_byte_is_seen, any_cut_is_seen,
                                  every_failed_allocation_is_told, NULL};
    TCase *tcase = tcase_create("summed");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("summed", add_tests)
