/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_access.h"
#include "ibm-fixture.h"

#define HPCS_CRN "crn:v1:bluemix:public:hs-crypto:eu-de:a/1:" INSTANCE ":key:" KEY
#define DEDICATED_CRN "crn:v1:bluemix:dedicated:kms:eu-de:a/1:" INSTANCE ":key:" KEY

/* --- what a URI names --- */

static evc_uri uri;
static evc_ibm_place place;

static int
read_place(const char *text)
{
    evc_uri_reset(&uri);
    EVC_CHECK_OK(evc_uri_parse(text, &uri, NULL));
    return evc_ibm_place_of(&uri, &place, NULL);
}

static void
forget_uri(void)
{
    evc_uri_reset(&uri);
}

START_TEST(a_crn_names_all)
{
    EVC_CHECK_OK(read_place("ibm-kp:///" CRN));
    ck_assert_ptr_null(place.host);
    ck_assert(evc_view_is_text(place.region, "us-south"));
    ck_assert(evc_view_is_text(place.service, "kms"));
    ck_assert(evc_view_is_text(place.instance, INSTANCE));
    ck_assert(evc_view_is_text(place.key, KEY));
    ck_assert(evc_view_is_text(place.crn, CRN));
}
END_TEST

START_TEST(a_region_has_no_dot_and_a_host_has_one)
{
    EVC_CHECK_OK(read_place("ibm-kp://eu-de/" INSTANCE "/alias-1"));
    ck_assert(evc_view_is_text(place.region, "eu-de"));
    ck_assert(evc_view_is_text(place.key, "alias-1"));
    ck_assert_uint_eq(place.crn.size, 0);
    EVC_CHECK_OK(read_place("ibm-kp://keys.example:8443/" INSTANCE "/" KEY));
    ck_assert_str_eq(place.host, "keys.example:8443");
    ck_assert_uint_eq(place.region.size, 0);
}
END_TEST

START_TEST(key_and_instance_may_be_left_out)
{
    EVC_CHECK_OK(read_place("ibm-kp://eu-de/" INSTANCE));
    ck_assert_uint_eq(place.key.size, 0);
    EVC_CHECK_OK(read_place("ibm-kp://eu-de/" INSTANCE "/"));
    ck_assert_uint_eq(place.key.size, 0);
    EVC_CHECK_OK(read_place("ibm-kp://eu-de"));
    ck_assert_uint_eq(place.instance.size, 0);
}
END_TEST

static const char *const no_places[] = {
    "ibm-kp:///",
    "ibm-kp://",
    "ibm-kp:///x",
    "ibm-kp:///" CRN "/more",
    "ibm-kp://eu_de/" INSTANCE "/" KEY,
    "ibm-kp://-eu/" INSTANCE "/" KEY,
    "ibm-kp://eu-de//" KEY,
    "ibm-kp://eu-de/" INSTANCE "/" KEY "/more",
    "ibm-kp://eu-de/" INSTANCE "/..%2fx",
    "ibm-kp://eu-de/in stance/" KEY,
    "ibm-kp://eu-de/" INSTANCE "/" KEY "#x",
};

START_TEST(other_uris_are_refused)
{
    EVC_CHECK_CODE(read_place(no_places[_i]), ENVCRYPT_E_URI);
}
END_TEST

/* --- endpoints --- */

static struct envcrypt_kms_config config;
static evc_ibm_access access;
static evc_buf url;

static void
set_up(void)
{
    open_toy();
    config = (struct envcrypt_kms_config){.credentials = open_token()};
    evc_kv_init(&config.options);
    evc_buf_init(&url);
    access = (evc_ibm_access){0};
}

static void
tear_down(void)
{
    evc_ibm_access_close(&access);
    evc_buf_reset(&url);
    evc_kv_reset(&config.options);
    evc_chain_unref(config.credentials);
    evc_uri_reset(&uri);
    close_toy();
}

static int
open_access(const char *text)
{
    EVC_CHECK_OK(evc_kv_set(&config.options, evc_view_text("credentials"),
                            evc_view_text(""), NULL));
    EVC_CHECK_OK(read_place(text));
    evc_ibm_access_close(&access);
    return evc_ibm_access_open(&access, toy.net, &uri, &config, NULL);
}

static void
check_url(const char *text, const char *expected)
{
    EVC_CHECK_OK(open_access(text));
    evc_buf_clear(&url);
    EVC_CHECK_OK(evc_ibm_access_find(&access, &place, &toy.wait, &url, NULL));
    ck_assert_str_eq((const char *)url.data, expected);
}

