/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/options.h"

#include "evc-alloc.h"
#include "evc-check.h"

static struct envcrypt_cluster_config config;
static evc_cluster_change change;
static evc_error *error;

static void
set_up(void)
{
    error = NULL;
    evc_cluster_config_init(&config);
    evc_cluster_change_init(&change);
}

static void
tear_down(void)
{
    evc_error_free(error);
    evc_cluster_config_reset(&config);
    evc_cluster_change_reset(&change);
}

static int
set(const char *name, const char *value)
{
    return evc_cluster_change_set(&change, name, value, &error);
}

START_TEST(an_option_is_given_and_taken_back)
{
    ck_assert_ptr_null(evc_cluster_option(&config, "region"));
    EVC_CHECK_OK(evc_cluster_option_set(&config, "region", "eu-west-1", NULL));
    ck_assert_str_eq(evc_cluster_option(&config, "region"), "eu-west-1");
    EVC_CHECK_OK(evc_cluster_option_set(&config, "region", NULL, NULL));
    ck_assert_ptr_null(evc_cluster_option(&config, "region"));
    EVC_CHECK_OK(set("key", "aws-kms:///arn"));
    ck_assert_str_eq(evc_cluster_change_text(&change, "key"), "aws-kms:///arn");
    EVC_CHECK_OK(set("key", NULL));
    ck_assert_ptr_null(evc_cluster_change_text(&change, "key"));
}
END_TEST

START_TEST(without_config_or_change_there_are_no_options)
{
    ck_assert_ptr_null(evc_cluster_option(NULL, "region"));
    ck_assert_ptr_null(evc_cluster_change_text(NULL, "key"));
    ck_assert(evc_cluster_change_flag(NULL, "wait", true));
    ck_assert(!evc_cluster_change_overrides(NULL, "hpcs"));
    ck_assert_int_eq(evc_cluster_change_number(NULL, "timeout-ms", 7), 7);
}
END_TEST

START_TEST(an_unknown_name_is_refused_with_the_nearest)
{
    EVC_CHECK_CODE(evc_cluster_option_set(&config, "kubecofnig", "x", &error),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "\"kubeconfig\""));
    EVC_CHECK_CODE(set("instnace-id", "x"), ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "\"instance-id\""));
    EVC_CHECK_CODE(set("kubecofnig", NULL), ENVCRYPT_E_UNKNOWN_OPTION);
}
END_TEST

