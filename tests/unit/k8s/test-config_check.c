/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_check.h"

#include "config-fixture.h"
#include "evc-alloc.h"

#define V1 HEAD SECRETS "[{kms: {name: p, endpoint: 'unix:///p'}}, {identity: {}}]\n"

static int
check(const char *version, evc_table **table)
{
    evc_encryption_config *config = read_config(V1);
    int rc = evc_config_check(config, env->arena, version, table, NULL);

    evc_encryption_config_free(config);
    return rc;
}

static const struct {
    const char *version;
    size_t errors;
} versions[] = {
    {NULL, 0},    {"1.28", 0},          {"1.29", 1},   {"v1.29", 1}, {"1.31.4", 1},
    {"1.31+", 1}, {"v1.29.0-eks-1", 1}, {"1.9999", 1}, {"1.9", 0},
};

START_TEST(rules_depend_on_the_version)
{
    for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
        evc_table *table;

        EVC_CHECK_OK(check(versions[i].version, &table));
        ck_assert_msg(count_findings(table, "error", NULL) == versions[i].errors, "%s",
                      versions[i].version);
        evc_table_free(table);
    }
}
END_TEST

START_TEST(refuses_what_is_no_version)
{
    static const char *const wrong[] = {
        "",  "1",       "1.",  "2.1",  "1.x",    "1.0",  "1.01",         "1.31x",
        "v", "1.10000", "one", " 1.3", "vv1.30", "1.-3", "1.99999999999"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        evc_table *table = (void *)&table;

        EVC_CHECK_CODE(check(wrong[i], &table), ENVCRYPT_E_ARGUMENT);
        ck_assert_ptr_null(table);
    }
}
END_TEST

START_TEST(errors_come_before_advice)
{
    evc_table *table;

    EVC_CHECK_OK(check("1.30", &table));
    ck_assert_uint_gt(table->rows, 1);
    ck_assert_str_eq(evc_table_cell(table, 0, 0), "error");
    evc_table_free(table);
}
END_TEST

static int
check_once(void *user)
{
    evc_table *table;
    int rc = evc_config_check(user, env->arena, "1.30", &table, NULL);

    evc_table_free(table);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    evc_encryption_config *config = read_config(V1);

    ck_assert_uint_gt(evc_alloc_sweep(check_once, config), 3);
    evc_encryption_config_free(config);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {rules_depend_on_the_version,
                                  refuses_what_is_no_version, errors_come_before_advice,
                                  survives_any_lack_of_memory, NULL};

    config_add(suite, "config check", tests);
}

EVC_TEST_MAIN("config check", add_tests)