START_TEST(key_protect_has_a_host_in_each_region)
{
    check_url("ibm-kp:///" CRN, "https://us-south.kms.cloud.ibm.com");
    check_url("ibm-kp://eu-de/" INSTANCE "/" KEY, "https://eu-de.kms.cloud.ibm.com");
    check_url("ibm-kp:///" CRN "?private=true&private-port=8888",
              "https://private.us-south.kms.cloud.ibm.com:8888");
    ck_assert_uint_eq(toy.asked, 0);
}
END_TEST

#define AT_PORT "{\"resources\":[{\"private_endpoint_port\":8443}]}"

START_TEST(a_private_endpoint_is_asked_for_the_port_that_a_policy_demands)
{
    reply_with(200, AT_PORT);
    check_url("ibm-kp://eu-de/" INSTANCE "/" KEY "?private=true",
              "https://private.eu-de.kms.cloud.ibm.com:8443");
    ck_assert_uint_eq(toy.asked, 1);
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/instance/allowed_ip_port");
    ck_assert(had_header(0, "bluemix-instance: " INSTANCE));
}
END_TEST

START_TEST(without_such_a_policy_it_is_the_usual_port)
{
    reply_with(200, "{\"resources\":[{}]}");
    check_url("ibm-kp://eu-de/" INSTANCE "/" KEY "?private=true",
              "https://private.eu-de.kms.cloud.ibm.com");
}
END_TEST

START_TEST(who_may_not_know_the_port_goes_on_without)
{
    static const int statuses[] = {401, 403, 404};

    reply_with(statuses[_i], "");
    check_url("ibm-kp://eu-de/" INSTANCE "/" KEY "?private=true",
              "https://private.eu-de.kms.cloud.ibm.com");
}
END_TEST

