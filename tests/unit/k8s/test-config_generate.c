/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_generate.h"

#include "config-fixture.h"
#include "evc-alloc.h"
#include "k8s/config_check.h"
#include "k8s/config_explain.h"
#include "k8s/go_duration.h"

static evc_encryption_options options;
static evc_buf made;

static int
set(const char *name, const char *value)
{
    return evc_encryption_options_set(&options, name, value, NULL);
}

static void
begin(void)
{
    open_env();
    evc_kv_init(&options.values);
    EVC_CHECK_OK(set("name", "plugin"));
    EVC_CHECK_OK(set("endpoint", "unix:///run/kms.sock"));
}

static void
end(void)
{
    evc_kv_reset(&options.values);
    evc_buf_reset(&made);
    close_env();
}

static int
generate(void)
{
    evc_buf_clear(&made);
    return evc_config_generate(&options, &made, NULL);
}

static evc_encryption_config *
generated(void)
{
    EVC_CHECK_OK(generate());
    evc_buf_put_u8(&made, 0);
    return read_config((const char *)made.data);
}

/* Names and roles of the providers of the first resource, as "plugin identity". */
static void
check_order(const char *wanted)
{
    evc_encryption_config *config = generated();
    char order[128] = "";
    evc_table *table;

    EVC_CHECK_OK(evc_config_explain(config, &table, NULL));
    for (size_t i = 0; i < table->rows; i++) {
        const char *name = evc_table_cell(table, i, 3);
        size_t used = strlen(order);

        (void)snprintf(&order[used], sizeof(order) - used, "%s%s", i ? " " : "",
                       *name ? name : evc_table_cell(table, i, 2));
    }
    ck_assert_str_eq(order, wanted);
    evc_table_free(table);
    evc_encryption_config_free(config);
}

START_TEST(makes_kms_v2_for_secrets)
{
    evc_encryption_config *config = generated();
    const evc_config_provider *kms = &config->rules[0].providers[0];

    ck_assert_str_eq(config->rules[0].resources[0].text, "secrets");
    ck_assert_str_eq(kms->api_version, "v2");
    ck_assert(kms->api_version_given);
    ck_assert_str_eq(kms->name, "plugin");
    ck_assert_str_eq(kms->endpoint, "unix:///run/kms.sock");
    ck_assert_int_eq(kms->timeout_ns, 3 * EVC_SECOND_NS);
    evc_encryption_config_free(config);
}
END_TEST

START_TEST(orders_providers)
{
    check_order("plugin identity");
    EVC_CHECK_OK(set("order", "rollout"));
    check_order("identity plugin");
    EVC_CHECK_OK(set("order", "disable"));
    check_order("identity plugin");
    EVC_CHECK_OK(set("order", "steady"));
    check_order("plugin identity");
}
END_TEST

START_TEST(orders_a_plugin_that_is_left)
{
    EVC_CHECK_OK(set("previous-name", "old"));
    EVC_CHECK_OK(set("previous-endpoint", "unix:///run/old.sock"));
    check_order("plugin old identity");
    EVC_CHECK_OK(set("order", "rollout"));
    check_order("old plugin identity");
    EVC_CHECK_OK(set("order", "disable"));
    check_order("identity plugin old");
}
END_TEST

START_TEST(takes_resources_and_timeout)
{
    evc_encryption_config *config;

    EVC_CHECK_OK(set("resources", "secrets,configmaps,,*.apps"));
    EVC_CHECK_OK(set("timeout", "10s"));
    config = generated();
    ck_assert_uint_eq(config->rules[0].resource_count, 3);
    ck_assert_str_eq(config->rules[0].resources[2].text, "*.apps");
    ck_assert_int_eq(config->rules[0].providers[0].timeout_ns, 10 * EVC_SECOND_NS);
    evc_encryption_config_free(config);
}
END_TEST

START_TEST(what_is_made_passes_the_check)
{
    static const char *const orders[] = {"steady", "rollout", "disable"};

    for (size_t i = 0; i < 3; i++) {
        evc_encryption_config *config;
        evc_table *table;

        EVC_CHECK_OK(set("order", orders[i]));
        config = generated();
        EVC_CHECK_OK(evc_config_check(config, env->arena, "1.31", &table, NULL));
        ck_assert_uint_eq(count_findings(table, "error", NULL), 0);
        evc_table_free(table);
        evc_encryption_config_free(config);
    }
}
END_TEST

static const struct {
    const char *name;
    const char *value;
    int code;
} refused[] = {
    {"name", NULL, ENVCRYPT_E_ARGUMENT},
    {"endpoint", NULL, ENVCRYPT_E_ARGUMENT},
    {"order", "backwards", ENVCRYPT_E_ARGUMENT},
    {"previous-name", "old", ENVCRYPT_E_ARGUMENT},
    {"previous-endpoint", "unix:///o", ENVCRYPT_E_ARGUMENT},
    {"name", "", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"name", "a:b", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"name", "a'b", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"name", "a\nb", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"name", "\xc3\xa4", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"endpoint", "tcp://x", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"endpoint", "unix://run/x", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"endpoint", "unix:///x'", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"timeout", "3", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"timeout", "0s", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"resources", "", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"resources", "Secrets", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"resources", "secrets,*.*", ENVCRYPT_E_ENCRYPTION_CONFIG},
    {"resources", "a'", ENVCRYPT_E_ENCRYPTION_CONFIG},
};

START_TEST(refuses_what_the_server_would_refuse)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        evc_kv before;
        int rc;

        evc_kv_init(&before);
        EVC_CHECK_OK(evc_kv_copy(&before, &options.values, NULL));
        EVC_CHECK_OK(set(refused[i].name, refused[i].value));
        rc = generate();
        ck_assert_msg(rc == refused[i].code, "%s=%s gave %s", refused[i].name,
                      refused[i].value ? refused[i].value : "", evc_error_name(rc));
        EVC_CHECK_OK(evc_kv_copy(&options.values, &before, NULL));
        evc_kv_reset(&before);
    }
}
END_TEST

START_TEST(names_differ)
{
    EVC_CHECK_OK(set("previous-name", "plugin"));
    EVC_CHECK_OK(set("previous-endpoint", "unix:///o"));
    EVC_CHECK_CODE(generate(), ENVCRYPT_E_ENCRYPTION_CONFIG);
}
END_TEST

START_TEST(names_have_a_limit)
{
    char name[255] = {0};

    memset(name, 'n', 253);
    EVC_CHECK_OK(set("name", name));
    EVC_CHECK_OK(generate());
    name[253] = 'n';
    EVC_CHECK_OK(set("name", name));
    EVC_CHECK_CODE(generate(), ENVCRYPT_E_ENCRYPTION_CONFIG);
}
END_TEST

START_TEST(names_the_nearest_option)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_encryption_options_set(&options, "endpont", "x", &err),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "endpoint"));
    evc_error_free(err);
}
END_TEST

static int
generate_once(void *user)
{
    evc_buf text = {0};
    int rc = evc_config_generate(user, &text, NULL);

    evc_buf_reset(&text);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    ck_assert_uint_gt(evc_alloc_sweep(generate_once, &options), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        makes_kms_v2_for_secrets,
        orders_providers,
        orders_a_plugin_that_is_left,
        takes_resources_and_timeout,
        what_is_made_passes_the_check,
        refuses_what_the_server_would_refuse,
        names_differ,
        names_have_a_limit,
        names_the_nearest_option,
        survives_any_lack_of_memory,
        NULL,
    };
    TCase *tcase = tcase_create("config generate");

    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("config generate", add_tests)
