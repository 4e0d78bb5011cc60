/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/key_spans.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_key_spans spans;

static void
begin(void)
{
    evc_key_spans_init(&spans);
}

static void
end(void)
{
    evc_key_spans_reset(&spans);
}

static bool
is_twice(const char *key)
{
    bool twice;

    EVC_CHECK_OK(evc_key_spans_add(&spans, evc_view_text(key), &twice, NULL));
    return twice;
}

/* A reply with these keys, each a letter. */
static void
reply(const char *keys, bool more)
{
    for (; *keys; keys++) {
        const char key[] = {*keys, '\0'};

        ck_assert_msg(!is_twice(key), "%s", key);
    }
    evc_key_spans_end(&spans, more);
}

START_TEST(a_key_of_an_earlier_reply_is_there_twice)
{
    reply("bdf", false);
    ck_assert(is_twice("d"));
    ck_assert(is_twice("b"));
    ck_assert(is_twice("f"));
}
END_TEST

START_TEST(a_key_between_those_of_an_earlier_reply_is_too)
{
    reply("bf", false);
    ck_assert(is_twice("c"));
    ck_assert(is_twice("ba"));
    ck_assert(!is_twice("a"));
    ck_assert(!is_twice("fa"));
}
END_TEST

START_TEST(the_order_within_a_reply_does_not_count)
{
    reply("dbf", false);
    ck_assert(is_twice("c"));
    ck_assert(is_twice("e"));
    ck_assert(!is_twice("g"));
}
END_TEST

START_TEST(a_key_of_the_reply_at_hand_is_not)
{
    ck_assert(!is_twice("b"));
    ck_assert(!is_twice("d"));
    ck_assert(!is_twice("c"));
}
END_TEST

START_TEST(ranges_may_come_in_any_order)
{
    reply("xyz", false);
    reply("abc", false);
    reply("mn", false);
    ck_assert(!is_twice("d"));
    ck_assert(!is_twice("l"));
    ck_assert(is_twice("y"));
    ck_assert(is_twice("b"));
    ck_assert(is_twice("m"));
}
END_TEST

START_TEST(what_is_between_the_pages_of_a_range_belongs_to_it)
{
    reply("ab", true);
    reply("xy", false);
    ck_assert(is_twice("m"));
}
END_TEST

START_TEST(what_is_between_two_ranges_belongs_to_none)
{
    reply("ab", false);
    reply("xy", false);
    ck_assert(!is_twice("m"));
}
END_TEST

START_TEST(an_empty_reply_has_no_keys)
{
    reply("", false);
    reply("b", false);
    reply("", false);
    ck_assert(is_twice("b"));
    ck_assert(!is_twice("a"));
}
END_TEST

START_TEST(any_number_of_replies_in_order_is_taken)
{
    char key[16];

    for (int i = 0; i < 1000; i++) {
        (void)snprintf(key, sizeof(key), "k%04d", i);
        ck_assert(!is_twice(key));
        evc_key_spans_end(&spans, false);
    }
    ck_assert(is_twice("k0000"));
    ck_assert(is_twice("k0500"));
    ck_assert(is_twice("k0999"));
    ck_assert(!is_twice("k1000"));
}
END_TEST

/* The first 16 are known one by one; with the next one the two oldest are one. */
START_TEST(past_sixteen_the_oldest_count_as_one)
{
    static const char keys[] = "zaywvutsrqponmlk";

    for (size_t i = 0; i < EVC_KEY_SPANS; i++)
        reply((const char[]){keys[i], '\0'}, false);
    ck_assert(!is_twice("c"));
    evc_key_spans_reset(&spans);
    evc_key_spans_init(&spans);
    for (size_t i = 0; i < EVC_KEY_SPANS; i++)
        reply((const char[]){keys[i], '\0'}, false);
    reply("j", false);
    ck_assert(is_twice("c"));
    ck_assert(is_twice("a"));
    ck_assert(is_twice("z"));
    ck_assert(is_twice("j"));
}
END_TEST

static int
add_once(void *user)
{
    evc_key_spans own;
    bool twice;
    int rc;

    (void)user;
    evc_key_spans_init(&own);
    rc = evc_key_spans_add(&own, evc_view_text("a"), &twice, NULL);
    evc_key_spans_end(&own, false);
    evc_key_spans_reset(&own);
    return rc;
}

START_TEST(memory_that_runs_out_is_told)
{
    ck_assert_uint_eq(evc_alloc_sweep(add_once, NULL), 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("key_spans");

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, a_key_of_an_earlier_reply_is_there_twice);
    tcase_add_test(tcase, a_key_between_those_of_an_earlier_reply_is_too);
    tcase_add_test(tcase, the_order_within_a_reply_does_not_count);
    tcase_add_test(tcase, a_key_of_the_reply_at_hand_is_not);
    tcase_add_test(tcase, ranges_may_come_in_any_order);
    tcase_add_test(tcase, what_is_between_the_pages_of_a_range_belongs_to_it);
    tcase_add_test(tcase, what_is_between_two_ranges_belongs_to_none);
    tcase_add_test(tcase, an_empty_reply_has_no_keys);
    tcase_add_test(tcase, any_number_of_replies_in_order_is_taken);
    tcase_add_test(tcase, past_sixteen_the_oldest_count_as_one);
    tcase_add_test(tcase, memory_that_runs_out_is_told);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("key_spans", add_tests)
