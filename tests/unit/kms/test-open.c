/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/open.h"

#include "kms-fixture.h"

static int
open_simple(evc_kms *kms, const evc_uri *uri, const struct envcrypt_kms_config *config,
            evc_wait *wait, evc_error **err)
{
    const char *pin = evc_backend_option(uri, config, "fingerprint");

    (void)wait;
    (void)err;
    kms->provider = evc_mem_strdup("simple");
    kms->key_id = evc_mem_strdup(pin ? pin : "none");
    return 0;
}

static const char *const simple_options[] = {"fingerprint", "refresh", NULL};
static const evc_backend simple = {
    .scheme = "simple", .options = simple_options, .open = open_simple};
static const evc_backend bare = {.scheme = "bare", .open = open_simple};
static const evc_backend *const table[] = {&simple, &bare, NULL};

/* The message of the failure, for looking into. */
static char why[512];

static int
try_open(const char *uri, const char *option, const char *value, char *id)
{
    struct envcrypt_kms_config config = {.protectors = NULL};
    evc_error *err = NULL;
    evc_kms *kms = (evc_kms *)1;
    int rc;

    evc_kv_init(&config.options);
    if (option)
        add_pair(&config.options, option, value);
    rc = evc_kms_open(crypto, NULL, table, uri, &config, NULL, &kms, &err);
    evc_kv_reset(&config.options);
    (void)snprintf(why, sizeof(why), "%s", evc_error_message(err));
    evc_error_free(err);
    if (rc)
        ck_assert_ptr_null(kms);
    else if (id)
        (void)snprintf(id, 16, "%s", kms->key_id);
    evc_kms_unref(kms);
    return rc;
}

START_TEST(opens_by_scheme)
{
    char id[16];

    EVC_CHECK_OK(try_open("simple://?fingerprint=ab", NULL, NULL, id));
    ck_assert_str_eq(id, "ab");
    EVC_CHECK_OK(try_open("SIMPLE://", "fingerprint", "cd", id));
    ck_assert_str_eq(id, "cd");
    EVC_CHECK_OK(try_open("bare://", NULL, NULL, id));
}
END_TEST

START_TEST(settings_may_be_null)
{
    evc_kms *kms;

    EVC_CHECK_OK(evc_kms_open(crypto, NULL, table, "bare://", NULL, NULL, &kms, NULL));
    evc_kms_unref(kms);
}
END_TEST

START_TEST(an_unknown_scheme_names_the_known_ones)
{
    EVC_CHECK_CODE(try_open("gcp-kms://x", NULL, NULL, NULL), ENVCRYPT_E_URI);
    ck_assert_ptr_nonnull(strstr(why, "gcp-kms"));
    ck_assert_ptr_nonnull(strstr(why, "simple://"));
    ck_assert_ptr_nonnull(strstr(why, "bare://"));
}
END_TEST

START_TEST(a_scheme_of_another_build_is_not_built)
{
    EVC_CHECK_CODE(try_open("aws-kms:///arn", NULL, NULL, NULL), ENVCRYPT_E_NOT_BUILT);
    ck_assert_ptr_nonnull(strstr(why, "aws-kms"));
    EVC_CHECK_CODE(try_open("ibm-kp://x", NULL, NULL, NULL), ENVCRYPT_E_NOT_BUILT);
    EVC_CHECK_CODE(try_open("alibaba-kms://x", NULL, NULL, NULL), ENVCRYPT_E_NOT_BUILT);
}
END_TEST

START_TEST(what_is_no_uri_is_refused)
{
    EVC_CHECK_CODE(try_open("simple", NULL, NULL, NULL), ENVCRYPT_E_URI);
}
END_TEST

START_TEST(an_unknown_option_names_the_nearest)
{
    EVC_CHECK_CODE(try_open("simple://?fingerprnt=ab", NULL, NULL, NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(why, "\"fingerprint\"?"));
    EVC_CHECK_CODE(try_open("simple://", "Refresh", "1", NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(why, "\"refresh\"?"));
}
END_TEST

START_TEST(an_option_far_from_all_is_refused_without_a_guess)
{
    EVC_CHECK_CODE(try_open("simple://?zzzzzzzz=1", NULL, NULL, NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_null(strstr(why, "did you mean"));
    EVC_CHECK_CODE(try_open("bare://?fingerprint=1", NULL, NULL, NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
}
END_TEST

START_TEST(an_option_with_two_values_is_refused)
{
    EVC_CHECK_CODE(try_open("simple://?fingerprint=ab", "fingerprint", "cd", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(try_open("simple://?fingerprint=ab", "fingerprint", "ab", NULL));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {opens_by_scheme,
                                  settings_may_be_null,
                                  an_unknown_scheme_names_the_known_ones,
                                  a_scheme_of_another_build_is_not_built,
                                  what_is_no_uri_is_refused,
                                  an_unknown_option_names_the_nearest,
                                  an_option_far_from_all_is_refused_without_a_guess,
                                  an_option_with_two_values_is_refused,
                                  NULL};

    kms_add(suite, "open", tests);
}

EVC_TEST_MAIN("open", add_tests)
