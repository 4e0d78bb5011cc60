/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lease.h"

#include "evc-alloc.h"
#include "scripted-kube.h"

#define AT_0 \
    "Tue, 14 Nov 2023 22:13:20 GMT" /* by the server; ours is one second later */
#define AT_61 "Tue, 14 Nov 2023 22:14:21 GMT"
#define OTHER "other_1"
#define LEASE(version, spec)                                                      \
    "{\"kind\":\"Lease\",\"apiVersion\":\"coordination.k8s.io/"                   \
    "v1\",\"metadata\":{\"name\""                                                 \
    ":\"run\",\"namespace\":\"kube-system\",\"uid\":\"u-1\",\"resourceVersion\":" \
    "\"" version "\"},\"spec\":{" spec "}}"
#define HELD(holder, seconds, renewed)                                    \
    "\"holderIdentity\":\"" holder "\",\"leaseDurationSeconds\":" seconds \
    ",\"renewTime\":\"" renewed "\",\"leaseTransitions\":4"
#define URL \
    "https://kube.example/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
#define ABSENT                                                       \
    {                                                                \
        .status = 404, .body = "{\"kind\":\"Status\"}", .date = AT_0 \
    }
#define CONFLICT                                                     \
    {                                                                \
        .status = 409, .body = "{\"kind\":\"Status\"}", .date = AT_0 \
    }
#define TAKEN(version)                                      \
    {                                                       \
        .status = 200, .date = AT_0, .make = ours_##version \
    }

/* The lease as the server has it after a request of ours. */
static const char *
ours(const kube_request *request, const char *version)
{
    static char body[1024];
    const char *holder = strstr(request->body, "\"holderIdentity\":\"");

    holder = holder ? &holder[18] : "";
    (void)snprintf(body, sizeof(body),
                   LEASE("%s", HELD("%.*s", "60", "2023-11-14T22:13:20.000000Z")),
                   version, (int)strcspn(holder, "\""), holder);
    return body;
}

static const char *
ours_1(const kube_request *request)
{
    return ours(request, "1");
}

static const char *
ours_6(const kube_request *request)
{
    return ours(request, "6");
}

static const char *
ours_7(const kube_request *request)
{
    return ours(request, "7");
}

static evc_kube_lease *lease;
static evc_error *error;

static void
set_up(void)
{
    kube_set_up();
    lease = NULL;
    error = NULL;
}

static void
tear_down(void)
{
    evc_kube_lease_drop(lease);
    evc_error_free(error);
    kube_tear_down();
}

static int
take(void)
{
    int rc = evc_kube_lease_take(k.kube, "kube-system", "run", "me", &k.wait, &lease,
                                 &error);

    ck_assert_int_eq(rc == 0, error == NULL);
    return rc;
}

static void
check_says(const char *text)
{
    ck_assert_msg(strstr(evc_error_message(error), text) != NULL, "%s",
                  evc_error_message(error));
}

/* What stands in a request of ours behind a name, up to a quote. */
static const char *
sent(size_t n, const char *member)
{
    static char value[128];
    char start[64];
    const char *at;

    (void)snprintf(start, sizeof(start), "\"%s\":\"", member);
    at = strstr(k.requests[n].body, start);
    ck_assert_msg(at != NULL, "%s", k.requests[n].body);
    at = &at[strlen(start)];
    (void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\""), at);
    return value;
}

/* --- taking ----------------------------------------------------------------------- */

START_TEST(lease_that_is_not_there_is_made)
{
    KUBE_PLAY(ABSENT, TAKEN(7));
    EVC_CHECK_OK(take());
    ck_assert_str_eq(k.requests[0].method, "GET");
    ck_assert_str_eq(k.requests[0].url, URL "/run");
    ck_assert_str_eq(k.requests[1].method, "POST");
    ck_assert_str_eq(k.requests[1].url, URL "?fieldManager=libenvcrypt");
    ck_assert(strstr(k.requests[1].body,
                     "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\","
                     "\"metadata\":{\"name\":\"run\",\"namespace\":\"kube-system\"},"
                     "\"spec\":{\"holderIdentity\":\"me_") == k.requests[1].body);
    ck_assert(strstr(k.requests[1].body, "\"leaseDurationSeconds\":60,") != NULL);
    ck_assert(strstr(k.requests[1].body, "\"leaseTransitions\":1}") != NULL);
}
END_TEST

