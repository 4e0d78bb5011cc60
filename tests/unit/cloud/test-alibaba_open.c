/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_open.h"

#include "alibaba-uri.h"

static evc_peer *peer;
static evc_buf region;
static evc_uri uri;

static void
set_up(void)
{
    uri_set_up();
    peer = NULL;
    evc_buf_init(&region);
    uri = (evc_uri){.scheme = NULL};
}

static void
tear_down(void)
{
    evc_peer_unref(peer);
    evc_buf_reset(&region);
    evc_uri_reset(&uri);
    uri_tear_down();
}

static int
open_with(const char *text, const evc_alibaba_place *place)
{
    evc_peer_unref(peer);
    evc_buf_reset(&region);
    evc_uri_reset(&uri);
    EVC_CHECK_OK(evc_uri_parse(text, &uri, NULL));
    evc_error_free(err);
    err = NULL;
    return evc_alibaba_open(crypto, t.net, &uri, &config, place, &peer, NULL, &region,
                            &err);
}

#define IN_REGION ((const evc_alibaba_place){.region = REGION})
#define IN_INSTANCE ((const evc_alibaba_place){REGION, "kst-1"})

START_TEST(a_region_has_a_gateway)
{
    EVC_CHECK_OK(open_with("alibaba-kms://cn-hangzhou/a", &IN_REGION));
    ck_assert_str_eq(peer->endpoint->scheme, "https");
    ck_assert_str_eq(peer->endpoint->authority, "kms.cn-hangzhou.aliyuncs.com");
    ck_assert_str_eq(peer->protocol->provider, "alibaba-kms");
}
END_TEST

START_TEST(a_vpc_has_another)
{
    EVC_CHECK_OK(open_with("alibaba-kms://cn-hangzhou/a?vpc=true", &IN_REGION));
    ck_assert_str_eq(peer->endpoint->authority, "kms-vpc.cn-hangzhou.aliyuncs.com");
}
END_TEST

START_TEST(an_instance_has_its_own)
{
    EVC_CHECK_OK(open_with("alibaba-kms:///a", &IN_INSTANCE));
    ck_assert_str_eq(peer->endpoint->authority, "kst-1.cryptoservice.kms.aliyuncs.com");
}
END_TEST

START_TEST(an_endpoint_goes_before_all)
{
    EVC_CHECK_OK(open_with("alibaba-kms:///a?endpoint=https://kms.example:8443/x",
                           &IN_INSTANCE));
    ck_assert_str_eq(peer->endpoint->authority, "kms.example:8443");
    ck_assert_str_eq(peer->endpoint->path, "/x");
}
END_TEST

START_TEST(connections_are_as_the_options_say)
{
    EVC_CHECK_OK(open_with(
        "alibaba-kms:///a?ca-file=/ca.pem&client-cert=/c.pem&client-key=/k.pem"
        "&proxy=http://p:1&connect-timeout-ms=7&attempt-timeout-ms=8",
        &IN_INSTANCE));
    ck_assert_str_eq(peer->endpoint->link.ca_file, "/ca.pem");
    ck_assert_str_eq(peer->endpoint->link.client_cert, "/c.pem");
    ck_assert_str_eq(peer->endpoint->link.client_key, "/k.pem");
    ck_assert_str_eq(peer->endpoint->link.proxy, "http://p:1");
    ck_assert_int_eq(peer->endpoint->link.connect_ms, 7);
    ck_assert_int_eq(peer->endpoint->link.attempt_ms, 8);
}
END_TEST

static const struct {
    const char *uri;
    const char *instance;
    int code;
} wrong[] = {
    {"alibaba-kms:///a?endpoint=http://kms.example", NULL, ENVCRYPT_E_ENDPOINT},
    {"alibaba-kms:///a?vpc=maybe", NULL, ENVCRYPT_E_ARGUMENT},
    {"alibaba-kms:///a?signature=v2", NULL, ENVCRYPT_E_ARGUMENT},
    {"alibaba-kms:///a?connect-timeout-ms=0", NULL, ENVCRYPT_E_ARGUMENT},
    {"alibaba-kms:///a?client-key=/k.pem", NULL, ENVCRYPT_E_ARGUMENT},
    {"alibaba-kms:///a", "", ENVCRYPT_E_ARGUMENT},
    {"alibaba-kms:///a", "kst.evil", ENVCRYPT_E_ARGUMENT},
    {"alibaba-kms:///a", "kst/evil", ENVCRYPT_E_ARGUMENT},
};

START_TEST(values_that_are_none_are_refused)
{
    const evc_alibaba_place place = {REGION, wrong[_i].instance};

    EVC_CHECK_CODE(open_with(wrong[_i].uri, &place), wrong[_i].code);
    ck_assert_ptr_null(peer);
}
END_TEST

START_TEST(credentials_of_another_cloud_are_refused)
{
    evc_chain_unref(config.credentials);
    config.credentials = caller_chain("aws");
    EVC_CHECK_CODE(open_with("alibaba-kms:///a", &IN_REGION), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "\"aws\""));
}
END_TEST

START_TEST(without_credentials_of_the_caller_there_is_the_chain)
{
    evc_chain_unref(config.credentials);
    config.credentials = NULL;
    EVC_CHECK_OK(open_with("alibaba-kms:///a?credentials=environment", &IN_REGION));
}
END_TEST

START_TEST(a_source_that_there_is_not_is_refused)
{
    evc_chain_unref(config.credentials);
    config.credentials = NULL;
    EVC_CHECK_CODE(open_with("alibaba-kms:///a?credentials=enviroment", &IN_REGION),
                   ENVCRYPT_E_UNKNOWN_OPTION);
}
END_TEST

START_TEST(the_environment_names_a_region)
{
    const evc_alibaba_place place = {.region = NULL};

    EVC_CHECK_CODE(open_with("alibaba-kms:///", &place), ENVCRYPT_E_REGION);
    (void)setenv("ALIBABA_CLOUD_REGION", "me-east-1", 1);
    evc_buf_reset(&region);
    EVC_CHECK_OK(evc_alibaba_open(crypto, t.net, &uri, &config, &place, &peer, NULL,
                                  &region, NULL));
    ck_assert_str_eq((const char *)region.data, "me-east-1");
    ck_assert_str_eq(peer->endpoint->authority, "kms.me-east-1.aliyuncs.com");
    (void)unsetenv("ALIBABA_CLOUD_REGION");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_region_has_a_gateway,
                                  a_vpc_has_another,
                                  an_instance_has_its_own,
                                  an_endpoint_goes_before_all,
                                  connections_are_as_the_options_say,
                                  credentials_of_another_cloud_are_refused,
                                  without_credentials_of_the_caller_there_is_the_chain,
                                  a_source_that_there_is_not_is_refused,
                                  the_environment_names_a_region};
    TCase *tcase = tcase_create("open");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, values_that_are_none_are_refused, 0,
                        (int)(sizeof(wrong) / sizeof(wrong[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_open", add_tests)
