/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What TLS leaves behind (security.md 3.3): a reply with a key, taken as the drivers of
 * clouds take it, then all writable memory is searched for the key. And that nothing of a
 * connection goes elsewhere.
 */
#include <sys/stat.h>

#include "codec/jscan.h"
#include "tls-fixture.h"

static void
take_key(void)
{
    evc_secret_free(&key);
    EVC_CHECK_OK(evc_jscan_take_base64((char *)x.reply.data, x.reply.size, "Plaintext",
                                       env->arena, 64, &key, NULL));
    ck_assert_uint_eq(key.size, raw.size);
    raw.allowed = key.bytes;
}

static void
unwrap(const char *path)
{
    make(&x, "tls", path);
    x.secret = true;
    x.method = "POST";
    evc_buf_put_text(&x.body, "{\"CiphertextBlob\": \"AAAA\"}");
    carry(&x);
    EVC_CHECK_OK(x.code);
    take_key();
    evc_exchange_reset(&x);
}

/* The scanner must see what there is. */
START_TEST(scanner_finds_a_copy)
{
    make(&x, "tls", "/key");
    carry(&x);
    EVC_CHECK_OK(x.code);
    ck_assert_uint_eq(evc_memscan_count(&text), 1);
}
END_TEST

static const char *const forms[] = {"/key", "/key-chunked", "/key-in-pieces"};

START_TEST(strict_unwrap_leaves_no_copy)
{
    unwrap(forms[_i]);
    ck_assert_uint_eq(evc_memscan_count(&text), 0);
    ck_assert_uint_eq(evc_memscan_count(&raw), 0);
}
END_TEST

START_TEST(strict_unwrap_after_others_leaves_no_copy)
{
    for (int i = 0; i < 3; i++) {
        CHECK_GET("tls", "/ok", 0);
        unwrap("/key");
    }
    ck_assert_uint_eq(evc_memscan_count(&text), 0);
    ck_assert_uint_eq(evc_memscan_count(&raw), 0);
}
END_TEST

/* An exchange that ends in the midst of the key. */
START_TEST(broken_unwrap_leaves_no_copy)
{
    make(&x, "tls", "/key-cut");
    x.secret = true;
    carry(&x);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_NET_BROKEN);
    evc_exchange_reset(&x);
    ck_assert_uint_eq(evc_memscan_count(&text), 0);
}
END_TEST

/* Of what is no secret by its kind, as lists of a cluster's objects; the connection stays. */
START_TEST(what_a_sink_took_leaves_no_copy)
{
    size_t size = 0;

    make(&x, "tls", forms[_i]);
    x.sink = look_away;
    x.sink_user = &size;
    carry(&x);
    EVC_CHECK_OK(x.code);
    evc_exchange_reset(&x);
    ck_assert_uint_gt(size, text.size);
    ck_assert_uint_eq(evc_memscan_count(&text), 0);
    ck_assert_uint_eq(evc_memscan_count(&raw), 0);
}
END_TEST

/* doc/security.md gives these figures. */
START_TEST(fast_unwrap_leaves_what_is_documented)
{
    settings.fast = true;
    for (int i = 0; i < 3; i++)
        unwrap("/key");
    printf("# memory=fast: %u whole copies, %u of the tail\n", evc_memscan_count(&text),
           evc_memscan_count(&tail));
    ck_assert_str_eq(evc_server_ask("count", "tls"), "1 3");
    ck_assert_uint_eq(evc_memscan_count(&text), 0);
    ck_assert_uint_eq(evc_memscan_count(&raw), 0);
}
END_TEST

/* What is sent: a data key that is to be wrapped, and a session token. */
START_TEST(request_leaves_no_copy_of_its_body)
{
    make(&x, "tls", "/key");
    carry(&x);
    EVC_CHECK_OK(x.code);
    take_key();
    evc_exchange_reset(&x);
    make(&x, "tls", "/ok");
    x.secret = true;
    x.method = "POST";
    evc_buf_put_view(&x.body, evc_view_of(key.bytes, key.size));
    carry(&x);
    EVC_CHECK_OK(x.code);
    evc_exchange_reset(&x);
    ck_assert_uint_eq(evc_memscan_count(&raw), 0);
}
END_TEST

/* libcurl frees the head of a request without wiping it: doc/security.md says so. */
START_TEST(request_leaves_the_copies_of_its_token_that_are_documented)
{
    make(&x, "tls", "/key");
    carry(&x);
    take_key();
    evc_exchange_reset(&x);
    make(&x, "tls", "/ok");
    EVC_CHECK_OK(evc_headers_add_secret(&x.headers, "X-Token",
                                        evc_view_of(key.bytes, key.size), NULL));
    carry(&x);
    EVC_CHECK_OK(x.code);
    evc_exchange_reset(&x);
    printf("# token in a header: %u copies\n", evc_memscan_count(&raw));
    ck_assert_uint_le(evc_memscan_count(&raw), 1);
}
END_TEST

START_TEST(environment_gets_no_secrets_of_connections)
{
    struct stat found;

    (void)setenv("SSLKEYLOGFILE", evc_folder_path("keylog"), 1);
    CHECK_GET("tls", "/ok", 0);
    ck_assert(stat(evc_folder_path("keylog"), &found) != 0 || found.st_size == 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        scanner_finds_a_copy,
        strict_unwrap_after_others_leaves_no_copy,
        broken_unwrap_leaves_no_copy,
        fast_unwrap_leaves_what_is_documented,
        request_leaves_no_copy_of_its_body,
        request_leaves_the_copies_of_its_token_that_are_documented,
        environment_gets_no_secrets_of_connections,
        NULL,
    };
    TCase *tcase = tcase_create("tls");

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, start_servers, evc_server_end);
    tcase_add_checked_fixture(tcase, know_the_key, forget);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_a_sink_took_leaves_no_copy, 0,
                        (int)(sizeof(forms) / sizeof(forms[0])));
    tcase_add_loop_test(tcase, strict_unwrap_leaves_no_copy, 0,
                        (int)(sizeof(forms) / sizeof(forms[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("tls", add_tests)