START_TEST(times_are_the_servers_with_six_digits)
{
    KUBE_PLAY({.status = 404, .body = "{}", .date = AT_61, .lasts_ms = 250}, TAKEN(7));
    EVC_CHECK_OK(take());
    ck_assert_str_eq(sent(1, "renewTime"), "2023-11-14T22:14:21.000000Z");
    ck_assert_str_eq(sent(1, "acquireTime"), "2023-11-14T22:14:21.000000Z");
}
END_TEST

START_TEST(without_the_servers_time_ours_is_written)
{
    KUBE_PLAY({.status = 404, .body = "{}"}, TAKEN(7));
    EVC_CHECK_OK(take());
    ck_assert_str_eq(sent(1, "renewTime"), "2023-11-14T22:13:21.000000Z");
}
END_TEST

START_TEST(no_two_runs_have_the_same_identity)
{
    char first[128];

    KUBE_PLAY(ABSENT, TAKEN(7));
    EVC_CHECK_OK(take());
    (void)snprintf(first, sizeof(first), "%s", sent(1, "holderIdentity"));
    ck_assert_uint_eq(strlen(first), strlen("me_") + 16);
    evc_kube_lease_drop(lease);
    KUBE_PLAY(ABSENT, TAKEN(7));
    EVC_CHECK_OK(take());
    ck_assert_str_ne(first, sent(1, "holderIdentity"));
}
END_TEST

START_TEST(lease_that_another_holds_is_left_and_its_holder_named)
{
    KUBE_PLAY({.status = 200,
               .date = AT_0,
               .body = LEASE("5", HELD(OTHER, "60", "2023-11-14T22:13:00.000000Z"))});
    EVC_CHECK_CODE(take(), ENVCRYPT_E_LEASE_HELD);
    ck_assert_ptr_null(lease);
    ck_assert_uint_eq(k.asked, 1);
    check_says("the lease run of namespace kube-system is held by \"" OTHER
               "\" until 2023-11-14T22:14:00Z");
    ck_assert_int_eq(evc_error_retry_after_ms(error), 40000);
}
END_TEST

START_TEST(lease_at_its_end_is_still_held)
{
    KUBE_PLAY({.status = 200,
               .date = AT_61,
               .body = LEASE("5", HELD(OTHER, "60", "2023-11-14T22:13:21.000000Z"))});
    EVC_CHECK_CODE(take(), ENVCRYPT_E_LEASE_HELD);
}
END_TEST

START_TEST(lease_past_its_end_is_taken_over_as_it_was_read)
{
    KUBE_PLAY({.status = 200,
               .date = AT_61,
               .body = LEASE("5", HELD(OTHER, "60", "2023-11-14T22:13:20.999999Z"))},
              TAKEN(6));
    EVC_CHECK_OK(take());
    ck_assert_str_eq(k.requests[1].method, "PATCH");
    ck_assert_str_eq(k.requests[1].url, URL "/run?fieldManager=libenvcrypt");
    ck_assert_str_eq(k.requests[1].content, "application/merge-patch+json");
    ck_assert(strstr(k.requests[1].body,
                     "{\"metadata\":{\"uid\":\"u-1\","
                     "\"resourceVersion\":\"5\"},\"spec\":{") == k.requests[1].body);
    ck_assert(strstr(k.requests[1].body, "\"leaseTransitions\":5}") != NULL);
}
END_TEST

START_TEST(without_the_servers_time_nothing_is_taken_over)
{
    KUBE_PLAY({.status = 200,
               .body = LEASE("5", HELD(OTHER, "1", "2001-01-01T00:00:00.000000Z"))});
    EVC_CHECK_CODE(take(), ENVCRYPT_E_LEASE_HELD);
    ck_assert_uint_eq(k.asked, 1);
}
END_TEST

