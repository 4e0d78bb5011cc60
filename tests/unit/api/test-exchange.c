/* SPDX-License-Identifier: Apache-2.0 */
/* A transport of the caller's, through the public functions alone. */
#include "api/client.h"
#include "envcrypt/envcrypt.h"
#include "evc-check.h"
#include "evc-child.h"
#include "net/net.h"

static envcrypt_client_config *config;
static envcrypt_client *client;
static envcrypt_exchange *kept;
static void (*serve)(envcrypt_exchange *exchange);
static int destroyed;
static evc_exchange x;

static void
carry(envcrypt_exchange *exchange, void *user)
{
    ck_assert_ptr_eq(user, &destroyed);
    kept = exchange;
    if (serve)
        serve(exchange);
}

static void
count_destroy(void *user)
{
    ck_assert_ptr_eq(user, &destroyed);
    destroyed++;
}

static void
set_transport(void)
{
    EVC_CHECK_OK(envcrypt_client_config_set_transport(config, carry, &destroyed,
                                                      count_destroy, NULL));
}

static void
begin(void)
{
    destroyed = 0;
    serve = NULL;
    EVC_CHECK_OK(envcrypt_client_config_new(&config, NULL));
    set_transport();
    EVC_CHECK_OK(envcrypt_client_open(config, &client, NULL));
    evc_exchange_init(&x);
    EVC_CHECK_OK(evc_endpoint_open("https://kms.example", NULL, &x.endpoint, NULL));
    x.method = "POST";
    x.secret = true;
    evc_buf_put_text(&x.body, "planted body");
    EVC_CHECK_OK(evc_headers_add(&x.headers, "X-One", evc_view_text("1"), NULL));
}

static void
end(void)
{
    evc_exchange_reset(&x);
    envcrypt_client_unref(client);
    envcrypt_client_config_free(config);
}

static int
run(void (*by)(envcrypt_exchange *exchange))
{
    evc_lane *lane;
    evc_wait w;

    serve = by;
    EVC_CHECK_OK(evc_net_borrow(client->net, &lane, NULL));
    lane->transport->start(lane->state, &x);
    evc_wait_init(&w, NULL, 5000);
    EVC_CHECK_OK(lane->transport->drive(lane->state, INT64_MAX, &w, NULL));
    evc_wait_release(&w);
    ck_assert(x.done);
    evc_net_give_back(client->net, lane, true);
    return x.code;
}

static void
look_and_answer(envcrypt_exchange *exchange)
{
    size_t size;

    ck_assert_str_eq(envcrypt_exchange_method(exchange), "POST");
    ck_assert_str_eq(envcrypt_exchange_url(exchange), "https://kms.example/");
    ck_assert_uint_eq(envcrypt_exchange_header_count(exchange), 1);
    ck_assert_str_eq(envcrypt_exchange_header_name(exchange, 0), "X-One");
    ck_assert_str_eq(envcrypt_exchange_header_value(exchange, 0), "1");
    ck_assert_ptr_null(envcrypt_exchange_header_name(exchange, 1));
    ck_assert_ptr_null(envcrypt_exchange_header_value(exchange, 1));
    ck_assert_mem_eq(envcrypt_exchange_body(exchange, &size), "planted body", 12);
    ck_assert_uint_eq(size, 12);
    ck_assert_int_eq(envcrypt_exchange_timeout_ms(exchange), 10000);
    ck_assert_int_eq(envcrypt_exchange_is_secret(exchange), 1);
    ck_assert_int_eq(envcrypt_exchange_is_abandoned(exchange), 0);
    EVC_CHECK_OK(envcrypt_exchange_add_header(exchange, "X-Two", "2", NULL));
    EVC_CHECK_OK(envcrypt_exchange_add_body(exchange, "reply", 5, NULL));
    envcrypt_exchange_finish(exchange, 0, 200, NULL);
}

START_TEST(exchange_is_read_and_answered)
{
    EVC_CHECK_OK(run(look_and_answer));
    ck_assert_int_eq(x.status, 200);
    ck_assert(evc_view_is_text(evc_buf_view(&x.reply), "reply"));
    ck_assert_str_eq(evc_headers_find(&x.reply_headers, "x-two"), "2");
}
END_TEST

static void
look_at_nothing(envcrypt_exchange *exchange)
{
    size_t size = 1;

    ck_assert_str_eq(envcrypt_exchange_body(exchange, &size), "");
    ck_assert_uint_eq(size, 0);
    envcrypt_exchange_finish(exchange, 0, 200, NULL);
}

START_TEST(body_of_none_is_empty)
{
    evc_buf_reset(&x.body);
    EVC_CHECK_OK(run(look_at_nothing));
}
END_TEST

static void
fail_to_connect(envcrypt_exchange *exchange)
{
    envcrypt_exchange_finish(exchange, ENVCRYPT_E_NET_CONNECT, 0, "no cable");
}

START_TEST(failure_is_told)
{
    EVC_CHECK_CODE(run(fail_to_connect), ENVCRYPT_E_NET_CONNECT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(x.error), "no cable"));
    ck_assert(!x.sent);
}
END_TEST

START_TEST(user_is_destroyed_with_the_client)
{
    envcrypt_client_unref(client);
    client = NULL;
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(hook_opens_one_client)
{
    envcrypt_client *other;
    envcrypt_error *err;

    EVC_CHECK_CODE(envcrypt_client_open(config, &other, &err), ENVCRYPT_E_STATE);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "transport"));
    envcrypt_error_free(err);
    set_transport();
    EVC_CHECK_OK(envcrypt_client_open(config, &other, NULL));
    envcrypt_client_unref(other);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(user_of_an_unused_config_is_destroyed_with_it)
{
    set_transport();
    ck_assert_int_eq(destroyed, 0);
    set_transport(); /* in the place of the one before */
    ck_assert_int_eq(destroyed, 1);
    envcrypt_client_config_free(config);
    config = NULL;
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

START_TEST(call_that_fails_destroys_its_user)
{
    EVC_CHECK_CODE(envcrypt_client_config_set_transport(NULL, carry, &destroyed,
                                                        count_destroy, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(no_function_means_libcurl)
{
    envcrypt_client *other;
    evc_lane *lane;

    EVC_CHECK_OK(envcrypt_client_config_set_transport(config, NULL, NULL, NULL, NULL));
    EVC_CHECK_OK(envcrypt_client_open(config, &other, NULL));
    EVC_CHECK_OK(evc_net_borrow(other->net, &lane, NULL));
    ck_assert_ptr_eq(lane->transport, &evc_transport_curl);
    evc_net_give_back(other->net, lane, true);
    envcrypt_client_unref(other);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        exchange_is_read_and_answered,
        body_of_none_is_empty,
        failure_is_told,
        user_is_destroyed_with_the_client,
        hook_opens_one_client,
        user_of_an_unused_config_is_destroyed_with_it,
        call_that_fails_destroys_its_user,
        no_function_means_libcurl,
        NULL,
    };
    TCase *tcase = tcase_create("exchange");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("exchange", add_tests)
