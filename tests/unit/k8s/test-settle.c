/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/settle.h"

#include "evc-check.h"

static const evc_kube_object listed = {
    .ns = "ns", .name = "name", .uid = "u1", .version = "10"};
static evc_settled how;

static void
after_patch(int code, const char *version, evc_settle_next next)
{
    ck_assert_msg(evc_settle_patch(code, &listed, version, listed.written_ms, &how) ==
                      next,
                  "%s", evc_error_name(code));
}

static evc_settle_next
after_read(int code, int refused, const char *uid, const char *version, uint32_t tries)
{
    evc_kube_object found = listed;

    (void)snprintf(found.uid, sizeof(found.uid), "%s", uid);
    (void)snprintf(found.version, sizeof(found.version), "%s", version);
    return evc_settle_read(code, refused, &listed, &found, tries, &how);
}

START_TEST(a_new_version_is_rewritten_and_the_old_one_current)
{
    after_patch(0, "11", EVC_SETTLE_DONE);
    ck_assert_int_eq(how, EVC_SETTLED_REWRITTEN);
    after_patch(0, "10", EVC_SETTLE_DONE);
    ck_assert_int_eq(how, EVC_SETTLED_CURRENT);
}
END_TEST

START_TEST(what_a_webhook_changed_on_the_way_is_no_sign_of_keys)
{
    ck_assert_int_eq(evc_settle_patch(0, &listed, "11", listed.written_ms + 1000, &how),
                     EVC_SETTLE_DONE);
    ck_assert_int_eq(how, EVC_SETTLED_ALTERED);
}
END_TEST

START_TEST(what_is_deleted_is_gone)
{
    static const int refusals[] = {ENVCRYPT_E_KUBE_NOT_FOUND, ENVCRYPT_E_KUBE_CONFLICT};

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        after_patch(refusals[i], "", EVC_SETTLE_READ);
        ck_assert_int_eq(after_read(ENVCRYPT_E_KUBE_NOT_FOUND, refusals[i], "", "", 1),
                         EVC_SETTLE_DONE);
        ck_assert_int_eq(how, EVC_SETTLED_GONE);
    }
}
END_TEST

START_TEST(a_refused_version_or_uid_is_settled_by_reading)
{
    after_patch(ENVCRYPT_E_KUBE_CONFLICT, "", EVC_SETTLE_READ);
    after_patch(ENVCRYPT_E_KUBE_INVALID, "", EVC_SETTLE_READ);
}
END_TEST

START_TEST(newer_than_the_list_was_written_by_somebody_else)
{
    ck_assert_int_eq(after_read(0, ENVCRYPT_E_KUBE_CONFLICT, "u1", "12", 1),
                     EVC_SETTLE_DONE);
    ck_assert_int_eq(how, EVC_SETTLED_ELSEWHERE);
    ck_assert_int_eq(after_read(0, ENVCRYPT_E_KUBE_CONFLICT, "u1", "opaque", 1),
                     EVC_SETTLE_DONE);
    ck_assert_int_eq(how, EVC_SETTLED_ELSEWHERE);
}
END_TEST

START_TEST(another_object_of_the_name_is_new)
{
    ck_assert_int_eq(after_read(0, ENVCRYPT_E_KUBE_INVALID, "u2", "9", 1),
                     EVC_SETTLE_DONE);
    ck_assert_int_eq(how, EVC_SETTLED_ELSEWHERE);
}
END_TEST

START_TEST(a_conflict_that_nothing_explains_is_tried_again_to_a_limit)
{
    ck_assert_int_eq(
        after_read(0, ENVCRYPT_E_KUBE_CONFLICT, "u1", "10", EVC_SETTLE_TRIES - 1),
        EVC_SETTLE_AGAIN);
    ck_assert_int_eq(
        after_read(0, ENVCRYPT_E_KUBE_CONFLICT, "u1", "9", EVC_SETTLE_TRIES - 1),
        EVC_SETTLE_AGAIN);
    ck_assert_int_eq(
        after_read(0, ENVCRYPT_E_KUBE_CONFLICT, "u1", "10", EVC_SETTLE_TRIES),
        EVC_SETTLE_DONE);
    ck_assert_int_eq(how, EVC_SETTLED_FAILED);
}
END_TEST

