/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of actions of AWS KMS share: one table and one error. */
#ifndef EVC_TESTS_ACTION_TESTS_H
#define EVC_TESTS_ACTION_TESTS_H

#include "aws-fixture.h"

#define METADATA(arn, members) "{\"KeyMetadata\":{\"Arn\":\"" arn "\"" members "}}"

static evc_table *table;
static evc_error *err;

static void
action_set_up(void)
{
    aws_set_up();
    table = NULL;
    err = NULL;
}

static void
action_tear_down(void)
{
    evc_table_free(table);
    evc_error_free(err);
    aws_tear_down();
}

/* Runs an action after the table of the last one went. */
#define RUN(action, ...) \
    (evc_table_free(table), table = NULL, ACT(action, &table, &err, __VA_ARGS__))

static inline void
expect_target(size_t at, const char *operation)
{
    char target[64];

    (void)snprintf(target, sizeof(target), "TrentService.%s", operation);
    ck_assert_str_eq(a.targets[at], target);
}

static inline void
add_action_tests(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, action_set_up, action_tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
