/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/service.h"

#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_net *net;
static evc_service *service;
static int runs;
static int closes;
static bool fails;

static int
fake_open(evc_service *of, const evc_uri *uri, const struct envcrypt_kms_config *config,
          evc_wait *wait, evc_error **err)
{
    (void)uri;
    (void)config;
    (void)wait;
    of->state = &closes;
    return fails ? evc_err(err, ENVCRYPT_E_REGION, "no Region") : 0;
}

static void
fake_close(void *state)
{
    (*(int *)state)++;
}

/* One row, that tells the arguments. */
static int
fake_run(evc_service *of, const evc_kv *args, evc_wait *wait, evc_table *out,
         evc_error **err)
{
    int rc;

    (void)of;
    (void)wait;
    runs++;
    rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "key", evc_service_arg(args, "key"), err);
    if (!rc && evc_service_arg(args, "fail"))
        rc = evc_err(err, ENVCRYPT_E_DENIED, "denied");
    return rc;
}

static const char *const needs[] = {"key", NULL};
static const char *const takes[] = {"alias", "fail", NULL};
static const char *const columns[] = {"key", NULL};
static const evc_action list = {.name = "list-keys",
                                .help = "Lists",
                                .columns = columns,
                                .permission = "kms:ListKeys",
                                .run = fake_run};
static const evc_action describe = {.name = "describe-key",
                                    .help = "Describes",
                                    .needs = needs,
                                    .takes = takes,
                                    .columns = columns,
                                    .permission = "kms:DescribeKey",
                                    .run = fake_run};
static const evc_action delete_key = {.name = "delete-key",
                                      .help = "Deletes",
                                      .columns = columns,
                                      .permission = "kms:Delete",
                                      .flags = EVC_ACTION_CHANGES | EVC_ACTION_GUARDED,
                                      .run = fake_run};
static const evc_action *const actions[] = {&list, &describe, &delete_key, NULL};
static const evc_service_kind kind = {
    .scheme = "fake", .actions = actions, .open = fake_open, .close = fake_close};

static void
begin(void)
{
    static const evc_net_settings settings;

    runs = 0;
    closes = 0;
    fails = false;
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    EVC_CHECK_OK(evc_net_open(env, &settings, NULL, NULL, NULL, &net, NULL));
    EVC_CHECK_OK(
        evc_service_open(crypto, net, &kind, NULL, NULL, NULL, &service, NULL));
}