static const char *const free_ones[] = {
    "",
    "\"holderIdentity\":null,\"renewTime\":\"2023-11-14T22:13:20.000000Z\","
    "\"leaseDurationSeconds\":1",
    "\"holderIdentity\":\"\"",
    "\"holderIdentity\":\"" OTHER "\",\"leaseDurationSeconds\":60",
    "\"holderIdentity\":\"" OTHER "\",\"leaseDurationSeconds\":-60,\"renewTime\":"
    "\"2023-11-14T22:13:19.000000Z\"",
};

START_TEST(lease_that_nobody_holds_is_taken)
{
    char body[1024];

    (void)snprintf(body, sizeof(body), LEASE("5", "%s"), free_ones[_i]);
    KUBE_PLAY({.status = 200, .date = AT_0, .body = body}, TAKEN(6));
    EVC_CHECK_OK(take());
    ck_assert_str_eq(k.requests[1].method, "PATCH");
}
END_TEST

START_TEST(who_was_quicker_is_heard)
{
    const kube_step others = {
        .status = 200,
        .date = AT_0,
        .body = LEASE("6", HELD(OTHER, "60", "2023-11-14T22:13:20.000000Z"))};

    KUBE_PLAY(ABSENT, CONFLICT, others);
    EVC_CHECK_CODE(take(), ENVCRYPT_E_LEASE_HELD);
    check_says(OTHER);
    KUBE_PLAY({.status = 200, .date = AT_0, .body = LEASE("5", "")}, CONFLICT, others);
    EVC_CHECK_CODE(take(), ENVCRYPT_E_LEASE_HELD);
    check_says(OTHER);
}
END_TEST

START_TEST(lease_that_changes_each_time_is_given_up)
{
    KUBE_PLAY(ABSENT, CONFLICT, ABSENT, CONFLICT, ABSENT, CONFLICT, ABSENT, CONFLICT,
              ABSENT);
    EVC_CHECK_CODE(take(), ENVCRYPT_E_LEASE_HELD);
    ck_assert_uint_eq(k.asked, 8);
    check_says("others want it too");
}
END_TEST

START_TEST(long_identity_of_another_is_cut_in_the_message)
{
    char body[2048];
    char holder[401];

    memset(holder, 'h', 400);
    holder[400] = '\0';
    (void)snprintf(body, sizeof(body),
                   LEASE("5", HELD("%s", "60", "2023-11-14T22:13:20.000000Z")), holder);
    KUBE_PLAY({.status = 200, .date = AT_0, .body = body});
    EVC_CHECK_CODE(take(), ENVCRYPT_E_LEASE_HELD);
    ck_assert_uint_lt(strlen(evc_error_message(error)), 400);
}
END_TEST

static const struct {
    int status;
    int code;
} faults[] = {{403, ENVCRYPT_E_DENIED}, {400, ENVCRYPT_E_REQUEST_REFUSED}};

START_TEST(lease_that_is_not_to_be_had_is_told)
{
    KUBE_PLAY({.status = faults[_i].status, .body = "{}"});
    EVC_CHECK_CODE(take(), faults[_i].code);
    ck_assert_ptr_null(lease);
    KUBE_PLAY(ABSENT, {.status = faults[_i].status, .body = "{}"});
    EVC_CHECK_CODE(take(), faults[_i].code);
}
END_TEST

START_TEST(namespace_that_is_not_there_is_told)
{
    KUBE_PLAY(ABSENT, ABSENT);
    EVC_CHECK_CODE(take(), ENVCRYPT_E_KUBE_NOT_FOUND);
    ck_assert_uint_eq(k.asked, 2);
}
END_TEST

static const char *const about_others[] = {
    "{\"kind\":\"Secret\",\"metadata\":{\"name\":\"run\"}}",
    "{\"kind\":\"Lease\",\"metadata\":{\"name\":\"walk\"}}",
    "{\"kind\":\"Lease\",\"metadata\":{\"namespace\":\"default\"}}",
    "{\"kind\":\"Lease\",\"metadata\":{\"name\":\"run\",\"uid\":\"u\"}}",
    "{\"kind\":\"Lease\",\"metadata\":{\"name\":\"run\",\"resourceVersion\":\"1\"}}",
};

