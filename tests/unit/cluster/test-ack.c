/* SPDX-License-Identifier: Apache-2.0 */
#include "ack-fixture.h"

static const evc_cluster_driver *const driver = &evc_cluster_ack;

START_TEST(the_table_has_every_function)
{
    ck_assert_str_eq(driver->scheme, "ack");
    ck_assert(driver->open && driver->close && driver->read && driver->find_key);
    ck_assert(driver->check && driver->plan && driver->begin && driver->poll);
    ck_assert(driver->evidence && driver->list && driver->keys);
    ck_assert(driver->permissions && driver->policy && driver->access);
    ck_assert(driver->key_action);
}
END_TEST

START_TEST(it_changes_disables_and_creates_and_does_not_rotate_in_place)
{
    ck_assert_uint_eq(driver->abilities, EVC_CLUSTER_CAN_DISABLE |
                                             EVC_CLUSTER_CAN_CHANGE_KEY |
                                             EVC_CLUSTER_CAN_CREATE);
}
END_TEST

START_TEST(every_option_is_one_that_clusters_have)
{
    struct envcrypt_cluster_config config;
    evc_cluster_change change;

    evc_cluster_config_init(&config);
    evc_cluster_change_init(&change);
    for (const char *const *name = driver->options; *name; name++)
        ck_assert_int_ne(evc_cluster_option_set(&config, *name, "7", NULL),
                         ENVCRYPT_E_UNKNOWN_OPTION);
    for (const char *const *name = driver->changes; *name; name++)
        ck_assert_int_ne(evc_cluster_change_set(&change, *name, "7", NULL),
                         ENVCRYPT_E_UNKNOWN_OPTION);
    evc_cluster_change_reset(&change);
    evc_cluster_config_reset(&config);
}
END_TEST

static const evc_cluster_verb others[] = {EVC_VERB_ROTATE, EVC_VERB_REENCRYPT,
                                          EVC_VERB_VERIFY};

START_TEST(r36_other_verbs_are_refused_and_send_nothing)
{
    const evc_cluster_job job = {.verb = others[_i]};
    evc_cluster_update update;

    evc_cluster_update_init(&update);
    EVC_CHECK_CODE(driver->begin(ack, &job, &update, &t.wait, &err),
                   ENVCRYPT_E_CLUSTER_CANNOT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "rotate --key"));
    EVC_CHECK_CODE(driver->poll(ack, &job, &update, &t.wait, NULL),
                   ENVCRYPT_E_CLUSTER_CANNOT);
    ck_assert_str_eq(asked, "");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_table_has_every_function,
        it_changes_disables_and_creates_and_does_not_rotate_in_place,
        every_option_is_one_that_clusters_have, NULL};
    const ack_loop loops[] = {
        {r36_other_verbs_are_refused_and_send_nothing, COUNT(others)}, {NULL, 0}};

    ack_add(suite, "ack", tests, loops);
}

EVC_TEST_MAIN("ack", add_tests)
