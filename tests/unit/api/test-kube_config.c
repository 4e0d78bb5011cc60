/* SPDX-License-Identifier: Apache-2.0 */
#include "api/kube_config.h"

#include "api-fixture.h"
#include "api/kube_options.h"
#include "evc-alloc.h"

static char why[512];

static envcrypt_kube_config *
make(void)
{
    envcrypt_kube_config *config = NULL;

    EVC_CHECK_OK(envcrypt_kube_config_new(client, &config, NULL));
    return config;
}

static int
set_token(envcrypt_kube_config *config, const char *token, size_t size)
{
    envcrypt_error *err;
    int rc = envcrypt_kube_config_set_token(config, token, size, &err);

    (void)snprintf(why, sizeof(why), "%s", rc ? envcrypt_error_message(err) : "");
    envcrypt_error_free(err);
    return rc;
}

START_TEST(the_last_value_of_an_option_counts_and_null_takes_it_back)
{
    envcrypt_kube_config *config = make();

    EVC_CHECK_OK(envcrypt_kube_config_set(config, "context", "a", NULL));
    EVC_CHECK_OK(envcrypt_kube_config_set(config, "context", "b", NULL));
    ck_assert_str_eq(evc_option_text(&config->options, "context"), "b");
    EVC_CHECK_OK(envcrypt_kube_config_set(config, "context", NULL, NULL));
    ck_assert_ptr_null(evc_option_text(&config->options, "context"));
    envcrypt_kube_config_free(config);
}
END_TEST

START_TEST(an_unknown_option_is_refused_at_once)
{
    envcrypt_kube_config *config = make();

    EVC_CHECK_CODE(envcrypt_kube_config_set(config, "contxt", "a", NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    EVC_CHECK_CODE(envcrypt_kube_config_set(config, "", "a", NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    envcrypt_kube_config_free(config);
}
END_TEST

START_TEST(a_token_is_copied_to_the_arena_and_taken_back)
{
    envcrypt_kube_config *config = make();

    EVC_CHECK_OK(set_token(config, "planted-token", 13));
    ck_assert_uint_eq(config->token.size, 13);
    ck_assert_mem_eq(config->token.bytes, "planted-token", 13);
    ck_assert_uint_gt(envcrypt_client_arena_used(client), 0);
    EVC_CHECK_OK(set_token(config, "other", 5));
    ck_assert_uint_eq(config->token.size, 5);
    EVC_CHECK_OK(set_token(config, NULL, 0));
    ck_assert_uint_eq(envcrypt_client_arena_used(client), 0);
    envcrypt_kube_config_free(config);
}
END_TEST

START_TEST(a_token_may_have_16_kib_and_no_more)
{
    envcrypt_kube_config *config = make();
    static char token[16385];

    memset(token, 'a', sizeof(token));
    EVC_CHECK_OK(set_token(config, token, 16384));
    EVC_CHECK_CODE(set_token(config, token, 16385), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_uint_eq(config->token.size, 16384);
    envcrypt_kube_config_free(config);
}
END_TEST

START_TEST(what_can_be_no_token_is_refused_and_not_shown)
{
    static const char *const bad[] = {"", "planted token", "planted\n",
                                      "plant\xc3\xa9"};
    envcrypt_kube_config *config = make();

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        EVC_CHECK_CODE(set_token(config, bad[i], strlen(bad[i])),
                       ENVCRYPT_E_BAD_CREDENTIALS);
        ck_assert_ptr_null(strstr(why, "plant"));
    }
    envcrypt_kube_config_free(config);
}
END_TEST

START_TEST(credentials_are_held_until_taken_back)
{
    envcrypt_kube_config *config = make();
    envcrypt_credentials *credentials = NULL;
    int rc = envcrypt_credentials_new(client, "aws", "AKID", "secret", 6, NULL, 0, NULL,
                                      &credentials, NULL);

    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
    EVC_CHECK_OK(envcrypt_kube_config_set_credentials(config, credentials, NULL));
    envcrypt_credentials_unref(credentials);
    ck_assert_ptr_eq(config->credentials, credentials);
    EVC_CHECK_OK(envcrypt_kube_config_set_credentials(config, NULL, NULL));
    ck_assert_ptr_null(config->credentials);
    envcrypt_kube_config_free(config);
}
END_TEST

static int
make_and_set(void *user)
{
    envcrypt_kube_config *config = NULL;
    int rc = envcrypt_kube_config_new(client, &config, NULL);

    (void)user;
    if (rc == 0)
        rc = envcrypt_kube_config_set(config, "context", "prod", NULL);
    if (rc == 0)
        rc = envcrypt_kube_config_set_token(config, "token", 5, NULL);
    envcrypt_kube_config_free(config);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(make_and_set, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_last_value_of_an_option_counts_and_null_takes_it_back,
        an_unknown_option_is_refused_at_once,
        a_token_is_copied_to_the_arena_and_taken_back,
        a_token_may_have_16_kib_and_no_more,
        what_can_be_no_token_is_refused_and_not_shown,
        credentials_are_held_until_taken_back,
        survives_memory_that_runs_out,
        NULL};

    api_add(suite, "settings", tests);
}

EVC_TEST_MAIN("kube_config", add_tests)