START_TEST(reply_about_another_lease_is_refused)
{
    KUBE_PLAY({.status = 200, .date = AT_0, .body = about_others[_i]});
    EVC_CHECK_CODE(take(), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(what_cannot_be_a_lease_is_not_asked_for)
{
    char holder[EVC_KUBE_HOLDER_MAX + 2];

    memset(holder, 'h', sizeof(holder));
    holder[EVC_KUBE_HOLDER_MAX + 1] = '\0';
    EVC_CHECK_CODE(evc_kube_lease_take(k.kube, "a/b", "run", "me", NULL, &lease, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_kube_lease_take(k.kube, "a", "../run", "me", NULL, &lease, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_kube_lease_take(k.kube, "a", "run", "", NULL, &lease, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_kube_lease_take(k.kube, "a", "run", holder, NULL, &lease, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(k.asked, 0);
    KUBE_PLAY(ABSENT, TAKEN(7));
    holder[EVC_KUBE_HOLDER_MAX] = '\0';
    EVC_CHECK_OK(evc_kube_lease_take(k.kube, "kube-system", "run", holder, &k.wait,
                                     &lease, &error));
}
END_TEST

/* --- of a holder that is no more --------------------------------------------------- */

static int
inherit(const char *dead)
{
    KUBE_PLAY({.status = 200,
               .date = AT_0,
               .body = LEASE("5", HELD("run 7 of host, process 1_00ff", "60",
                                       "2023-11-14T22:13:20.000000Z"))},
              TAKEN(7));
    return evc_kube_lease_inherit(k.kube, "kube-system", "run", "me", dead, &k.wait,
                                  &lease, &error);
}

START_TEST(lease_of_a_holder_that_is_known_to_be_dead_is_taken_over_at_once)
{
    EVC_CHECK_OK(inherit("run 7"));
    ck_assert_str_eq(k.requests[1].method, "PATCH");
    ck_assert(strstr(k.requests[1].body, "\"resourceVersion\":\"5\"") != NULL);
}
END_TEST

static const char *const living[] = {"run 8", "run 7 of host, process 1_00ff and more",
                                     "un 7", "", NULL};

START_TEST(lease_of_any_other_holder_is_not)
{
    EVC_CHECK_CODE(inherit(living[_i]), ENVCRYPT_E_LEASE_HELD);
    ck_assert_uint_eq(k.asked, 1);
}
END_TEST

START_TEST(name_of_a_dead_holder_has_64_bytes_and_a_longer_one_is_nobodys)
{
    char holder[80];
    char body[1024];

    memset(holder, 'h', sizeof(holder));
    holder[70] = '\0';
    (void)snprintf(body, sizeof(body),
                   LEASE("5", HELD("%s", "60", "2023-11-14T22:13:20.000000Z")), holder);
    holder[65] = '\0';
    KUBE_PLAY({.status = 200, .date = AT_0, .body = body}, TAKEN(7));
    EVC_CHECK_CODE(evc_kube_lease_inherit(k.kube, "kube-system", "run", "me", holder,
                                          &k.wait, &lease, &error),
                   ENVCRYPT_E_LEASE_HELD);
    holder[64] = '\0';
    k.asked = 0;
    EVC_CHECK_OK(evc_kube_lease_inherit(k.kube, "kube-system", "run", "me", holder,
                                        &k.wait, &lease, &error));
}
END_TEST

/* --- renewing --------------------------------------------------------------------- */

/* Takes it; the server's copy is of version 7. */
static void
take_it(void)
{
    KUBE_PLAY(ABSENT, TAKEN(7));
    EVC_CHECK_OK(take());
}

START_TEST(lease_is_due_after_a_third_of_its_time)
{
    int64_t began = k.now;

    KUBE_PLAY({.status = 404, .body = "{}", .date = AT_0, .lasts_ms = 500}, TAKEN(6));
    EVC_CHECK_OK(take());
    ck_assert_int_eq(evc_kube_lease_due_ms(lease), began + 20000);
}
END_TEST

START_TEST(renewal_holds_to_the_last_version_and_leaves_the_beginning)
{
    take_it();
    k.now += 20000;
    KUBE_PLAY({.status = 200, .date = AT_61, .make = ours_1});
    EVC_CHECK_OK(evc_kube_lease_renew(lease, &k.wait, &error));
    ck_assert_str_eq(k.requests[0].method, "PATCH");
    ck_assert(strstr(k.requests[0].body, "\"resourceVersion\":\"7\"") != NULL);
    ck_assert(!strstr(k.requests[0].body, "acquireTime"));
    ck_assert_str_eq(sent(0, "renewTime"), "2023-11-14T22:13:40.000000Z");
    ck_assert_int_eq(evc_kube_lease_due_ms(lease), k.now + 20000);
}
END_TEST

START_TEST(lease_that_another_took_is_lost_even_when_that_is_over)
{
    take_it();
    KUBE_PLAY(CONFLICT,
              {.status = 200,
               .date = AT_61,
               .body = LEASE("9", HELD(OTHER, "1", "2023-11-14T22:13:20.000000Z"))});
    EVC_CHECK_CODE(evc_kube_lease_renew(lease, &k.wait, &error), ENVCRYPT_E_LEASE_HELD);
    check_says(OTHER);
    ck_assert_uint_eq(k.asked, 2);
}
END_TEST

START_TEST(renewal_whose_reply_was_lost_is_found_to_be_ours)
{
    char body[1024];

    take_it();
    (void)snprintf(body, sizeof(body), "%s", ours(&k.requests[1], "9"));
    KUBE_PLAY(CONFLICT, {.status = 200, .date = AT_0, .body = body}, TAKEN(1));
    EVC_CHECK_OK(evc_kube_lease_renew(lease, &k.wait, &error));
    ck_assert(strstr(k.requests[2].body, "\"resourceVersion\":\"9\"") != NULL);
    ck_assert(!strstr(k.requests[2].body, "acquireTime"));
}
END_TEST

START_TEST(lease_that_was_deleted_is_made_again)
{
    take_it();
    KUBE_PLAY(ABSENT, ABSENT, TAKEN(1));
    EVC_CHECK_OK(evc_kube_lease_renew(lease, &k.wait, &error));
    ck_assert_str_eq(k.requests[2].method, "POST");
}
END_TEST

START_TEST(renewal_that_fails_can_be_tried_again)
{
    take_it();
    KUBE_PLAY({.code = ENVCRYPT_E_NET_CONNECT});
    EVC_CHECK_CODE(evc_kube_lease_renew(lease, &k.wait, &error),
                   ENVCRYPT_E_NET_CONNECT);
    KUBE_PLAY({.status = 200, .date = AT_0, .make = ours_1});
    EVC_CHECK_OK(evc_kube_lease_renew(lease, &k.wait, &error));
    ck_assert(strstr(k.requests[0].body,
                     "{\"uid\":\"u-1\",\"resourceVersion\":\"7\"}") != NULL);
}
END_TEST

START_TEST(lease_that_a_webhook_gives_to_another_is_not_ours)
{
    const kube_step others = {
        .status = 200,
        .date = AT_0,
        .body = LEASE("6", HELD(OTHER, "60", "2023-11-14T22:13:20.000000Z"))};

    KUBE_PLAY(ABSENT, others);
    EVC_CHECK_CODE(take(), ENVCRYPT_E_LEASE_HELD);
    take_it();
    KUBE_PLAY(others);
    EVC_CHECK_CODE(evc_kube_lease_renew(lease, &k.wait, &error), ENVCRYPT_E_LEASE_HELD);
}
END_TEST

/* --- giving back ------------------------------------------------------------------ */

START_TEST(lease_of_ours_is_given_back)
{
    take_it();
    KUBE_PLAY({.status = 200, .date = AT_0, .body = LEASE("8", "")});
    evc_kube_lease_drop(lease);
    lease = NULL;
    ck_assert_uint_eq(k.asked, 1);
    ck_assert_str_eq(
        k.requests[0].body,
        "{\"metadata\":{\"uid\":\"u-1\",\"resourceVersion\":\"7\"},\"spec\":"
        "{\"holderIdentity\":null,\"leaseDurationSeconds\":1}}");
}
END_TEST

START_TEST(lease_of_another_is_not_given_back)
{
    take_it();
    KUBE_PLAY(CONFLICT,
              {.status = 200,
               .date = AT_0,
               .body = LEASE("9", HELD(OTHER, "60", "2023-11-14T22:13:20.000000Z"))});
    EVC_CHECK_CODE(evc_kube_lease_renew(lease, &k.wait, &error), ENVCRYPT_E_LEASE_HELD);
    k.asked = 0;
    evc_kube_lease_drop(lease);
    lease = NULL;
    ck_assert_uint_eq(k.asked, 0);
}
END_TEST

START_TEST(giving_back_takes_two_seconds_at_most)
{
    int64_t began;

    take_it();
    began = k.now;
    KUBE_PLAY({.status = 503, .body = "{}", .retry_after = "30"});
    evc_kube_lease_drop(lease);
    lease = NULL;
    ck_assert_int_le(k.now - began, 2000);
}
END_TEST

START_TEST(nothing_is_dropped_where_there_is_nothing)
{
    evc_kube_lease_drop(NULL);
    ck_assert_uint_eq(k.asked, 0);
}
END_TEST

static int
sweep(void *user)
{
    evc_kube_lease *own;
    int rc;

    (void)user;
    k.asked = 0;
    rc = evc_kube_lease_take(k.kube, "kube-system", "run", "me", &k.wait, &own, NULL);
    if (rc)
        return rc;
    rc = evc_kube_lease_renew(own, &k.wait, NULL);
    evc_kube_lease_drop(own);
    return rc;
}

START_TEST(memory_that_runs_out_is_named)
{
    KUBE_PLAY(ABSENT, TAKEN(6));
    (void)evc_alloc_sweep(sweep, NULL);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        lease_that_is_not_there_is_made,
        times_are_the_servers_with_six_digits,
        without_the_servers_time_ours_is_written,
        no_two_runs_have_the_same_identity,
        lease_that_another_holds_is_left_and_its_holder_named,
        lease_at_its_end_is_still_held,
        lease_past_its_end_is_taken_over_as_it_was_read,
        without_the_servers_time_nothing_is_taken_over,
        who_was_quicker_is_heard,
        lease_that_changes_each_time_is_given_up,
        long_identity_of_another_is_cut_in_the_message,
        namespace_that_is_not_there_is_told,
        what_cannot_be_a_lease_is_not_asked_for,
        lease_of_a_holder_that_is_known_to_be_dead_is_taken_over_at_once,
        name_of_a_dead_holder_has_64_bytes_and_a_longer_one_is_nobodys,
        lease_is_due_after_a_third_of_its_time,
        renewal_holds_to_the_last_version_and_leaves_the_beginning,
        lease_that_another_took_is_lost_even_when_that_is_over,
        renewal_whose_reply_was_lost_is_found_to_be_ours,
        lease_that_was_deleted_is_made_again,
        renewal_that_fails_can_be_tried_again,
        lease_that_a_webhook_gives_to_another_is_not_ours,
        lease_of_ours_is_given_back,
        lease_of_another_is_not_given_back,
        giving_back_takes_two_seconds_at_most,
        nothing_is_dropped_where_there_is_nothing,
        memory_that_runs_out_is_named,
        NULL,
    };
    TCase *tcase = tcase_create("lease");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, lease_that_nobody_holds_is_taken, 0, COUNT(free_ones));
    tcase_add_loop_test(tcase, lease_of_any_other_holder_is_not, 0, COUNT(living));
    tcase_add_loop_test(tcase, lease_that_is_not_to_be_had_is_told, 0, COUNT(faults));
    tcase_add_loop_test(tcase, reply_about_another_lease_is_refused, 0,
                        COUNT(about_others));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("lease", add_tests)