START_TEST(values_that_cannot_be_are_refused_without_showing_them)
{
    static const char *const bad[][2] = {
        {"region", "eu west"}, {"region", ""},
        {"region", "a,b"},     {"regions", ",a"},
        {"regions", ""},       {"endpoint-url", "example"},
        {"kms-endpoint", "x"}, {"allow-exec", "maybe"},
        {"kubeconfig", ""},    {"connect-timeout-ms", "0"}};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        EVC_CHECK_CODE(evc_cluster_option_set(&config, bad[i][0], bad[i][1], &error),
                       ENVCRYPT_E_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(evc_error_message(error), bad[i][0]));
        ck_assert_ptr_null(evc_cluster_option(&config, bad[i][0]));
    }
    EVC_CHECK_CODE(set("wait", "secret-word"), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(strstr(evc_error_message(error), "secret-word"));
    EVC_CHECK_CODE(set("public-endpoint", "true"), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_region_name_has_up_to_63_characters)
{
    char name[65];

    memset(name, 'a', sizeof(name));
    name[63] = '\0';
    EVC_CHECK_OK(evc_cluster_option_set(&config, "region", name, NULL));
    name[63] = 'a';
    name[64] = '\0';
    EVC_CHECK_CODE(evc_cluster_option_set(&config, "region", name, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(numbers_go_up_to_a_day)
{
    EVC_CHECK_OK(set("timeout-ms", "86400000"));
    ck_assert_int_eq(evc_cluster_change_number(&change, "timeout-ms", 1), 86400000);
    EVC_CHECK_CODE(set("timeout-ms", "86400001"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(set("timeout-ms", "0"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(set("timeout-ms", "12x"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(set("timeout-ms", "99999999999999999999"), ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(evc_cluster_change_number(&change, "timeout-ms", 1), 86400000);
}
END_TEST

START_TEST(flags_are_yes_or_no_or_the_default)
{
    ck_assert(evc_cluster_change_flag(&change, "encrypt-existing-secrets", true));
    ck_assert(!evc_cluster_change_flag(&change, "destructive", false));
    EVC_CHECK_OK(set("encrypt-existing-secrets", "no"));
    EVC_CHECK_OK(set("destructive", "yes"));
    ck_assert(!evc_cluster_change_flag(&change, "encrypt-existing-secrets", true));
    ck_assert(evc_cluster_change_flag(&change, "destructive", false));
}
END_TEST

START_TEST(options_of_secrets_go_to_the_re_encryption)
{
    EVC_CHECK_OK(set("secrets-mode", "annotate"));
    ck_assert_int_eq(change.secrets.mode, ENVCRYPT_REENCRYPT_ANNOTATE);
    EVC_CHECK_CODE(set("secrets-moed", "annotate"), ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "\"mode\""));
    EVC_CHECK_CODE(set("secrets-mode", "fast"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(set("secrets-dry-run", "yes"), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "plan"));
}
END_TEST

START_TEST(an_override_is_one_whole_word_of_the_list)
{
    EVC_CHECK_OK(set("override", "hpcs, rotation"));
    ck_assert(evc_cluster_change_overrides(&change, "hpcs"));
    ck_assert(evc_cluster_change_overrides(&change, "rotation"));
    ck_assert(!evc_cluster_change_overrides(&change, "rot"));
    ck_assert(!evc_cluster_change_overrides(&change, "hpcs, rotation"));
}
END_TEST

START_TEST(an_override_that_no_refusal_names_is_refused)
{
    EVC_CHECK_CODE(set("override", "hpcs,everything"), ENVCRYPT_E_ARGUMENT);
    ck_assert(!evc_cluster_change_overrides(&change, "hpcs"));
}
END_TEST

START_TEST(a_list_has_its_words_and_no_others)
{
    ck_assert(!evc_cluster_change_lists(NULL, "confirm", "prod"));
    ck_assert(!evc_cluster_change_lists(&change, "confirm", "prod"));
    EVC_CHECK_OK(set("confirm", "prod,test"));
    ck_assert(evc_cluster_change_lists(&change, "confirm", "prod"));
    ck_assert(evc_cluster_change_lists(&change, "confirm", "test"));
    ck_assert(!evc_cluster_change_lists(&change, "confirm", "tes"));
    ck_assert(!evc_cluster_change_lists(&change, "override", "prod"));
}
END_TEST

START_TEST(a_key_is_named_by_itself_or_by_the_option_of_ibm)
{
    ck_assert(!evc_cluster_change_names_key(NULL));
    EVC_CHECK_OK(set("instance-id", "i"));
    ck_assert(!evc_cluster_change_names_key(&change));
    EVC_CHECK_OK(set("crk", "k"));
    ck_assert(evc_cluster_change_names_key(&change));
    EVC_CHECK_OK(set("crk", NULL));
    EVC_CHECK_OK(set("key", "k"));
    ck_assert(evc_cluster_change_names_key(&change));
}
END_TEST

START_TEST(a_provider_takes_the_common_options_and_its_own)
{
    static const char *const taken[] = {"profile", NULL};

    EVC_CHECK_OK(evc_cluster_option_set(&config, "region", "eu-west-1", NULL));
    EVC_CHECK_OK(evc_cluster_option_set(&config, "state-dir", "", NULL));
    EVC_CHECK_OK(evc_cluster_options_check(&config.options, NULL, "Toy", NULL));
    EVC_CHECK_OK(evc_cluster_option_set(&config, "profile", "dev", NULL));
    EVC_CHECK_OK(evc_cluster_options_check(&config.options, taken, "Toy", NULL));
    EVC_CHECK_CODE(evc_cluster_options_check(&config.options, NULL, "Toy", &error),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "Toy takes no"));
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "profile"));
}
END_TEST

START_TEST(a_provider_takes_its_own_options_of_a_change)
{
    static const char *const taken[] = {"crk", NULL};

    EVC_CHECK_OK(set("key", "k"));
    EVC_CHECK_OK(set("confirm", "prod"));
    EVC_CHECK_OK(evc_cluster_options_check(&change.options, NULL, "Toy", NULL));
    EVC_CHECK_OK(set("crk", "k"));
    EVC_CHECK_OK(evc_cluster_options_check(&change.options, taken, "Toy", NULL));
    EVC_CHECK_CODE(evc_cluster_options_check(&change.options, NULL, "Toy", NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
fill(void *user)
{
    struct envcrypt_cluster_config c;
    evc_cluster_change ch;
    int rc;

    (void)user;
    evc_cluster_config_init(&c);
    evc_cluster_change_init(&ch);
    rc = evc_cluster_option_set(&c, "region", "eu-west-1", NULL);
    if (rc == 0)
        rc = evc_cluster_change_set(&ch, "key", "k", NULL);
    if (rc == 0)
        rc = evc_cluster_change_set(&ch, "secrets-mode", "rewrite", NULL);
    evc_cluster_config_reset(&c);
    evc_cluster_change_reset(&ch);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(fill, NULL), 3);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {an_option_is_given_and_taken_back,
                                without_config_or_change_there_are_no_options,
                                an_unknown_name_is_refused_with_the_nearest,
                                values_that_cannot_be_are_refused_without_showing_them,
                                a_region_name_has_up_to_63_characters,
                                numbers_go_up_to_a_day,
                                flags_are_yes_or_no_or_the_default,
                                options_of_secrets_go_to_the_re_encryption,
                                an_override_is_one_whole_word_of_the_list,
                                an_override_that_no_refusal_names_is_refused,
                                a_list_has_its_words_and_no_others,
                                a_key_is_named_by_itself_or_by_the_option_of_ibm,
                                a_provider_takes_the_common_options_and_its_own,
                                a_provider_takes_its_own_options_of_a_change,
                                survives_any_failed_allocation};
    TCase *tcase = tcase_create("options");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("options", add_tests)
