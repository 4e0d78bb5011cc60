/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/driver.h"

#include "evc-check.h"

START_TEST(verbs_have_the_names_of_the_command)
{
    static const struct {
        evc_cluster_verb verb;
        const char *name;
    } all[] = {{EVC_VERB_CREATE, "create"},     {EVC_VERB_ENABLE, "enable"},
               {EVC_VERB_CHANGE_KEY, "rotate"}, {EVC_VERB_ROTATE, "rotate"},
               {EVC_VERB_DISABLE, "disable"},   {EVC_VERB_REENCRYPT, "reencrypt"},
               {EVC_VERB_VERIFY, "verify"}};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        ck_assert_str_eq(evc_cluster_verb_name(all[i].verb), all[i].name);
}
END_TEST

START_TEST(some_verbs_need_a_key_of_the_change)
{
    for (int verb = EVC_VERB_CREATE; verb <= EVC_VERB_VERIFY; verb++) {
        bool needs = verb == EVC_VERB_CREATE || verb == EVC_VERB_ENABLE ||
                     verb == EVC_VERB_CHANGE_KEY;

        ck_assert(evc_cluster_verb_needs_key((evc_cluster_verb)verb) == needs);
    }
}
END_TEST

static size_t
columns(const char *const *list)
{
    evc_table *table = NULL;
    size_t width;

    EVC_CHECK_OK(evc_table_new(list, &table, NULL));
    width = table->width;
    evc_table_free(table);
    return width;
}

START_TEST(lists_have_their_columns)
{
    ck_assert_uint_eq(columns(evc_cluster_list_columns), 9);
    ck_assert_str_eq(evc_cluster_list_columns[0], "name");
    ck_assert_uint_eq(columns(evc_cluster_key_columns), 7);
    ck_assert_str_eq(evc_cluster_key_columns[5], "usable");
    ck_assert_uint_eq(columns(evc_cluster_permission_columns), 5);
    ck_assert_str_eq(evc_cluster_permission_columns[3], "has");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {verbs_have_the_names_of_the_command,
                                some_verbs_need_a_key_of_the_change,
                                lists_have_their_columns, NULL};

    evc_check_add(suite, "driver", all);
}

EVC_TEST_MAIN("driver", add_tests)
