/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/kms.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "kms/backend.h"

static envcrypt_kms_config *
make(void)
{
    envcrypt_kms_config *config = NULL;

    EVC_CHECK_OK(envcrypt_kms_config_new(&config, NULL));
    return config;
}

static const char *
option(const envcrypt_kms_config *config, const char *name)
{
    const evc_pair *pair = evc_kv_find(&config->options, evc_view_text(name));

    return pair ? (const char *)pair->value.data : NULL;
}

START_TEST(the_last_value_of_an_option_counts)
{
    envcrypt_kms_config *config = make();

    EVC_CHECK_OK(envcrypt_kms_config_set(config, "a", "1", NULL));
    EVC_CHECK_OK(envcrypt_kms_config_set(config, "a", "2", NULL));
    ck_assert_str_eq(option(config, "a"), "2");
    envcrypt_kms_config_free(config);
}
END_TEST

START_TEST(null_takes_an_option_back)
{
    envcrypt_kms_config *config = make();

    EVC_CHECK_OK(envcrypt_kms_config_set(config, "a", "1", NULL));
    EVC_CHECK_OK(envcrypt_kms_config_set(config, "a", NULL, NULL));
    EVC_CHECK_OK(envcrypt_kms_config_set(config, "b", NULL, NULL));
    ck_assert_ptr_null(option(config, "a"));
    envcrypt_kms_config_free(config);
}
END_TEST

START_TEST(an_empty_value_is_one)
{
    envcrypt_kms_config *config = make();

    EVC_CHECK_OK(envcrypt_kms_config_set(config, "a", "", NULL));
    ck_assert_str_eq(option(config, "a"), "");
    envcrypt_kms_config_free(config);
}
END_TEST

START_TEST(protectors_are_kept_until_taken_back)
{
    envcrypt_kms_config *config = make();
    const envcrypt_protectors *protectors = (const envcrypt_protectors *)config;

    EVC_CHECK_OK(envcrypt_kms_config_set_protectors(config, protectors, NULL));
    ck_assert_ptr_eq(config->protectors, protectors);
    EVC_CHECK_OK(envcrypt_kms_config_set_protectors(config, NULL, NULL));
    ck_assert_ptr_null(config->protectors);
    envcrypt_kms_config_free(config);
}
END_TEST

START_TEST(arguments_that_are_missing_are_refused)
{
    envcrypt_kms_config *config = make();

    EVC_CHECK_CODE(envcrypt_kms_config_new(NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_config_set(NULL, "a", "1", NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_config_set(config, NULL, "1", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_config_set(config, "", "1", NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_config_set_protectors(NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    envcrypt_kms_config_free(config);
    envcrypt_kms_config_free(NULL);
}
END_TEST

static int
fill(void *user)
{
    envcrypt_kms_config *config;
    int rc = envcrypt_kms_config_new(&config, NULL);

    (void)user;
    if (!rc)
        rc = envcrypt_kms_config_set(config, "a", "1", NULL);
    if (!rc)
        rc = envcrypt_kms_config_set(config, "a", "2", NULL);
    envcrypt_kms_config_free(config);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_alloc_sweep(fill, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_last_value_of_an_option_counts,
                                  null_takes_an_option_back,
                                  an_empty_value_is_one,
                                  protectors_are_kept_until_taken_back,
                                  arguments_that_are_missing_are_refused,
                                  survives_memory_that_runs_out,
                                  NULL};

    evc_check_add(suite, "kms_config", tests);
}

EVC_TEST_MAIN("kms_config", add_tests)
