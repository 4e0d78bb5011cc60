/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes wrong on the way (security.md 5.1, rows 1-3, 6, 7): which error it is, what it
 * says, whether it may pass, and whether the service may have seen the request.
 */
#include "curl-fixture.h"

/* --- not connected ---------------------------------------------------------------- */

START_TEST(name_that_is_not_there)
{
    make(&x, "plain", "/ok");
    evc_endpoint_unref(x.endpoint);
    EVC_CHECK_OK(
        evc_endpoint_open("https://kms.no-such-host.invalid", NULL, &x.endpoint, NULL));
    carry(&x);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_NET_DNS);
    check_says("kms.no-such-host.invalid");
    ck_assert(!x.sent);
    ck_assert(evc_error_is_retryable(x.error));
}
END_TEST

START_TEST(refused_connection)
{
    CHECK_GET("closed", "/ok", ENVCRYPT_E_NET_CONNECT);
    check_not_sent(true);
    check_says("refused");
}
END_TEST

START_TEST(connection_that_nobody_answers)
{
    own.connect_ms = 300;
    CHECK_GET("deaf", "/ok", ENVCRYPT_E_NET_CONNECT);
    check_not_sent(true);
    ck_assert_int_ge(took_ms(), 250);
    ck_assert_int_lt(took_ms(), 1500);
}
END_TEST

START_TEST(server_that_is_silent_in_the_handshake)
{
    own.connect_ms = 300;
    CHECK_GET("mute", "/ok", ENVCRYPT_E_NET_CONNECT);
    check_not_sent(true);
    check_says("TLS");
    ck_assert_int_lt(took_ms(), 1500);
}
END_TEST

START_TEST(handshake_that_breaks_may_be_tried_again)
{
    CHECK_GET("resetting", "/ok", ENVCRYPT_E_NET_CONNECT);
    check_not_sent(true);
}
END_TEST

START_TEST(plain_http_behind_https_is_no_tls)
{
    char url[64];

    make(&x, "tls", "/ok");
    evc_endpoint_unref(x.endpoint);
    (void)snprintf(url, sizeof(url), "https://localhost:%u", evc_server_port("plain"));
    EVC_CHECK_OK(evc_endpoint_open(url, NULL, &x.endpoint, NULL));
    carry(&x);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_TLS);
    check_not_sent(false);
    check_says("another protocol");
}
END_TEST

/* --- broken ----------------------------------------------------------------------- */

static const char *const breaks[] = {
    "/close",         "/reset",         "/close-in-head",  "/reset-in-head",
    "/close-in-body", "/reset-in-body", "/close-in-chunk",
};

START_TEST(broken_connection)
{
    CHECK_GET("plain", breaks[_i], ENVCRYPT_E_NET_BROKEN);
    check_sent();
}
END_TEST

START_TEST(broken_connection_of_tls)
{
    CHECK_GET("tls", breaks[_i], ENVCRYPT_E_NET_BROKEN);
    check_sent();
}
END_TEST

START_TEST(whole_body_needs_no_farewell)
{
    CHECK_GET("tls", "/close-after-body", 0);
    check_reply("{\"ok\": true}");
}
END_TEST

START_TEST(body_without_length_or_farewell_may_be_cut)
{
    CHECK_GET("tls", "/close-without-length", ENVCRYPT_E_NET_BROKEN);
}
END_TEST

START_TEST(body_without_length_is_whole_after_a_farewell)
{
    CHECK_GET("tls", "/farewell-without-length", 0);
    check_reply("{\"ok\": true}");
}
END_TEST

/* --- slow ------------------------------------------------------------------------- */

START_TEST(attempt_that_lasts_too_long)
{
    own.attempt_ms = 300;
    CHECK_GET("tls", "/silent", ENVCRYPT_E_NET_BROKEN);
    check_sent();
    ck_assert_int_ge(took_ms(), 250);
    ck_assert_int_lt(took_ms(), 1500);
}
END_TEST

START_TEST(reply_that_drips_is_ended)
{
    CHECK_GET("plain", _i ? "/drip-head" : "/drip", ENVCRYPT_E_NET_BROKEN);
    check_sent();
    ck_assert_int_lt(took_ms(), 7500);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const unconnected[] = {
        name_that_is_not_there,
        refused_connection,
        connection_that_nobody_answers,
        server_that_is_silent_in_the_handshake,
        handshake_that_breaks_may_be_tried_again,
        plain_http_behind_https_is_no_tls,
        NULL,
    };
    const TTest *const ends[] = {
        whole_body_needs_no_farewell,
        body_without_length_or_farewell_may_be_cut,
        body_without_length_is_whole_after_a_farewell,
        attempt_that_lasts_too_long,
        NULL,
    };
    const TTest *const none[] = {NULL};
    TCase *broken;
    TCase *slow;

    add_served(suite, "not connected", unconnected);
    add_served(suite, "ends", ends);
    broken = add_served(suite, "broken", none);
    tcase_add_loop_test(broken, broken_connection, 0,
                        (int)(sizeof(breaks) / sizeof(breaks[0])));
    tcase_add_loop_test(broken, broken_connection_of_tls, 0,
                        (int)(sizeof(breaks) / sizeof(breaks[0])));
    slow = add_served(suite, "dripping", none);
    tcase_add_loop_test(slow, reply_that_drips_is_ended, 0, 2);
}

EVC_TEST_MAIN("outcome", add_tests)