START_TEST(an_answer_about_the_port_that_is_none_is_told)
{
    reply_with(200, "{\"resources\":[{\"private_endpoint_port\":65536}]}");
    EVC_CHECK_OK(open_access("ibm-kp://eu-de/" INSTANCE "/" KEY "?private=true"));
    EVC_CHECK_CODE(evc_ibm_access_find(&access, &place, &toy.wait, &url, NULL),
                   ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(who_names_the_endpoint_is_believed)
{
    check_url("ibm-kp:///" CRN "?endpoint=https://a.example/x", "https://a.example/x");
    check_url("ibm-kp://b.example:99/" INSTANCE "/" KEY, "https://b.example:99");
    check_url("ibm-kp://b.example/" INSTANCE "/" KEY "?endpoint=https://a.example",
              "https://a.example");
    check_url("ibm-kp:///" HPCS_CRN "?endpoint=https://a.example", "https://a.example");
    ck_assert_uint_eq(toy.asked, 0);
}
END_TEST

#define FOUND                                                               \
    "{\"guid\":\"" INSTANCE "\",\"extensions\":{\"endpoints\":{\"public\":" \
    "\"https://p.example\",\"private\":\"q.example:9730\"}}}"

START_TEST(the_resource_controller_knows_the_others)
{
    reply_with(200, FOUND);
    check_url("ibm-kp:///" HPCS_CRN, "https://p.example");
    ck_assert_str_eq(toy.requests[0].path, "/v2/resource_instances/" INSTANCE);
    check_url("ibm-kp:///" DEDICATED_CRN, "https://p.example");
    check_url("ibm-kp:///" HPCS_CRN "?private=true", "https://q.example:9730");
    check_url("ibm-kp://eu-de/" INSTANCE "/" KEY "?find-endpoint=true",
              "https://p.example");
    ck_assert_uint_eq(toy.asked, 4);
    ck_assert(had_header(3, "authorization: Bearer planted-token"));
}
END_TEST

START_TEST(what_the_controller_does_not_know_is_no_endpoint)
{
    static const struct {
        int status;
        const char *body;
        int code;
    } rows[] = {
        {200, "{\"guid\":\"" INSTANCE "\"}", ENVCRYPT_E_ENDPOINT},
        {200, "{\"guid\":\"" INSTANCE "\",\"extensions\":{\"endpoints\":{}}}",
         ENVCRYPT_E_ENDPOINT},
        {200,
         "{\"guid\":\"" INSTANCE "\",\"extensions\":{\"endpoints\":{\"public\":\"\"}}}",
         ENVCRYPT_E_ENDPOINT},
        {200, "{\"guid\":\"other\"}", ENVCRYPT_E_PROTOCOL},
        {200, "{}", ENVCRYPT_E_PROTOCOL},
        {200, "", ENVCRYPT_E_PROTOCOL},
        {404, "{\"error_code\":\"RC-ServiceInstanceNotFound\"}",
         ENVCRYPT_E_KEY_NOT_FOUND},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start_over();
        reply_with(rows[i].status, rows[i].body);
        EVC_CHECK_OK(open_access("ibm-kp:///" HPCS_CRN));
        evc_buf_clear(&url);
        EVC_CHECK_CODE(evc_ibm_access_find(&access, &place, &toy.wait, &url, NULL),
                       rows[i].code);
    }
}
END_TEST

START_TEST(without_an_instance_there_is_nothing_to_find)
{
    EVC_CHECK_OK(open_access("ibm-kp://eu-de?find-endpoint=true"));
    EVC_CHECK_CODE(evc_ibm_access_find(&access, &place, &toy.wait, &url, NULL),
                   ENVCRYPT_E_URI);
}
END_TEST

/* --- options and peers --- */

static const char *const wrong_options[] = {
    "private=yes",
    "find-endpoint=1",
    "private-port=1",
    "private=true&private-port=0",
    "private=true&private-port=65536",
    "key-ring=a/b",
    "key-ring=",
    "connect-timeout-ms=0",
    "client-cert=/c",
};

START_TEST(options_that_cannot_be_are_refused)
{
    char text[512];

    (void)snprintf(text, sizeof(text), "ibm-kp:///" CRN "?%s", wrong_options[_i]);
    EVC_CHECK_CODE(open_access(text), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(credentials_of_another_cloud_are_refused)
{
    static const evc_chain_rules rules = {.provider = "aws", .none = "x"};
    evc_chain *ours = config.credentials;

    EVC_CHECK_OK(evc_chain_new(toy.net, &rules, &config.credentials, NULL));
    EVC_CHECK_CODE(open_access("ibm-kp:///" CRN), ENVCRYPT_E_ARGUMENT);
    evc_chain_unref(config.credentials);
    config.credentials = ours;
}
END_TEST

START_TEST(a_peer_waits_as_the_official_client_does)
{
    evc_peer *peer = NULL;

    EVC_CHECK_OK(open_access("ibm-kp:///" CRN));
    EVC_CHECK_OK(evc_ibm_access_peer(&access, "https://a.example", &peer, NULL));
    ck_assert_int_eq(peer->retry.base_ms, 1000);
    ck_assert_int_eq(peer->retry.cap_ms, 30000);
    ck_assert_uint_eq(peer->retry.max_attempts, 3); /* as the client says */
    evc_peer_unref(peer);
    EVC_CHECK_CODE(evc_ibm_access_peer(&access, "http://a.example", &peer, NULL),
                   ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_null(peer);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const places[] = {a_crn_names_all,
                                   a_region_has_no_dot_and_a_host_has_one,
                                   key_and_instance_may_be_left_out, NULL};
    const TTest *const tests[] = {
        key_protect_has_a_host_in_each_region,
        who_names_the_endpoint_is_believed,
        a_private_endpoint_is_asked_for_the_port_that_a_policy_demands,
        without_such_a_policy_it_is_the_usual_port,
        an_answer_about_the_port_that_is_none_is_told,
        the_resource_controller_knows_the_others,
        what_the_controller_does_not_know_is_no_endpoint,
        without_an_instance_there_is_nothing_to_find,
        credentials_of_another_cloud_are_refused,
        a_peer_waits_as_the_official_client_does,
        NULL};
    TCase *uris = tcase_create("places");
    TCase *others = tcase_create("access");

    tcase_add_checked_fixture(uris, NULL, forget_uri);
    for (const TTest *const *test = places; *test; test++)
        tcase_add_test(uris, *test);
    tcase_add_loop_test(uris, other_uris_are_refused, 0,
                        sizeof(no_places) / sizeof(no_places[0]));
    tcase_add_checked_fixture(others, set_up, tear_down);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(others, *test);
    tcase_add_loop_test(others, who_may_not_know_the_port_goes_on_without, 0, 3);
    tcase_add_loop_test(others, options_that_cannot_be_are_refused, 0,
                        sizeof(wrong_options) / sizeof(wrong_options[0]));
    suite_add_tcase(suite, uris);
    suite_add_tcase(suite, others);
}

EVC_TEST_MAIN("ibm_access", add_tests)