START_TEST(what_a_webhook_refuses_fails_whatever_it_says)
{
    static const int words[] = {ENVCRYPT_E_KUBE_INVALID, ENVCRYPT_E_KUBE_NOT_FOUND,
                                ENVCRYPT_E_AUTH};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        after_patch(words[i], "", EVC_SETTLE_READ);
        ck_assert_int_eq(after_read(0, words[i], "u1", "10", 1), EVC_SETTLE_DONE);
        ck_assert_int_eq(how, EVC_SETTLED_FAILED);
    }
}
END_TEST

START_TEST(credentials_that_a_reading_is_refused_for_end_the_run)
{
    after_patch(ENVCRYPT_E_AUTH, "", EVC_SETTLE_READ);
    ck_assert_int_eq(after_read(ENVCRYPT_E_AUTH, ENVCRYPT_E_AUTH, "", "", 1),
                     EVC_SETTLE_STOP);
}
END_TEST

START_TEST(errors_of_an_object_fail_it_and_no_other)
{
    static const int codes[] = {ENVCRYPT_E_DENIED, ENVCRYPT_E_KUBE_UNREADABLE,
                                ENVCRYPT_E_REQUEST_REFUSED, ENVCRYPT_E_PROTOCOL};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        after_patch(codes[i], "", EVC_SETTLE_DONE);
        ck_assert_int_eq(how, EVC_SETTLED_FAILED);
        ck_assert_int_eq(after_read(codes[i], ENVCRYPT_E_KUBE_CONFLICT, "u1", "10", 1),
                         EVC_SETTLE_DONE);
        ck_assert_int_eq(how, EVC_SETTLED_FAILED);
    }
}
END_TEST

START_TEST(trouble_of_the_server_is_waited_out)
{
    static const int codes[] = {ENVCRYPT_E_THROTTLED, ENVCRYPT_E_SERVICE_DOWN,
                                ENVCRYPT_E_NET_BROKEN, ENVCRYPT_E_NET_CONNECT,
                                ENVCRYPT_E_NET_DNS};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        after_patch(codes[i], "", EVC_SETTLE_LATER);
}
END_TEST

START_TEST(what_every_request_would_meet_ends_the_run)
{
    static const int codes[] = {ENVCRYPT_E_TLS,
                                ENVCRYPT_E_REDIRECT,
                                ENVCRYPT_E_NO_CREDENTIALS,
                                ENVCRYPT_E_BAD_CREDENTIALS,
                                ENVCRYPT_E_CREDENTIALS_DOWN,
                                ENVCRYPT_E_CANCELED,
                                ENVCRYPT_E_TIMEOUT,
                                ENVCRYPT_E_FORKED,
                                ENVCRYPT_E_NOMEM,
                                ENVCRYPT_E_CALL_BUDGET,
                                ENVCRYPT_E_TRANSPORT};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        after_patch(codes[i], "", EVC_SETTLE_STOP);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        a_new_version_is_rewritten_and_the_old_one_current,
        what_a_webhook_changed_on_the_way_is_no_sign_of_keys,
        what_is_deleted_is_gone,
        a_refused_version_or_uid_is_settled_by_reading,
        newer_than_the_list_was_written_by_somebody_else,
        another_object_of_the_name_is_new,
        a_conflict_that_nothing_explains_is_tried_again_to_a_limit,
        what_a_webhook_refuses_fails_whatever_it_says,
        credentials_that_a_reading_is_refused_for_end_the_run,
        errors_of_an_object_fail_it_and_no_other,
        trouble_of_the_server_is_waited_out,
        what_every_request_would_meet_ends_the_run,
        NULL};

    evc_check_add(suite, "settle", all);
}

EVC_TEST_MAIN("settle", add_tests)