static void
end(void)
{
    evc_service_unref(service);
    evc_net_unref(net);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

static char why[512];

/* Runs an action with up to two arguments. */
static int
run(const char *action, const char *name, const char *value, const char *other,
    bool guarded, evc_table **out)
{
    evc_error *err = NULL;
    evc_kv args;
    int rc;

    evc_kv_init(&args);
    if (name)
        EVC_CHECK_OK(
            evc_kv_set(&args, evc_view_text(name), evc_view_text(value), NULL));
    if (other)
        EVC_CHECK_OK(evc_kv_set(&args, evc_view_text(other), evc_view_text("v"), NULL));
    rc = evc_service_run(service, action, &args, guarded, NULL, out, &err);
    (void)snprintf(why, sizeof(why), "%s", rc ? envcrypt_error_message(err) : "");
    envcrypt_error_free(err);
    evc_kv_reset(&args);
    return rc;
}

START_TEST(an_action_gets_its_arguments_and_a_table_with_its_columns)
{
    evc_table *table;

    EVC_CHECK_OK(run("describe-key", "key", "k1", "alias", false, &table));
    ck_assert_uint_eq(table->rows, 1);
    ck_assert_str_eq(evc_table_cell(table, 0, 0), "k1");
    evc_table_free(table);
}
END_TEST

START_TEST(an_unknown_action_names_the_nearest)
{
    evc_table *table;

    EVC_CHECK_CODE(run("list-key", NULL, NULL, NULL, false, &table),
                   ENVCRYPT_E_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(why, "\"list-keys\"?"));
    ck_assert_ptr_null(table);
}
END_TEST

START_TEST(a_missing_argument_is_named_and_nothing_runs)
{
    evc_table *table;

    EVC_CHECK_CODE(run("describe-key", NULL, NULL, "alias", false, &table),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(why, "\"key\""));
    EVC_CHECK_CODE(run("describe-key", "key", "", NULL, false, &table),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(runs, 0);
}
END_TEST

START_TEST(an_unknown_argument_names_the_nearest_and_nothing_runs)
{
    evc_table *table;

    EVC_CHECK_CODE(run("describe-key", "key", "k", "alia", false, &table),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(why, "\"alias\"?"));
    EVC_CHECK_CODE(run("list-keys", "key", "k", NULL, false, &table),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(runs, 0);
}
END_TEST

START_TEST(a_guarded_action_runs_for_the_cluster_alone)
{
    evc_table *table;

    EVC_CHECK_CODE(run("delete-key", NULL, NULL, NULL, false, &table),
                   ENVCRYPT_E_CONFIRMATION);
    ck_assert_int_eq(runs, 0);
    EVC_CHECK_OK(run("delete-key", NULL, NULL, NULL, true, &table));
    ck_assert_int_eq(runs, 1);
    evc_table_free(table);
}
END_TEST

START_TEST(a_failure_gives_no_part_of_a_table)
{
    evc_table *table;

    EVC_CHECK_CODE(run("describe-key", "key", "k", "fail", false, &table),
                   ENVCRYPT_E_DENIED);
    ck_assert_ptr_null(table);
}
END_TEST

START_TEST(a_failed_open_closes_the_state)
{
    evc_service *other;

    fails = true;
    EVC_CHECK_CODE(evc_service_open(crypto, net, &kind, NULL, NULL, NULL, &other, NULL),
                   ENVCRYPT_E_REGION);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(closes, 1);
}
END_TEST

START_TEST(the_last_reference_closes)
{
    evc_service *other = evc_service_ref(service);

    evc_service_unref(other);
    ck_assert_int_eq(closes, 0);
    evc_service_unref(service);
    ck_assert_int_eq(closes, 1);
    service = NULL;
}
END_TEST

static int
run_in_child(void *user)
{
    evc_table *table;
    evc_kv args;
    int rc;

    (void)user;
    evc_kv_init(&args);
    rc = evc_service_run(service, "list-keys", &args, false, NULL, &table, NULL);
    evc_service_unref(service);
    return rc == ENVCRYPT_E_FORKED ? 0 : 1;
}

START_TEST(a_child_of_fork_gets_a_named_error)
{
    EVC_CHECK_CHILD(run_in_child, NULL);
}
END_TEST

static int
open_and_run(void *user)
{
    evc_service *other = NULL;
    evc_table *table = NULL;
    int rc = evc_service_open(crypto, net, &kind, NULL, NULL, NULL, &other, NULL);

    if (!rc)
        rc = evc_service_run(other, "describe-key", user, false, NULL, &table, NULL);
    evc_table_free(table);
    evc_service_unref(other);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    evc_kv args;

    evc_kv_init(&args);
    EVC_CHECK_OK(evc_kv_set(&args, evc_view_text("key"), evc_view_text("k"), NULL));
    (void)evc_alloc_sweep(open_and_run, &args);
    evc_kv_reset(&args);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        an_action_gets_its_arguments_and_a_table_with_its_columns,
        an_unknown_action_names_the_nearest,
        a_missing_argument_is_named_and_nothing_runs,
        an_unknown_argument_names_the_nearest_and_nothing_runs,
        a_guarded_action_runs_for_the_cluster_alone,
        a_failure_gives_no_part_of_a_table,
        a_failed_open_closes_the_state,
        the_last_reference_closes,
        a_child_of_fork_gets_a_named_error,
        memory_may_run_out_anywhere,
        NULL};
    TCase *tcase = tcase_create("service");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("service", add_tests)
