/* SPDX-License-Identifier: Apache-2.0 */
#include "ibm-fixture.h"

/* The list of evc_service.h's promises, for each action. */
START_TEST(every_action_says_what_it_is)
{
    size_t count = 0;

    for (const evc_action *const *at = evc_service_ibm.actions; *at; at++, count++) {
        ck_assert_ptr_nonnull((*at)->name);
        ck_assert_ptr_nonnull((*at)->help);
        ck_assert_ptr_nonnull((*at)->columns);
        ck_assert_ptr_nonnull((*at)->permission);
        ck_assert((*at)->run);
        ck_assert_msg((*at)->help[strlen((*at)->help) - 1] != '.',
                      "%s ends with a stop", (*at)->name);
        for (const evc_action *const *other = at + 1; *other; other++)
            ck_assert_str_ne((*at)->name, (*other)->name);
    }
    ck_assert_uint_eq(count, 16);
}
END_TEST

START_TEST(what_disables_or_deletes_is_guarded_and_nothing_else)
{
    for (const evc_action *const *at = evc_service_ibm.actions; *at; at++) {
        bool ends = strcmp((*at)->name, "disable-key") == 0 ||
                    strcmp((*at)->name, "delete-key") == 0;
        bool reads = strncmp((*at)->name, "list-", 5) == 0 ||
                     strncmp((*at)->name, "show-", 5) == 0 ||
                     strcmp((*at)->name, "describe-key") == 0 ||
                     strcmp((*at)->name, "rotation-status") == 0;

        ck_assert_msg(((*at)->flags & EVC_ACTION_GUARDED ? true : false) == ends, "%s",
                      (*at)->name);
        ck_assert_msg(((*at)->flags & EVC_ACTION_CHANGES ? true : false) == !reads,
                      "%s", (*at)->name);
    }
}
END_TEST

START_TEST(options_are_those_of_the_keys)
{
    ck_assert_str_eq(evc_service_ibm.scheme, "ibm-kp");
    ck_assert_str_eq(evc_service_ibm.options[0], "endpoint");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {every_action_says_what_it_is,
                                  what_disables_or_deletes_is_guarded_and_nothing_else,
                                  options_are_those_of_the_keys, NULL};

    add_toy_tests(suite, "service", tests);
}

EVC_TEST_MAIN("ibm_service", add_tests)
