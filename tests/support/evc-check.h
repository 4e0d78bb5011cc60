/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every unit test program shares: the runner, and words for errors.
 *
 *     EVC_TEST_MAIN("mem", add_tests)
 *
 * makes main(); add_tests(Suite *) registers the cases. Each START_TEST has one reason to
 * fail, and its name says the behaviour: rejects_truncated_header.
 */
#ifndef EVC_TESTS_EVC_CHECK_H
#define EVC_TESTS_EVC_CHECK_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "envcrypt/error.h"

/* A case of the suite with tests up to a NULL. */
static inline void
evc_check_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 60);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#define EVC_CHECK_OK(expression)                               \
    do {                                                       \
        int evc_rc_ = (expression);                            \
        ck_assert_msg(evc_rc_ == 0, "%s gave %s", #expression, \
                      envcrypt_error_name(evc_rc_));           \
    } while (0)

#define EVC_CHECK_CODE(expression, expected)                                    \
    do {                                                                        \
        int evc_rc_ = (expression);                                             \
        ck_assert_msg(evc_rc_ == (expected), "%s gave %s, not %s", #expression, \
                      envcrypt_error_name(evc_rc_), #expected);                 \
    } while (0)

#define EVC_TEST_MAIN(name, add_tests)                       \
    int main(void)                                           \
    {                                                        \
        Suite *suite = suite_create(name);                   \
        SRunner *runner = srunner_create(suite);             \
        int tap;                                             \
        int failed;                                          \
        add_tests(suite);                                    \
        srunner_run_all(runner, CK_ENV);                     \
        tap = srunner_has_tap(runner);                       \
        failed = srunner_ntests_failed(runner);              \
        srunner_free(runner);                                \
        return failed && !tap ? EXIT_FAILURE : EXIT_SUCCESS; \
    }

#endif
