/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lease_read.h"

#include "evc-check.h"

#define ABOUT                                                           \
    "\"metadata\":{\"name\":\"run\",\"namespace\":\"a\",\"uid\":\"u\"," \
    "\"resourceVersion\":\"7\"}"
#define LEASE(spec) "{\"kind\":\"Lease\"," ABOUT ",\"spec\":{" spec "}}"

static evc_lease_read reading;
static evc_kube_fields fields;

static void
set_up(void)
{
    reading = (evc_lease_read){.ns = "a", .name = "run", .holder = "me"};
    fields = (evc_kube_fields){.table = NULL};
    evc_lease_read_attach(&reading, &fields);
}

/* In pieces of so many bytes. */
static int
read_in(const char *text, size_t piece)
{
    size_t size = strlen(text);
    int rc = 0;
    int ended;

    evc_lease_read_restart(&reading);
    evc_kube_fields_begin(&fields);
    for (size_t at = 0; rc == 0 && at < size; at += piece)
        rc = evc_kube_fields_feed(
            &fields, evc_view_of(&text[at], size - at < piece ? size - at : piece),
            NULL);
    ended = evc_kube_fields_end(&fields, NULL);
    return rc ? rc : ended;
}

static int
read_lease(const char *text)
{
    return read_in(text, strlen(text));
}

START_TEST(all_of_a_lease_is_told)
{
    EVC_CHECK_OK(
        read_lease(LEASE("\"holderIdentity\":\"other\",\"leaseDurationSeconds\":60,"
                         "\"renewTime\":\"2023-11-14T22:13:20.250000Z\","
                         "\"leaseTransitions\":3")));
    EVC_CHECK_OK(evc_lease_read_check(&reading, NULL));
    ck_assert_str_eq(reading.state.uid, "u");
    ck_assert_str_eq(reading.state.version, "7");
    ck_assert_str_eq(reading.state.shown, "other");
    ck_assert_uint_eq(reading.state.holder_size, 5);
    ck_assert_int_eq(reading.state.seconds, 60);
    ck_assert_int_eq(reading.state.transitions, 3);
    ck_assert_int_eq(reading.state.renewed_ms / 1000, 1700000000);
}
END_TEST

START_TEST(nobody_holds_one_without_a_holder)
{
    EVC_CHECK_OK(read_lease(LEASE("")));
    ck_assert_uint_eq(reading.state.holder_size, 0);
    ck_assert_int_eq(reading.state.renewed_ms, -1);
    ck_assert_int_eq(reading.state.seconds, 0);
    ck_assert(!evc_lease_read_is_ours(&reading.state, "me"));
}
END_TEST

static const struct {
    const char *text;
    bool ours;
} holders[] = {
    {LEASE("\"holderIdentity\":\"me\""), true},
    {LEASE("\"holderIdentity\":\"m\""), false},
    {LEASE("\"holderIdentity\":\"me-too\""), false},
    {LEASE("\"holderIdentity\":\"ne\""), false},
    {LEASE("\"holderIdentity\":\"\""), false},
};

START_TEST(ours_is_only_what_is_held_under_our_whole_identity)
{
    for (size_t piece = 1; piece < 40; piece += 3) {
        EVC_CHECK_OK(read_in(holders[_i].text, piece));
        ck_assert(evc_lease_read_is_ours(&reading.state, "me") == holders[_i].ours);
    }
}
END_TEST

START_TEST(of_a_long_identity_the_beginning_is_kept)
{
    static char text[1200];
    char holder[901];

    memset(holder, 'x', 900);
    holder[900] = '\0';
    (void)snprintf(text, sizeof(text), LEASE("\"holderIdentity\":\"%s\""), holder);
    EVC_CHECK_OK(read_lease(text));
    ck_assert_uint_eq(reading.state.holder_size, 900);
    ck_assert_uint_eq(strlen(reading.state.shown), EVC_LEASE_SHOWN);
}
END_TEST

static const struct {
    const char *text;
    int64_t seconds;
} numbers[] = {
    {LEASE("\"leaseDurationSeconds\":2147483647"), 2147483647},
    {LEASE("\"leaseDurationSeconds\":2147483648"), 0},
    {LEASE("\"leaseDurationSeconds\":-1"), 0},
    {LEASE("\"leaseDurationSeconds\":1.5"), 0},
    {LEASE("\"leaseDurationSeconds\":null"), 0},
};

START_TEST(a_number_that_no_lease_has_is_none)
{
    EVC_CHECK_OK(read_lease(numbers[_i].text));
    ck_assert_int_eq(reading.state.seconds, numbers[_i].seconds);
}
END_TEST

static const char *const times[] = {"", "soon", "2023-11-14", "2023-13-14T22:13:20Z"};

START_TEST(a_time_that_is_none_is_never)
{
    char text[300];

    (void)snprintf(text, sizeof(text), LEASE("\"renewTime\":\"%s\""), times[_i]);
    EVC_CHECK_OK(read_lease(text));
    ck_assert_int_eq(reading.state.renewed_ms, -1);
}
END_TEST

static const char *const about_others[] = {
    "{\"kind\":\"Secret\"}",
    "{\"kind\":\"Lease\",\"metadata\":{\"name\":\"walk\"}}",
    "{\"kind\":\"Lease\",\"metadata\":{\"namespace\":\"b\"}}",
};

START_TEST(a_reply_about_another_lease_is_refused)
{
    EVC_CHECK_CODE(read_lease(about_others[_i]), ENVCRYPT_E_PROTOCOL);
}
END_TEST

static const char *const unnamed[] = {
    "{}",
    "{\"metadata\":{\"uid\":\"u\"}}",
    "{\"metadata\":{\"resourceVersion\":\"7\"}}",
};

START_TEST(one_without_uid_or_version_is_none)
{
    EVC_CHECK_OK(read_lease(unnamed[_i]));
    EVC_CHECK_CODE(evc_lease_read_check(&reading, NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(each_attempt_begins_anew)
{
    EVC_CHECK_CODE(read_lease(about_others[0]), ENVCRYPT_E_PROTOCOL);
    EVC_CHECK_OK(read_lease(LEASE("\"holderIdentity\":\"other\"")));
    EVC_CHECK_OK(read_lease(LEASE("")));
    ck_assert_uint_eq(reading.state.holder_size, 0);
    ck_assert_str_eq(reading.state.shown, "");
}
END_TEST

#define EACH(test, table) \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(table) / sizeof((table)[0])))

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("lease_read");

    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, all_of_a_lease_is_told);
    tcase_add_test(tcase, nobody_holds_one_without_a_holder);
    tcase_add_test(tcase, of_a_long_identity_the_beginning_is_kept);
    tcase_add_test(tcase, each_attempt_begins_anew);
    EACH(ours_is_only_what_is_held_under_our_whole_identity, holders);
    EACH(a_number_that_no_lease_has_is_none, numbers);
    EACH(a_time_that_is_none_is_never, times);
    EACH(a_reply_about_another_lease_is_refused, about_others);
    EACH(one_without_uid_or_version_is_none, unnamed);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("lease_read", add_tests)
