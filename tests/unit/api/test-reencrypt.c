/* SPDX-License-Identifier: Apache-2.0 */
/* The same whether the build has Kubernetes or not. */
#include "envcrypt/envcrypt.h"
#include "evc-check.h"

static int destroyed;

static void
count_destroy(void *user)
{
    (void)user;
    destroyed++;
}

static int32_t
hear(void *user, const envcrypt_reencrypt_report *so_far)
{
    (void)user;
    (void)so_far;
    return 0;
}

START_TEST(options_are_checked_or_not_built)
{
    envcrypt_reencrypt_config *config;
    int rc = envcrypt_reencrypt_config_new(&config, NULL);

    if (rc == ENVCRYPT_E_NOT_BUILT) {
        ck_assert_ptr_null(config);
        return;
    }
    EVC_CHECK_OK(rc);
    EVC_CHECK_OK(envcrypt_reencrypt_config_set(config, "mode", "rewrite", NULL));
    EVC_CHECK_CODE(envcrypt_reencrypt_config_set(config, "mode", "other", NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_reencrypt_config_set(config, "modes", "rewrite", NULL),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    EVC_CHECK_OK(envcrypt_reencrypt_config_set(config, "mode", NULL, NULL));
    envcrypt_reencrypt_config_free(config);
}
END_TEST

START_TEST(the_user_of_a_refused_run_is_destroyed_once)
{
    envcrypt_reencrypt_report *report = (void *)&destroyed;

    EVC_CHECK_CODE(envcrypt_reencrypt_run(NULL, NULL, hear, NULL, count_destroy, NULL,
                                          &report, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(report);
    ck_assert_int_eq(destroyed, 1);
    EVC_CHECK_CODE(envcrypt_reencrypt_verify(NULL, NULL, NULL, hear, NULL,
                                             count_destroy, NULL, &report, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(destroyed, 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {options_are_checked_or_not_built,
                                the_user_of_a_refused_run_is_destroyed_once, NULL};

    evc_check_add(suite, "reencrypt", all);
}

EVC_TEST_MAIN("reencrypt", add_tests)
