/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/guard.h"

#include "toy-cloud.h"

static evc_table *users;
static evc_table *out;

static void
set_up(void)
{
    cloud_set_up();
    users = NULL;
    out = NULL;
    cloud_encrypt(KEY_A);
    cloud_set("confirm", NULL);
}

static void
tear_down(void)
{
    evc_table_free(users);
    evc_table_free(out);
    cloud_tear_down();
}

static int
run(evc_key_action action)
{
    evc_table_free(users);
    evc_table_free(out);
    evc_err_drop(&error);
    return evc_guard_run(cluster, action, &change, &k.wait, &users, &out, &error);
}

START_TEST(r29_a_key_in_use_is_neither_disabled_nor_deleted)
{
    static const evc_key_action actions[] = {EVC_KEY_DISABLE,
                                             EVC_KEY_SCHEDULE_DELETION};

    for (size_t i = 0; i < 2; i++) {
        EVC_CHECK_CODE(run(actions[i]), ENVCRYPT_E_KEY_IN_USE);
        ck_assert(cloud_says("prod"));
        ck_assert(cloud_says("R29"));
        ck_assert_str_eq(evc_table_cell(users, 0, 0), "prod");
    }
    ck_assert_int_eq(cloud->actions, 0);
    ck_assert_int_eq(cloud->lists, 2); /* looked up each time, never remembered */
}
END_TEST

START_TEST(the_name_that_is_typed_back_lets_it_happen)
{
    cloud_set("confirm", "pro");
    EVC_CHECK_CODE(run(EVC_KEY_DISABLE), ENVCRYPT_E_KEY_IN_USE);
    cloud_set("confirm", "other, prod");
    EVC_CHECK_OK(run(EVC_KEY_DISABLE));
    ck_assert_str_eq(cloud->action, "disable-key");
    ck_assert_str_eq(evc_table_cell(out, 0, 0), KEY_A);
}
END_TEST

static int
list_two(evc_cluster *of, const char *uses_key, evc_wait *wait, evc_table *to,
         bool *partial, evc_error **err)
{
    int rc = 0;

    (void)of;
    (void)uses_key;
    (void)wait;
    (void)partial;
    for (int i = 0; rc == 0 && i < 2; i++) {
        rc = evc_table_add_row(to, err);
        if (rc == 0)
            rc = evc_table_set(to, "name", i ? "test" : "prod", err);
    }
    return rc;
}

START_TEST(of_two_clusters_both_names_are_needed)
{
    cloud_driver.list = list_two;
    cloud_set("confirm", "prod");
    EVC_CHECK_CODE(run(EVC_KEY_DISABLE), ENVCRYPT_E_KEY_IN_USE);
    ck_assert(cloud_says("prod,test"));
    cloud_set("confirm", "test,prod");
    EVC_CHECK_OK(run(EVC_KEY_DISABLE));
    cloud_driver.list = cloud_list;
}
END_TEST

/* --- names that repeat --- */

/* Name, region, id; a name NULL ends them. */
typedef struct listed {
    const char *name, *region, *id;
} listed;
static const listed *shown;

static int
list_shown(evc_cluster *of, const char *uses_key, evc_wait *wait, evc_table *to,
           bool *partial, evc_error **err)
{
    int rc = 0;

    (void)of;
    (void)uses_key;
    (void)wait;
    (void)partial;
    for (const listed *l = shown; rc == 0 && l->name; l++) {
        rc = evc_table_add_row(to, err);
        if (rc == 0)
            rc = evc_table_set(to, "name", l->name, err);
        if (rc == 0)
            rc = evc_table_set(to, "region", l->region, err);
        if (rc == 0)
            rc = evc_table_set(to, "id", l->id, err);
    }
    return rc;
}

static void
show(const listed *rows)
{
    shown = rows;
    cloud_driver.list = list_shown;
}

START_TEST(one_word_confirms_no_two_clusters_of_a_name)
{
    static const listed rows[] = {{"prod", "eu-central-1", "arn:1"},
                                  {"prod", "us-east-1", "arn:2"},
                                  {"test", "us-east-1", "arn:3"},
                                  {NULL, NULL, NULL}};

    show(rows);
    cloud_set("confirm", "prod,test");
    EVC_CHECK_CODE(run(EVC_KEY_DISABLE), ENVCRYPT_E_KEY_IN_USE);
    ck_assert(cloud_says("eu-central-1/prod,us-east-1/prod,test"));
    ck_assert(cloud_says("stands for more than one"));
    cloud_set("confirm", "eu-central-1/prod,prod,test");
    EVC_CHECK_CODE(run(EVC_KEY_DISABLE), ENVCRYPT_E_KEY_IN_USE);
    ck_assert_int_eq(cloud->actions, 0);
    cloud_set("confirm", "test,us-east-1/prod,eu-central-1/prod");
    EVC_CHECK_OK(run(EVC_KEY_DISABLE));
    cloud_driver.list = cloud_list;
}
END_TEST

