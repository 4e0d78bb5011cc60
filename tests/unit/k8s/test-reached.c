/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/reached.h"

#include <string.h>

#include "evc-check.h"

static evc_reached r;

static void
begin(void)
{
    r = (evc_reached){.size = 0};
}

static void
move(const char *key)
{
    evc_reached_move(&r, evc_view_text(key));
}

static bool
has(const char *key)
{
    return evc_reached_has(&r, evc_view_text(key));
}

START_TEST(nothing_is_known_while_a_list_goes_on)
{
    move("a/1");
    move("a/2");
    ck_assert(!has("a/1") && !has("a/2") && !has("a/3"));
    ck_assert(evc_view_is_text(evc_reached_key(&r), "a/2"));
}
END_TEST

START_TEST(what_came_is_known_when_a_list_begins_anew)
{
    move("a/1");
    move("a/3");
    evc_reached_begin_anew(&r);
    ck_assert(has("a/1") && has("a/2") && has("a/3") && !has("a/4"));
}
END_TEST

/* What follows was not given: a server whose order changes loses nothing so. */
START_TEST(the_first_that_is_new_ends_it)
{
    move("a/3");
    evc_reached_begin_anew(&r);
    move("a/4");
    ck_assert(!has("a/2"));
    ck_assert(!r.unordered);
}
END_TEST

START_TEST(where_there_is_no_order_nothing_is_known)
{
    move("a/3");
    move("a/1");
    evc_reached_begin_anew(&r);
    ck_assert(!has("a/1") && !has("a/3"));
    move("a/5");
    ck_assert_uint_eq(evc_reached_key(&r).size, 0);
}
END_TEST

START_TEST(one_that_comes_twice_is_no_order)
{
    move("a/1");
    move("a/1");
    ck_assert_uint_eq(evc_reached_key(&r).size, 0);
}
END_TEST

START_TEST(a_run_that_goes_on_knows_what_came)
{
    evc_reached_resume(&r, evc_view_text("a/3"));
    ck_assert(has("a/3") && !has("a/4"));
    evc_reached_resume(&r, evc_view_of(NULL, 0));
    ck_assert(!has("a/3"));
}
END_TEST

START_TEST(a_key_that_is_too_long_is_none)
{
    char key[EVC_OBJECT_KEY_MAX + 1];

    memset(key, 'x', sizeof(key));
    evc_reached_resume(&r, evc_view_of(key, sizeof(key)));
    ck_assert_uint_eq(evc_reached_key(&r).size, 0);
    evc_reached_move(&r, evc_view_of(key, sizeof(key) - 1));
    ck_assert_uint_eq(evc_reached_key(&r).size, EVC_OBJECT_KEY_MAX);
    key[0] = 'y';
    evc_reached_move(&r, evc_view_of(key, sizeof(key)));
    ck_assert_uint_eq(evc_reached_key(&r).size, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {nothing_is_known_while_a_list_goes_on,
                                what_came_is_known_when_a_list_begins_anew,
                                the_first_that_is_new_ends_it,
                                where_there_is_no_order_nothing_is_known,
                                one_that_comes_twice_is_no_order,
                                a_run_that_goes_on_knows_what_came,
                                a_key_that_is_too_long_is_none};
    TCase *tcase = tcase_create("reached");

    tcase_add_checked_fixture(tcase, begin, NULL);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("reached", add_tests)
