/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/findings.h"

#include "evc-alloc.h"
#include "evc-check.h"

START_TEST(rows_hold_what_was_found)
{
    evc_findings f;

    evc_findings_init(&f, NULL);
    evc_findings_add(&f, EVC_SEVERITY_WARNING, 7, "found", "do this", "a[%d]", 3);
    EVC_CHECK_OK(f.rc);
    ck_assert_str_eq(evc_table_cell(f.table, 0, 0), "warning");
    ck_assert_str_eq(evc_table_cell(f.table, 0, 1), "7");
    ck_assert_str_eq(evc_table_cell(f.table, 0, 2), "a[3]");
    ck_assert_str_eq(evc_table_cell(f.table, 0, 3), "found");
    ck_assert_str_eq(evc_table_cell(f.table, 0, 4), "do this");
    evc_findings_reset(&f);
}
END_TEST

START_TEST(a_finding_may_have_no_line)
{
    evc_findings f;

    evc_findings_init(&f, NULL);
    evc_findings_add(&f, EVC_SEVERITY_ERROR, 0, "found", "do this", "%s", "");
    ck_assert_ptr_null(evc_table_cell(f.table, 0, 1));
    evc_findings_reset(&f);
}
END_TEST

static int
find_two(void *user)
{
    evc_findings f;
    int rc;

    (void)user;
    evc_findings_init(&f, NULL);
    for (int i = 0; i < 2; i++)
        evc_findings_add(&f, EVC_SEVERITY_HINT, 1, "found", "do this", "a[%d]", i);
    rc = f.rc;
    evc_findings_reset(&f);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    ck_assert_uint_gt(evc_alloc_sweep(find_two, NULL), 8);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {rows_hold_what_was_found, a_finding_may_have_no_line,
                                  survives_any_lack_of_memory, NULL};

    evc_check_add(suite, "findings", tests);
}

EVC_TEST_MAIN("findings", add_tests)
