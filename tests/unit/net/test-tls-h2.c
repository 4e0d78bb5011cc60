/* SPDX-License-Identifier: Apache-2.0 */
/* What HTTP/2 leaves behind of replies that may use it, as those of API servers do. */
#include "tls-fixture.h"

/* The scanner must see what there is. */
START_TEST(scanner_finds_a_copy)
{
    CHECK_GET("h2", "/key", 0);
    ck_assert_uint_ge(evc_memscan_count(&text), 1);
}
END_TEST

/* On a connection that stays, in libcurl's buffer of it. doc/security.md says so. */
START_TEST(what_a_sink_took_stays_once_until_more_comes)
{
    size_t size = 0;

    for (int i = 0; i < 3; i++) {
        make(&x, "h2", "/key");
        x.sink = look_away;
        x.sink_user = &size;
        carry(&x);
        EVC_CHECK_OK(x.code);
    }
    evc_exchange_reset(&x);
    ck_assert_str_eq(evc_server_ask("count", "h2"), "1 3");
    ck_assert_uint_le(evc_memscan_count(&text), 1);
    CHECK_GET("h2", "/body?size=60000", 0);
    ck_assert_uint_eq(evc_memscan_count(&text), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("tls-h2");

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, start_servers, evc_server_end);
    tcase_add_checked_fixture(tcase, know_the_key, forget);
    tcase_add_test(tcase, scanner_finds_a_copy);
    tcase_add_test(tcase, what_a_sink_took_stays_once_until_more_comes);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("tls-h2", add_tests)
