/* SPDX-License-Identifier: Apache-2.0 */
#include "alibaba-fixture.h"

static const evc_action *
find(const char *name)
{
    const evc_action *const *at = evc_service_alibaba.actions;

    for (; *at; at++) {
        if (strcmp((*at)->name, name) == 0)
            return *at;
    }
    return NULL;
}

static const char *const names[] = {
    "list-keys",      "describe-key",      "create-key",
    "list-aliases",   "create-alias",      "update-alias",
    "list-versions",  "rotation-policy",   "set-deletion-protection",
    "account-status", "enable-key",        "cancel-deletion",
    "disable-key",    "schedule-deletion", "generate-wrapped-key"};

START_TEST(the_service_has_its_actions)
{
    const evc_action *action = find(names[_i]);

    ck_assert_ptr_nonnull(action);
    ck_assert(action->run != NULL);
    ck_assert_ptr_nonnull(action->columns);
    ck_assert_ptr_nonnull(strstr(action->permission, "kms:"));
}
END_TEST

START_TEST(only_what_costs_secrets_is_guarded)
{
    const evc_action *const *at = evc_service_alibaba.actions;

    for (; *at; at++) {
        bool guarded = strcmp((*at)->name, "disable-key") == 0 ||
                       strcmp((*at)->name, "schedule-deletion") == 0;

        ck_assert_int_eq(((*at)->flags & EVC_ACTION_GUARDED) != 0, guarded);
    }
}
END_TEST

START_TEST(what_changes_something_says_so)
{
    const char *const reads[] = {"list-keys",      "describe-key",
                                 "list-aliases",   "list-versions",
                                 "account-status", "generate-wrapped-key"};
    size_t changing = 0;

    for (const evc_action *const *at = evc_service_alibaba.actions; *at; at++)
        changing += ((*at)->flags & EVC_ACTION_CHANGES) != 0;
    for (size_t i = 0; i < 6; i++)
        ck_assert_int_eq(find(reads[i])->flags & EVC_ACTION_CHANGES, 0);
    ck_assert_uint_eq(changing, sizeof(names) / sizeof(names[0]) - 6);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("service");

    tcase_add_loop_test(tcase, the_service_has_its_actions, 0,
                        (int)(sizeof(names) / sizeof(names[0])));
    tcase_add_test(tcase, only_what_costs_secrets_is_guarded);
    tcase_add_test(tcase, what_changes_something_says_so);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_service", add_tests)