START_TEST(clusters_of_a_name_in_one_region_are_told_apart_by_id)
{
    static const listed rows[] = {{"prod", "us-south", "c1"},
                                  {"prod", "us-south", "c2"},
                                  {"prod", "eu-de", "c3"},
                                  {NULL, NULL, NULL}};

    show(rows);
    cloud_set("confirm", "us-south/prod,eu-de/prod");
    EVC_CHECK_CODE(run(EVC_KEY_DISABLE), ENVCRYPT_E_KEY_IN_USE);
    ck_assert(cloud_says("c1,c2,eu-de/prod"));
    cloud_set("confirm", "c1,c2,eu-de/prod");
    EVC_CHECK_OK(run(EVC_KEY_DISABLE));
    cloud_driver.list = cloud_list;
}
END_TEST

START_TEST(a_cluster_with_two_rows_is_one_cluster)
{
    static const listed rows[] = {
        {"prod", "us-south", "c1"}, {"prod", "us-south", "c1"}, {NULL, NULL, NULL}};

    show(rows);
    cloud_set("confirm", "prod");
    EVC_CHECK_OK(run(EVC_KEY_DISABLE));
    cloud_driver.list = cloud_list;
}
END_TEST

START_TEST(a_cluster_of_the_name_unknown_is_not_what_is_unknown)
{
    static const listed rows[] = {
        {"unknown", "us-south", "c1"}, {"", NULL, NULL}, {NULL, NULL, NULL}};

    show(rows);
    cloud_set("confirm", "unknown");
    EVC_CHECK_CODE(run(EVC_KEY_DISABLE), ENVCRYPT_E_KEY_IN_USE);
    ck_assert(cloud_says("us-south/unknown,unknown"));
    cloud_driver.list = cloud_list;
}
END_TEST

/* --- what could not be seen --- */

START_TEST(a_look_up_that_is_denied_counts_as_in_use)
{
    cloud->list_code = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(run(EVC_KEY_DISABLE), ENVCRYPT_E_KEY_IN_USE);
    ck_assert(cloud_says("unknown"));
    ck_assert_str_eq(evc_table_cell(users, 0, 0), "");
    cloud_set("confirm", "prod");
    EVC_CHECK_CODE(run(EVC_KEY_DISABLE), ENVCRYPT_E_KEY_IN_USE);
    cloud_set("confirm", "unknown");
    EVC_CHECK_OK(run(EVC_KEY_DISABLE));
}
END_TEST

static int
list_in_part(evc_cluster *of, const char *uses_key, evc_wait *wait, evc_table *to,
             bool *partial, evc_error **err)
{
    (void)of;
    (void)uses_key;
    (void)wait;
    (void)to;
    (void)err;
    *partial = true;
    return 0;
}

START_TEST(a_look_up_in_part_counts_as_in_use)
{
    cloud_driver.list = list_in_part;
    EVC_CHECK_CODE(run(EVC_KEY_SCHEDULE_DELETION), ENVCRYPT_E_KEY_IN_USE);
    ck_assert(cloud_says("unknown"));
    cloud_driver.list = cloud_list;
}
END_TEST

START_TEST(a_key_that_nobody_uses_needs_no_name)
{
    cloud_set("key", KEY_B);
    EVC_CHECK_OK(run(EVC_KEY_SCHEDULE_DELETION));
    ck_assert_str_eq(cloud->action, "schedule-deletion");
}
END_TEST

START_TEST(enabling_and_keeping_a_key_look_nothing_up)
{
    EVC_CHECK_OK(run(EVC_KEY_ENABLE));
    ck_assert_str_eq(cloud->action, "enable-key");
    EVC_CHECK_OK(run(EVC_KEY_CANCEL_DELETION));
    ck_assert_str_eq(cloud->action, "cancel-deletion");
    ck_assert_int_eq(cloud->lists, 0);
    ck_assert_ptr_null(users);
}
END_TEST

START_TEST(a_key_must_be_named)
{
    cloud_set("key", NULL);
    EVC_CHECK_CODE(run(EVC_KEY_ENABLE), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(users_are_told_without_touching_the_key)
{
    EVC_CHECK_OK(evc_guard_users(cluster, &change, &k.wait, &users, NULL));
    ck_assert_uint_eq(users->rows, 1);
    evc_table_free(users);
    users = NULL;
    cloud->list_code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_OK(evc_guard_users(cluster, &change, &k.wait, &users, NULL));
    ck_assert_str_eq(evc_table_cell(users, 0, 0), "");
    ck_assert_int_eq(cloud->actions, 0);
}
END_TEST

START_TEST(canceling_ends_the_look_up)
{
    cloud->list_code = ENVCRYPT_E_CANCELED;
    EVC_CHECK_CODE(run(EVC_KEY_DISABLE), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(cloud->actions, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {r29_a_key_in_use_is_neither_disabled_nor_deleted,
                                the_name_that_is_typed_back_lets_it_happen,
                                of_two_clusters_both_names_are_needed,
                                one_word_confirms_no_two_clusters_of_a_name,
                                clusters_of_a_name_in_one_region_are_told_apart_by_id,
                                a_cluster_with_two_rows_is_one_cluster,
                                a_cluster_of_the_name_unknown_is_not_what_is_unknown,
                                a_look_up_that_is_denied_counts_as_in_use,
                                a_look_up_in_part_counts_as_in_use,
                                a_key_that_nobody_uses_needs_no_name,
                                enabling_and_keeping_a_key_look_nothing_up,
                                a_key_must_be_named,
                                users_are_told_without_touching_the_key,
                                canceling_ends_the_look_up};
    TCase *tcase = tcase_create("guard");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("guard", add_tests)
